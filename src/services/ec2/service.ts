import { model, type Operations } from '../../wire/models/ec2.ts'
import { defineService, type InputOf, type Operation, type OperationDefinition, type OutputOf } from '../operation.ts'
import { ec2Error } from './errors.ts'

/** Amazon Elastic Compute Cloud: enough of it for nodes to exist. Amazon EC2 API Reference. */
export const ec2 = defineService<Operations, never>({
  name: 'ec2',
  model,
  actionPrefix: 'ec2',
  eventSource: 'ec2.amazonaws.com',
  accessDenied: { code: 'UnauthorizedOperation', status: 403 },
  encodesDenials: true,
})

/**
 * An operation of EC2. A dry run ends once the call is known to be allowed.
 * @see EC2 API Reference, "Common query parameters", DryRun
 */
export function ec2Operation<Name extends keyof Operations, Prepared = undefined>(
  name: Name,
  definition: OperationDefinition<InputOf<Operations[Name]>, OutputOf<Operations[Name]>, Prepared>,
): Operation {
  return ec2.operation<Name, Prepared>(name, {
    ...definition,
    async handle(input, context, prepared) {
      if ((input as { readonly DryRun?: boolean }).DryRun === true)
        throw ec2Error('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.')
      return definition.handle(input, context, prepared)
    },
  })
}
