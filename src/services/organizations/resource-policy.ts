import { dropSetting, putSetting, settingOf } from '../../identity/account-settings.ts'
import { organizationOf } from '../../identity/organization-accounts.ts'
import { MalformedPolicyDocument, parsePolicy, type PolicyDocument } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { OrganizationsTable } from '../../store/tables/organizations.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'
import { canBeDelegated } from './delegable.ts'
import { newResourcePolicyId } from './identifiers.ts'
import { requireManagement, requireReader } from './membership.ts'
import { invalid } from './quotas.ts'
import { organizations } from './service.ts'
import { dropTags, requestTagKeys, tag } from './tags.ts'

/** PutResourcePolicy: makes or replaces the organization's one policy, by which members do what is the management account's. Organizations API Reference, "PutResourcePolicy". */
export const PutResourcePolicy = organizations.operation('PutResourcePolicy', {
  access: async ({ Tags }, context) => ({ ...(await resourcePolicyAccess(context)), keys: requestTagKeys(Tags) }),

  async handle({ Content, Tags = [] }, { tx, account, world }) {
    const organization = await requireManagement(tx, account)
    checkContent(Content)
    const present = await settingOf(tx, account, 'organizationResourcePolicy')
    // "Calls with tags apply to the initial creation of the resource policy, otherwise an exception is thrown."
    if (present && Tags.length > 0)
      throw new organizations.InvalidInputException('Tags can be given when the resource policy is created, and not when it is replaced.')
    const policy = { id: present?.id ?? newResourcePolicyId(world.random), content: Content }
    await putSetting(tx, account, 'organizationResourcePolicy', policy)
    await tag(tx, policy.id, Tags)
    return { ResourcePolicy: resourcePolicyShape(organization, policy) }
  },
})

/** DescribeResourcePolicy. Organizations API Reference, "DescribeResourcePolicy". */
export const DescribeResourcePolicy = organizations.operation('DescribeResourcePolicy', {
  access: (_, context) => resourcePolicyAccess(context),

  async handle(_, { tx, account }) {
    const organization = await requireReader(tx, account)
    const policy = await settingOf(tx, organization.managementAccount, 'organizationResourcePolicy')
    if (!policy) throw notFound()
    return { ResourcePolicy: resourcePolicyShape(organization, policy) }
  },
})

/** DeleteResourcePolicy: what it delegated ends at once. Organizations API Reference, "DeleteResourcePolicy". */
export const DeleteResourcePolicy = organizations.operation('DeleteResourcePolicy', {
  access: (_, context) => resourcePolicyAccess(context),

  async handle(_, { tx, account }) {
    await requireManagement(tx, account)
    if (!(await dropResourcePolicy(tx, account))) throw notFound()
    return {}
  },
})

/** Forgets the policy and its tags. @returns whether there was one */
export async function dropResourcePolicy(tx: Transaction, managementAccount: string): Promise<boolean> {
  const policy = await settingOf(tx, managementAccount, 'organizationResourcePolicy')
  if (!policy) return false
  await dropTags(tx, policy.id)
  return dropSetting(tx, managementAccount, 'organizationResourcePolicy')
}

const notFound = () =>
  new organizations.ResourcePolicyNotFoundException("We can't find a resource policy request with the parameter that you specified.")

const arnOf = ({ id, managementAccount }: Pick<OrganizationsTable, 'id' | 'managementAccount'>, policyId: string) =>
  `arn:aws:organizations::${managementAccount}:resourcepolicy/${id}/${policyId}`

const resourcePolicyShape = (organization: OrganizationsTable, { id, content }: { readonly id: string; readonly content: string }) => ({
  ResourcePolicySummary: { Id: id, Arn: arnOf(organization, id) },
  Content: content,
})

async function resourcePolicyAccess({ tx, account }: AccessContext): Promise<AccessStatement> {
  const organization = await organizationOf(tx, account)
  const policy = organization && (await settingOf(tx, organization.managementAccount, 'organizationResourcePolicy'))
  return {
    resource: arnOf(organization ?? { id: '*', managementAccount: account }, policy?.id ?? '*'),
    resourceAccount: account,
  }
}

/** Organizations User Guide, "Delegated administrator for AWS Organizations". @throws InvalidInputException */
function checkContent(content: string): void {
  for (const { action } of parsed(content).statements) {
    const foreign = action.values.find(value => !isDelegableAction(value))
    if (action.negated || foreign !== undefined)
      throw invalid(
        'UNSUPPORTED_ACTION_IN_RESOURCE_POLICY',
        `The resource policy names an action that cannot be delegated${foreign === undefined ? '' : `: ${foreign}`}.`,
      )
  }
}

function parsed(content: string): PolicyDocument {
  try {
    return parsePolicy(content, 'resource')
  } catch (problem) {
    if (!(problem instanceof MalformedPolicyDocument)) throw problem
    throw invalid('INVALID_RESOURCE_POLICY_JSON', problem.message)
  }
}

/** What a wildcard stands for beside is not delegated by it. */
const isDelegableAction = (value: string): boolean => {
  const [, name] = /^organizations:(\w*\*?)$/i.exec(value) ?? []
  return name !== undefined && canBeDelegated(name)
}
