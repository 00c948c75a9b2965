import { awsPolicy } from '../../identity/organization-policies.ts'
import { requireMember } from './accounts.ts'
import type { Transaction } from '../../store/index.ts'
import type { OrganizationsTable } from '../../store/tables/organizations.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'
import { anyResource, organizationChanged, placeAccess, placeArn, placeType, requireManagement, requireReader } from './membership.ts'
import { pageOf, rowsWanted, startAfter } from './paging.ts'
import { findPlace } from './places.ts'
import { type PolicyFacts, requirePolicy, summaryShape } from './policies.ts'
import { policyAccess } from './policy-access.ts'
import { isEnabled, requireEnabled } from './policy-types.ts'
import { checkQuota, invalid, violation } from './quotas.ts'
import { organizations } from './service.ts'

interface Attachment {
  readonly PolicyId: string
  readonly TargetId: string
}

/** Both the policy and the target must be allowed. Service Authorization Reference, "Actions defined by AWS Organizations". */
async function attachmentAccess(context: AccessContext, { PolicyId, TargetId }: Attachment): Promise<AccessStatement[]> {
  const policy = await policyAccess(context, PolicyId)
  const target = await placeAccess(context, TargetId)
  return [policy, ...target.map((statement): AccessStatement => ({ ...statement, keys: policy.keys ?? {} }))]
}

/** AttachPolicy: it limits from then on. Organizations API Reference, "AttachPolicy". */
export const AttachPolicy = organizations.operation('AttachPolicy', {
  access: (input, context) => attachmentAccess(context, input),

  async handle({ PolicyId, TargetId }, { tx, account, now, world }) {
    const organization = await requireManagement(tx, account)
    const policy = await requirePolicy(tx, organization, PolicyId)
    await requireTarget(tx, organization, TargetId)
    requireEnabled(organization, policy.type)
    const attached = await policiesOn(tx, organization, TargetId, policy.type)
    if (attached.some(({ id }) => id === PolicyId)) {
      throw new organizations.DuplicatePolicyAttachmentException('The selected policy is already attached to the specified target.')
    }
    // AWS's own policy does not count for resource control policies. Organizations User Guide, "Quotas".
    checkQuota(world, 'PoliciesPerTarget', attached.filter(({ id }) => id !== 'p-RCPFullAWSAccess').length)
    const row = { organizationId: organization.id, targetId: TargetId, policyId: PolicyId }
    await tx.insertInto('organizationPolicyTargets').values(row).execute()
    await organizationChanged(tx, organization, now)
    return {}
  },
})

/** DetachPolicy: every target keeps a service control policy. Organizations API Reference, "DetachPolicy". */
export const DetachPolicy = organizations.operation('DetachPolicy', {
  access: (input, context) => attachmentAccess(context, input),

  async handle({ PolicyId, TargetId }, { tx, account, now }) {
    const organization = await requireManagement(tx, account)
    const policy = await requirePolicy(tx, organization, PolicyId)
    await requireTarget(tx, organization, TargetId)
    if (awsPolicy(PolicyId)?.type === 'RESOURCE_CONTROL_POLICY') {
      throw invalid('NON_DETACHABLE_POLICY', 'You attempted to detach the RCPFullAWSAccess policy, which cannot be detached.')
    }
    const attached = await policiesOn(tx, organization, TargetId, policy.type)
    if (!attached.some(({ id }) => id === PolicyId)) {
      throw new organizations.PolicyNotAttachedException("The policy isn't attached to the specified target in the specified root.")
    }
    if (policy.type === 'SERVICE_CONTROL_POLICY' && attached.length === 1) {
      throw violation(
        'MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
        'You attempted to detach a policy from an entity that would cause the entity to have fewer than the minimum number of policies of a certain type required.',
      )
    }
    await tx
      .deleteFrom('organizationPolicyTargets')
      .where('targetId', '=', TargetId)
      .where('policyId', '=', PolicyId)
      .where('organizationId', '=', organization.id)
      .execute()
    await organizationChanged(tx, organization, now)
    return {}
  },
})

