import { awsPolicies, awsPolicy, organizationPolicyArn } from '../../identity/organization-policies.ts'
import { MalformedPolicyDocument, parsePolicy, policySize, policySizeLimits } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { OrganizationPoliciesTable, OrganizationsTable } from '../../store/tables/organizations.ts'
import type { PolicySummary } from '../../wire/models/organizations.ts'
import { newPolicyId } from './identifiers.ts'
import { anyResource, organizationChanged, requireManagement, requireReader } from './membership.ts'
import { pageOf, rowsWanted, startAfter } from './paging.ts'
import { policyAccess } from './policy-access.ts'
import { typeNotAvailable } from './policy-types.ts'
import { checkQuota, invalid, violation } from './quotas.ts'
import { organizations } from './service.ts'
import { dropTags, requestTagKeys, tag } from './tags.ts'

/** CreatePolicy: service and resource control policies; management policies decide nothing here. Organizations API Reference, "CreatePolicy". */
export const CreatePolicy = organizations.operation('CreatePolicy', {
  access: ({ Type, Tags }) => ({ ...anyResource, keys: { 'organizations:PolicyType': Type, ...requestTagKeys(Tags) } }),

  async handle({ Name, Description, Content, Type, Tags = [] }, { tx, account, now, world }) {
    const organization = await requireManagement(tx, account)
    if (organization.featureSet !== 'ALL' || !isAuthorization(Type)) throw typeNotAvailable()
    checkContent(Type, Content)
    await refuseTakenName(tx, organization, Type, Name)
    const { policies } = await tx
      .selectFrom('organizationPolicies')
      .select(({ fn }) => fn.countAll<number>().as('policies'))
      .where('organizationId', '=', organization.id)
      .where('type', '=', Type)
      .executeTakeFirstOrThrow()
    checkQuota(world, 'PoliciesPerOrganization', Number(policies))
    const policy = {
      id: newPolicyId(world.random),
      organizationId: organization.id,
      type: Type,
      name: Name,
      description: Description,
      content: Content,
    }
    await tx.insertInto('organizationPolicies').values(policy).execute()
    await tag(tx, policy.id, Tags)
    await organizationChanged(tx, organization, now)
    return { Policy: policyShape(organization, policy) }
  },
})

/** UpdatePolicy: whatever is named; what it limits changes at once. Organizations API Reference, "UpdatePolicy". */
export const UpdatePolicy = organizations.operation('UpdatePolicy', {
  access: ({ PolicyId }, context) => policyAccess(context, PolicyId),

  async handle({ PolicyId, Name, Description, Content }, { tx, account, now }) {
    const organization = await requireManagement(tx, account)
    const policy = await requireOwnPolicy(tx, organization, PolicyId)
    const changed = {
      ...policy,
      name: Name ?? policy.name,
      description: Description ?? policy.description,
      content: Content ?? policy.content,
    }
    if (Content !== undefined) checkContent(policy.type, Content)
    if (changed.name !== policy.name) await refuseTakenName(tx, organization, policy.type, changed.name)
    const { name, description, content } = changed
    await tx.updateTable('organizationPolicies').set({ name, description, content }).where('id', '=', PolicyId).execute()
    await organizationChanged(tx, organization, now)
    return { Policy: policyShape(organization, changed) }
  },
})

/** DescribePolicy. Organizations API Reference, "DescribePolicy". */
export const DescribePolicy = organizations.operation('DescribePolicy', {
  access: ({ PolicyId }, context) => policyAccess(context, PolicyId),

  async handle({ PolicyId }, { tx, account }) {
    const organization = await requireReader(tx, account)
    return { Policy: policyShape(organization, await requirePolicy(tx, organization, PolicyId)) }
  },
})

/** DeletePolicy: attached to nothing only. Organizations API Reference, "DeletePolicy". */
export const DeletePolicy = organizations.operation('DeletePolicy', {
  access: ({ PolicyId }, context) => policyAccess(context, PolicyId),

  async handle({ PolicyId }, { tx, account, now }) {
    const organization = await requireManagement(tx, account)
    await requireOwnPolicy(tx, organization, PolicyId)
    const target = await tx
      .selectFrom('organizationPolicyTargets')
      .select('targetId')
      .where('organizationId', '=', organization.id)
      .where('policyId', '=', PolicyId)
      .executeTakeFirst()
    if (target) {
      throw new organizations.PolicyInUseException(
        'The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.',
      )
    }
    await tx.deleteFrom('organizationPolicies').where('id', '=', PolicyId).execute()
    await dropTags(tx, PolicyId)
    await organizationChanged(tx, organization, now)
    return {}
  },
})

