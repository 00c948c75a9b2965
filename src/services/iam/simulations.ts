import { userArn } from '../../identity/arns.ts'
import { membershipOf } from '../../identity/organization-of.ts'
import {
  type ApplicablePolicies,
  type CompiledPolicy,
  contextEntryValue,
  type PolicyPrincipal,
  type RequestContext,
  simulate,
} from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import { parseArn } from '../../types/arn.ts'
import type { PolicyIdentifier, SimulatePolicyResponse } from '../../wire/models/iam.ts'
import type { AccessContext } from '../operation.ts'
import { anyResource, groupAccess, roleAccess, userAccess } from './access.ts'
import { findUser } from './entities.ts'
import { pageOf, startAfter } from './paging.ts'
import {
  compileGiven,
  compileHeld,
  compileText,
  type Entity,
  type HeldPolicy,
  heldPolicies,
  managedPolicyText,
  requireEntity,
} from './principal-policies.ts'
import { iam } from './service.ts'
import { checkQuestion, checkSource, type Question } from './simulation-input.ts'
import { tagsOf } from './tagging.ts'

const given = (texts: readonly string[] | undefined, list: string, kind: 'identity' | 'boundary'): CompiledPolicy[] =>
  (texts ?? []).map((text, i) => compileGiven(text, kind, { id: `${list}.${i + 1}`, type: 'none' }))

/** SimulateCustomPolicy: of policies that need not exist. IAM API Reference, "SimulateCustomPolicy". */
export const SimulateCustomPolicy = iam.operation('SimulateCustomPolicy', {
  access: () => anyResource,

  async handle(input, { tx, account }) {
    checkQuestion(input)
    const identity = given(input.PolicyInputList, 'PolicyInputList', 'identity')
    if (input.ResourcePolicy !== undefined && input.CallerArn === undefined) {
      throw new iam.InvalidInput('A CallerArn is required when a ResourcePolicy is specified.')
    }
    const caller = input.CallerArn === undefined ? nobody(account) : await callerOf(tx, account, input.CallerArn)
    return answer(input, identity, undefined, caller, {}, undefined)
  },
})

/** SimulatePrincipalPolicy: of the policies that somebody has, and others. IAM API Reference, "SimulatePrincipalPolicy". */
export const SimulatePrincipalPolicy = iam.operation('SimulatePrincipalPolicy', {
  access: ({ PolicySourceArn }, context) => entityAccess(context, PolicySourceArn),

  async handle(input, { tx, account }) {
    checkQuestion(input)
    checkSource(account, input.PolicySourceArn)
    const entity = await requireEntity(tx, account, input.PolicySourceArn)
    const held = (await heldPolicies(tx, entity)).filter(
      policy => !input.PolicyExclusionList?.some(excluded => isExcluded(policy, excluded)),
    )
    const identity = [
      ...held.map(policy => compileHeld(policy, 'identity')),
      ...given(input.PolicyInputList, 'PolicyInputList', 'identity'),
    ]
    const boundary = await boundaryOf(tx, entity, input.PolicyExclusionList)
    if (input.ResourcePolicy !== undefined && input.CallerArn === undefined && entity.kind !== 'user') {
      throw new iam.InvalidInput('A CallerArn is required when a ResourcePolicy is specified and the PolicySourceArn is not an IAM user.')
    }
    const caller = input.CallerArn === undefined ? principalOf(entity) : await callerOf(tx, account, input.CallerArn)
    // What the organization sets limits to the account's principals; what a request gives instead stands for it.
    const { value: membership } = await membershipOf(tx, compileText, account)
    return answer(input, identity, boundary, caller, await principalTags(tx, entity), membership?.scps)
  },
})

/** Access to a user, group or role that a request names by ARN. */
export async function entityAccess(context: AccessContext, arn: string) {
  const [kind, ...path] = parseArn(arn)?.resource.split('/') ?? []
  const name = path.at(-1) ?? ''
  if (kind === 'user') return userAccess(context, name)
  if (kind === 'role') return roleAccess(context, name)
  if (kind === 'group') return groupAccess(context, name)
  return { resource: arn, resourceAccount: context.account }
}

