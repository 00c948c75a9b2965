import type { CallContext } from '../operation.ts'
import { isSystemTag } from '../../types/tags.ts'
import { checkCapabilities } from './capabilities.ts'
import { checkTypes, scopeOf, wantedInOrder } from './plan.ts'
import { assumeStackRole } from './service-access.ts'
import { cloudformation } from './service.ts'
import { stackPolicyText } from './stack-policies.ts'
import { checkedStackPolicy } from './stack-policy.ts'
import type { OnFailure, Stack, StackContent } from './stack-store.ts'
import { checkNames } from './template/dependencies.ts'
import { parameterValues, type GivenParameter } from './template/parameters.ts'
import { checkRules } from './template/rules.ts'
import { parseTemplate, type Template } from './template/template.ts'
import { templateText, type TemplateRequest } from './template-source.ts'
import type { Tag } from './types/properties.ts'

/** What creating, updating and change sets ask alike. */
export interface StackRequest extends TemplateRequest {
  readonly Parameters?: readonly GivenParameter[]
  readonly Capabilities?: readonly string[]
  readonly ResourceTypes?: readonly string[]
  readonly RoleARN?: string
  readonly NotificationARNs?: readonly string[]
  readonly Tags?: readonly Tag[]
  readonly RollbackConfiguration?: { readonly RollbackTriggers?: readonly unknown[] }
  readonly RetainExceptOnCreate?: boolean
  readonly StackPolicyBody?: string
  readonly StackPolicyURL?: string
  readonly StackPolicyDuringUpdateBody?: string
  readonly StackPolicyDuringUpdateURL?: string
}

/** What a request makes of a stack, and its template as it is understood. */
export interface Requested {
  readonly content: StackContent
  readonly template: Template
  /** What is given of it. */
  readonly policies: { readonly policy?: string; readonly updatePolicy?: string }
}

/**
 * Reads what a request wants of a stack, outside of any transaction: the template may be in S3, and the role must be there.
 * @param stack  as it is, for what the request leaves as it was
 * @throws       ValidationError, InsufficientCapabilitiesException
 */
export async function requested(
  input: StackRequest,
  context: CallContext,
  place: Pick<Stack, 'id' | 'name'>,
  stack: Stack | undefined,
  rest: { readonly onFailure: OnFailure; readonly timeoutMinutes?: number | undefined },
): Promise<Requested> {
  if (input.RollbackConfiguration?.RollbackTriggers?.length)
    throw new cloudformation.ValidationError('Rollback triggers are not supported: Gatehouse has no CloudWatch alarms')
  const text = await templateText(input, context, stack)
  const template = parseTemplate(text)
  const content: StackContent = {
    template: text,
    parameters: parameterValues(template, input.Parameters ?? [], stack?.content.parameters),
    tags: checkedTags(input.Tags ?? stack?.content.tags ?? []),
    capabilities: input.Capabilities ?? [],
    notificationArns: input.NotificationARNs ?? stack?.content.notificationArns ?? [],
    roleArn: input.RoleARN ?? stack?.content.roleArn,
    retainExceptOnCreate: input.RetainExceptOnCreate,
    ...rest,
  }
  checkTemplate(template)
  checkResourceTypes(template, input.ResourceTypes)
  checkCapabilities(template, input.Capabilities)
  const { account, region } = context
  const scope = scopeOf({ ...place, account, region }, template, content, [], new Map())
  checkRules(template, scope)
  // Conditions, and what they leave of the resources, must make sense before anything is made.
  wantedInOrder(template, scope)
  if (content.roleArn !== undefined) await assumeStackRole(context.world, { arn: place.id, account }, content.roleArn)
  return { content, template, policies: await givenPolicies(input, template, context) }
}

async function givenPolicies(input: StackRequest, template: Template, context: CallContext): Promise<Requested['policies']> {
  const policy = await stackPolicyText(input.StackPolicyBody, input.StackPolicyURL, context)
  const during = await stackPolicyText(input.StackPolicyDuringUpdateBody, input.StackPolicyDuringUpdateURL, context)
  return {
    ...(policy !== undefined && { policy: checkedStackPolicy(policy, template) }),
    ...(during !== undefined && { updatePolicy: checkedStackPolicy(during, template) }),
  }
}

/** A template that says what it should, whatever its parameters. @throws ValidationError */
export function checkTemplate(template: Template): void {
  checkNames(template)
  checkTypes(template)
}

/** CloudFormation API Reference, "CreateStack", ResourceTypes. */
function checkResourceTypes(template: Template, allowed: readonly string[] | undefined): void {
  if (!allowed?.length) return
  const covers = (pattern: string, type: string) => (pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type)
  const other = [...template.resources.values()].find(({ type }) => !allowed.some(pattern => covers(pattern, type)))
  if (other)
    throw new cloudformation.ValidationError(
      `Resource type ${other.type} is not allowed by parameter ResourceTypes [${allowed.join(', ')}]`,
    )
}

function checkedTags(tags: readonly Tag[]): readonly Tag[] {
  const own = tags.find(({ Key }) => isSystemTag(Key))
  if (own) throw new cloudformation.ValidationError('Tag keys must not begin with aws:')
  const twice = tags.find(({ Key }, index) => tags.findIndex(tag => tag.Key === Key) !== index)
  if (twice) throw new cloudformation.ValidationError(`Duplicate tag key: ${twice.Key}`)
  return tags
}