/** ListPoliciesForTarget: attached directly, not inherited. Organizations API Reference, "ListPoliciesForTarget". */
export const ListPoliciesForTarget = organizations.operation('ListPoliciesForTarget', {
  async access({ TargetId, Filter }, context) {
    const statements = await placeAccess(context, TargetId)
    return statements.map((statement): AccessStatement => ({ ...statement, keys: { 'organizations:PolicyType': Filter } }))
  },

  async handle(input, { tx, account }) {
    const organization = await requireReader(tx, account)
    await requireTarget(tx, organization, input.TargetId)
    const after = startAfter(input)
    const attached = (await policiesOn(tx, organization, input.TargetId, input.Filter)).filter(({ id }) => id > after)
    const { items, end } = pageOf(attached, input, ({ id }) => id)
    return { Policies: items.map(policy => summaryShape(organization, policy)), ...end }
  },
})

/** ListTargetsForPolicy. Organizations API Reference, "ListTargetsForPolicy". */
export const ListTargetsForPolicy = organizations.operation('ListTargetsForPolicy', {
  access: ({ PolicyId }, context) => policyAccess(context, PolicyId),

  async handle(input, { tx, account }) {
    const organization = await requireReader(tx, account)
    await requirePolicy(tx, organization, input.PolicyId)
    const rows = await tx
      .selectFrom('organizationPolicyTargets')
      .select('targetId')
      .where('organizationId', '=', organization.id)
      .where('policyId', '=', input.PolicyId)
      .where('targetId', '>', startAfter(input))
      .orderBy('targetId')
      .limit(rowsWanted(input))
      .execute()
    const { items, end } = pageOf(rows, input, row => row.targetId)
    const targets = []
    for (const { targetId } of items) {
      const place = await findPlace(tx, organization, targetId)
      targets.push({ TargetId: targetId, Arn: placeArn(organization, targetId), Name: place?.name ?? '', Type: placeType(targetId) })
    }
    return { Targets: targets, ...end }
  },
})

/**
 * DescribeEffectivePolicy: for management policies, of which none is ever in effect here; the model takes no authorization policies.
 * Organizations API Reference, "DescribeEffectivePolicy".
 */
export const DescribeEffectivePolicy = organizations.operation('DescribeEffectivePolicy', {
  access: ({ TargetId = '*' }, context) => placeAccess(context, TargetId),

  async handle({ TargetId }, { tx, account }) {
    const organization =
      TargetId === undefined || TargetId === account ? await requireReader(tx, account) : await requireManagement(tx, account)
    if (TargetId !== undefined) await requireTarget(tx, organization, TargetId)
    throw noEffectivePolicy()
  },
})

/**
 * ListAccountsWithInvalidEffectivePolicy: none, as no management policy is ever in effect here. Organizations API Reference, same name.
 */
export const ListAccountsWithInvalidEffectivePolicy = organizations.operation('ListAccountsWithInvalidEffectivePolicy', {
  access: ({ PolicyType }) => ({ ...anyResource, keys: { 'organizations:PolicyType': PolicyType } }),

  async handle(input, { tx, account }) {
    const organization = await requireReader(tx, account)
    if (!isEnabled(organization, input.PolicyType)) throw noEffectivePolicy()
    startAfter(input)
    return { Accounts: [], PolicyType: input.PolicyType }
  },
})

/** ListEffectivePolicyValidationErrors: of a policy that no account has here. Organizations API Reference, same name. */
export const ListEffectivePolicyValidationErrors = organizations.operation('ListEffectivePolicyValidationErrors', {
  access: ({ AccountId }, context) => placeAccess(context, AccountId),

  async handle({ AccountId }, { tx, account }) {
    await requireMember(tx, await requireReader(tx, account), AccountId)
    throw noEffectivePolicy()
  },
})

const noEffectivePolicy = () =>
  new organizations.EffectivePolicyNotFoundException(
    "If you ran this action on the management account, this policy type is not enabled. If you ran the action on a member account, the account doesn't have an effective policy of this type.",
  )

async function requireTarget(tx: Transaction, organization: OrganizationsTable, targetId: string): Promise<void> {
  if (await findPlace(tx, organization, targetId)) return
  throw new organizations.TargetNotFoundException("We can't find a root, OU, account, or policy with the TargetId that you specified.")
}

/** The policies of one type that are attached to a target, in order of their ids: a handful. */
async function policiesOn(tx: Transaction, organization: OrganizationsTable, targetId: string, type: string): Promise<PolicyFacts[]> {
  const rows = await tx
    .selectFrom('organizationPolicyTargets')
    .select('policyId')
    .where('targetId', '=', targetId)
    .where('organizationId', '=', organization.id)
    .orderBy('policyId')
    .execute()
  const policies: PolicyFacts[] = []
  for (const { policyId } of rows) policies.push(await requirePolicy(tx, organization, policyId))
  return policies.filter(policy => policy.type === type)
}