function answer(
  input: Question,
  identity: readonly CompiledPolicy[],
  ownBoundary: CompiledPolicy | undefined,
  principal: PolicyPrincipal,
  tags: RequestContext,
  ownScps: ApplicablePolicies['scps'],
): SimulatePolicyResponse {
  // A boundary that is given stands for the entity's own.
  const [givenBoundary] = given(input.PermissionsBoundaryPolicyInputList, 'PermissionsBoundaryPolicyInputList', 'boundary')
  const boundary = givenBoundary ?? ownBoundary
  const givenScps = input.OrderedOrganizationPolicyInputList?.map(({ ServiceControlPolicyInputList = [] }, level) =>
    ServiceControlPolicyInputList.map((text, i) =>
      compileGiven(text, 'scp', {
        id: `OrderedOrganizationPolicyInputList.${level + 1}.ServiceControlPolicyInputList.${i + 1}`,
        type: 'none',
      }),
    ),
  )
  const scps = givenScps ?? ownScps
  const policies: ApplicablePolicies = {
    identity,
    ...(boundary && { boundary }),
    ...(input.ResourcePolicy !== undefined && {
      resource: compileGiven(input.ResourcePolicy, 'resource', { id: 'ResourcePolicy', type: 'resource' }),
    }),
    ...(scps && { scps }),
  }
  const results = simulate({
    principal,
    policies,
    actions: input.ActionNames,
    resources: input.ResourceArns ?? [],
    resourceAccount: input.ResourceOwner === undefined ? undefined : parseArn(input.ResourceOwner)?.account,
    context: { ...tags, ...contextOf(input) },
  })
  const [after] = startAfter(input, 1) ?? []
  const numbered = results.map((result, i) => ({ result, key: String(i).padStart(8, '0') }))
  const { items, end } = pageOf(
    numbered.filter(({ key }) => after === undefined || key > after),
    input,
    ({ key }) => [key],
  )
  return { EvaluationResults: items.map(({ result }) => result), ...end }
}

function contextOf({ ContextEntries = [] }: Question): RequestContext {
  const context: { [key: string]: RequestContext[string] } = {}
  for (const { ContextKeyName, ContextKeyType, ContextKeyValues = [] } of ContextEntries) {
    if (ContextKeyName !== undefined) context[ContextKeyName] = contextEntryValue(ContextKeyType, ContextKeyValues)
  }
  return context
}

/** Whoever the policies are of: no key about the principal is known unless the caller gives it. */
const nobody = (account: string): PolicyPrincipal =>
  ({ type: 'user', account, arn: undefined, userId: undefined, userName: undefined }) as unknown as PolicyPrincipal

/** @throws InvalidInput unless the ARN is of a user; in IAM's words, which are not documented */
async function callerOf(tx: Transaction, account: string, arn: string): Promise<PolicyPrincipal> {
  const parsed = parseArn(arn)
  const name = parsed?.resource.startsWith('user/') ? parsed.resource.slice(parsed.resource.lastIndexOf('/') + 1) : ''
  if (!parsed || name === '') throw new iam.InvalidInput('Invalid caller - Caller must be an IAM user in this context.')
  const user = parsed.account === account ? await findUser(tx, account, name) : undefined
  return { type: 'user', account: parsed.account, arn, userId: user?.id ?? '', userName: name }
}

function principalOf(entity: Entity): PolicyPrincipal {
  if (entity.kind !== 'user') return nobody(entity.row.account)
  const { account, path, name, id } = entity.row
  return { type: 'user', account, arn: userArn(account, path, name), userId: id, userName: name }
}

async function principalTags(tx: Transaction, { kind, row }: Entity): Promise<RequestContext> {
  if (kind === 'group') return {}
  return Object.fromEntries((await tagsOf(tx, { kind, id: row.id })).map(({ Key, Value }) => [`aws:PrincipalTag/${Key}`, Value]))
}

async function boundaryOf(
  tx: Transaction,
  entity: Entity,
  exclusions: readonly PolicyIdentifier[] | undefined,
): Promise<CompiledPolicy | undefined> {
  const arn = entity.kind === 'group' ? null : entity.row.boundaryArn
  if (arn === null || exclusions?.some(excluded => excluded.PolicyArn === arn)) return undefined
  const policy = await managedPolicyText(tx, entity.row.account, arn)
  return policy && compileHeld(policy, 'boundary')
}

/** IAM API Reference, "PolicyIdentifier". */
function isExcluded(policy: HeldPolicy, { PolicyArn, InlinePolicyIdentifier: inline }: PolicyIdentifier): boolean {
  if (PolicyArn !== undefined) return policy.arn === PolicyArn
  if (!inline || policy.arn !== undefined) return false
  const { kind, name } = policy.holder
  return (
    inline.PolicyName === policy.name &&
    inline.AttachmentType.toLowerCase() === kind &&
    inline.AttachmentName.toLowerCase() === name.toLowerCase()
  )
}
