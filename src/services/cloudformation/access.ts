import type { RequestContext } from '../../policy/index.ts'
import type { AccessContext, AccessStatement, CallContext } from '../operation.ts'
import { cloudformation, servicePrincipal } from './service.ts'
import { findStack, type Stack, stackArn } from './stack-store.ts'
import type { Tag } from './types/properties.ts'

/** For operations on a stack that there is or not: found before access. */
export const prepareStack = ({ StackName }: { readonly StackName?: string }, context: AccessContext): Promise<Stack | undefined> =>
  StackName === undefined ? Promise.resolve(undefined) : findStack(context.tx, context, StackName, context.world.secrets)

/** The stack that a call is about, or those that could be meant. Service Authorization Reference, "Actions defined by AWS CloudFormation". */
export const onStack = (
  { account, region }: Pick<CallContext, 'account' | 'region'>,
  nameOrId: string | undefined,
  stack: Stack | undefined,
  keys: RequestContext = {},
): AccessStatement => ({
  resource: stack?.id ?? (nameOrId?.startsWith('arn:') ? nameOrId : stackArn(region, account, nameOrId ?? '*', '*')),
  keys: { ...keys, ...(stack && resourceTagKeys(stack.content.tags)) },
})

const resourceTagKeys = (tags: readonly Tag[]): RequestContext =>
  Object.fromEntries(tags.map(({ Key, Value }) => [`aws:ResourceTag/${Key}`, Value]))

interface ChangeRequest {
  readonly TemplateURL?: string
  readonly StackPolicyURL?: string
  readonly ResourceTypes?: readonly string[]
  readonly RoleARN?: string
  readonly Tags?: readonly Tag[]
}

/** Condition keys of what a request asks for. Service Authorization Reference, "Condition keys for AWS CloudFormation". */
export const changeKeys = ({ TemplateURL, StackPolicyURL, ResourceTypes, RoleARN, Tags }: ChangeRequest): RequestContext => ({
  'cloudformation:TemplateUrl': TemplateURL,
  'cloudformation:StackPolicyUrl': StackPolicyURL,
  'cloudformation:ResourceTypes': ResourceTypes,
  'cloudformation:RoleArn': RoleARN,
  ...(Tags?.length && {
    ...Object.fromEntries(Tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
    'aws:TagKeys': Tags.map(({ Key }) => Key),
  }),
})

/** Whoever gives CloudFormation a role hands it over. CloudFormation User Guide, "CloudFormation service role". */
export const passRole = (roleArn: string | undefined): readonly AccessStatement[] =>
  roleArn === undefined ? [] : [{ action: 'iam:PassRole', resource: roleArn, keys: { 'iam:PassedToService': servicePrincipal } }]

/** @throws ValidationError in CloudFormation's words */
export function requireStack(stack: Stack | undefined, nameOrId: string | undefined): Stack {
  if (!stack) throw new cloudformation.ValidationError(`Stack with id ${nameOrId ?? ''} does not exist`)
  return stack
}