/** ListPolicies: AWS's and the organization's, of one type. Organizations API Reference, "ListPolicies". */
export const ListPolicies = organizations.operation('ListPolicies', {
  access: ({ Filter }) => ({ ...anyResource, keys: { 'organizations:PolicyType': Filter } }),

  async handle(input, { tx, account }) {
    const organization = await requireReader(tx, account)
    const after = startAfter(input)
    const rows = await tx
      .selectFrom('organizationPolicies')
      .selectAll()
      .where('organizationId', '=', organization.id)
      .where('type', '=', input.Filter)
      .where('id', '>', after)
      .orderBy('id')
      .limit(rowsWanted(input))
      .execute()
    const fromAws = organization.featureSet === 'ALL' ? awsPolicies.filter(({ id, type }) => type === input.Filter && id > after) : []
    const all = [...fromAws, ...rows].toSorted((a, b) => (a.id < b.id ? -1 : 1))
    const { items, end } = pageOf(all, input, ({ id }) => id)
    return { Policies: items.map(policy => summaryShape(organization, policy)), ...end }
  },
})

/** What policies of either kind have. */
export type PolicyFacts = Omit<OrganizationPoliciesTable, 'organizationId'>

/** A policy, AWS's or the organization's. @throws PolicyNotFoundException */
export async function requirePolicy(tx: Transaction, organization: OrganizationsTable, id: string): Promise<PolicyFacts> {
  const policy =
    awsPolicy(id) ??
    (await tx
      .selectFrom('organizationPolicies')
      .selectAll()
      .where('id', '=', id)
      .where('organizationId', '=', organization.id)
      .executeTakeFirst())
  if (!policy) throw new organizations.PolicyNotFoundException("We can't find a policy with the PolicyId that you specified.")
  return policy
}

async function requireOwnPolicy(tx: Transaction, organization: OrganizationsTable, id: string): Promise<PolicyFacts> {
  if (awsPolicy(id)) throw invalid('IMMUTABLE_POLICY', "You specified a policy that is managed by AWS and can't be modified.")
  return requirePolicy(tx, organization, id)
}

const isAuthorization = (type: string): boolean => awsPolicies.some(policy => policy.type === type)

/** @throws MalformedPolicyDocumentException, ConstraintViolationException */
function checkContent(type: string, content: string): void {
  const kind = type === 'SERVICE_CONTROL_POLICY' ? 'scp' : 'rcp'
  if (policySize(content, kind) > policySizeLimits[kind]) {
    throw violation('POLICY_CONTENT_LIMIT_EXCEEDED', 'The policy content exceeds the maximum size.')
  }
  try {
    parsePolicy(content, kind)
  } catch (problem) {
    if (problem instanceof MalformedPolicyDocument) throw new organizations.MalformedPolicyDocumentException(problem.message)
    throw problem
  }
}

async function refuseTakenName(tx: Transaction, { id }: OrganizationsTable, type: string, name: string): Promise<void> {
  const taken = await tx
    .selectFrom('organizationPolicies')
    .select('id')
    .where('organizationId', '=', id)
    .where('type', '=', type)
    .where('name', '=', name)
    .executeTakeFirst()
  if (taken || awsPolicies.some(policy => policy.type === type && policy.name === name)) {
    throw new organizations.DuplicatePolicyException('A policy with the same name already exists.')
  }
}

/** A policy without its content. */
export const summaryShape = (organization: OrganizationsTable, { id, type, name, description }: PolicyFacts): PolicySummary => ({
  Id: id,
  Arn: organizationPolicyArn(organization.managementAccount, organization.id, type, id),
  Name: name,
  Description: description,
  Type: type,
  AwsManaged: awsPolicy(id) !== undefined,
})

const policyShape = (organization: OrganizationsTable, policy: PolicyFacts) => ({
  PolicySummary: summaryShape(organization, policy),
  Content: policy.content,
})
