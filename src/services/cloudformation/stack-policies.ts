import type { CallContext } from '../operation.ts'
import { changeKeys, onStack, prepareStack, requireStack } from './access.ts'
import { cloudformation } from './service.ts'
import { checkedStackPolicy } from './stack-policy.ts'
import { type Stack, writeStack } from './stack-store.ts'
import { parseTemplate } from './template/template.ts'
import { textOrObject } from './template-source.ts'

/** A stack policy by its text or by the URL of an object of our S3. @throws ValidationError for both */
export function stackPolicyText(body: string | undefined, url: string | undefined, context: CallContext): Promise<string | undefined> {
  if (body !== undefined && url !== undefined)
    throw new cloudformation.ValidationError('You cannot specify both StackPolicyBody and StackPolicyURL')
  return textOrObject(body, url, 'StackPolicyURL', context)
}

interface Given {
  readonly stack: Stack | undefined
  readonly text?: string | undefined
}

/** SetStackPolicy. CloudFormation API Reference, "SetStackPolicy". */
export const SetStackPolicy = cloudformation.operation<'SetStackPolicy', Given>('SetStackPolicy', {
  prepare: async (input, context) => ({ stack: await prepareStack(input, context) }),
  access: (input, context, { stack }) => onStack(context, input.StackName, stack, changeKeys(input)),
  async reach({ StackPolicyBody, StackPolicyURL }, context, { stack }) {
    return { stack, text: await stackPolicyText(StackPolicyBody, StackPolicyURL, context) }
  },
  async handle(input, context, { text }) {
    const { tx, world } = context
    const there = requireStack(await prepareStack(input, context), input.StackName)
    if (text === undefined) throw new cloudformation.ValidationError('Either StackPolicyBody or StackPolicyURL must be specified.')
    const policy = checkedStackPolicy(text, parseTemplate(there.content.template))
    await writeStack(tx, { ...there, policy }, world.secrets)
    return {}
  },
})

/** GetStackPolicy: nothing when there is none. CloudFormation API Reference, "GetStackPolicy". */
export const GetStackPolicy = cloudformation.operation('GetStackPolicy', {
  prepare: prepareStack,
  access: ({ StackName }, context, stack) => onStack(context, StackName, stack),
  async handle({ StackName }, _context, stack) {
    const { policy } = requireStack(stack, StackName)
    return policy === null ? {} : { StackPolicyBody: policy }
  },
})
