import { dropSetting } from '../../identity/account-settings.ts'
import { organizationOf } from '../../identity/organization-accounts.ts'
import { ensureServiceLinkedRole } from '../../identity/service-linked-roles.ts'
import { awsPolicies } from '../../identity/organization-policies.ts'
import { recordChange } from '../../store/index.ts'
import type { OrganizationsTable } from '../../store/tables/organizations.ts'
import type { Organization } from '../../wire/models/organizations.ts'
import { newOrganizationId, newRootId } from './identifiers.ts'
import { anyResource, organizationChanged, placeArn, requireManagement, requireOrganization } from './membership.ts'
import { organizations } from './service.ts'
import { dropResourcePolicy } from './resource-policy.ts'

/**
 * CreateOrganization: the caller's account becomes the management account. With all features, service control policies are enabled from the start.
 * Organizations API Reference, "CreateOrganization".
 */
export const CreateOrganization = organizations.operation('CreateOrganization', {
  access: () => anyResource,

  async handle({ FeatureSet = 'ALL' }, { tx, account, now, world }) {
    if (await organizationOf(tx, account)) {
      throw new organizations.AlreadyInOrganizationException('The AWS account is already a member of an organization.')
    }
    const all = FeatureSet === 'ALL'
    const organization: OrganizationsTable = {
      id: newOrganizationId(world.random),
      managementAccount: account,
      rootId: newRootId(world.random),
      featureSet: all ? 'ALL' : 'CONSOLIDATED_BILLING',
      policyTypes: JSON.stringify(all ? ['SERVICE_CONTROL_POLICY'] : []),
      createdAt: now,
    }
    const { rootEmail } = await tx.selectFrom('accounts').select('rootEmail').where('id', '=', account).executeTakeFirstOrThrow()
    await tx.insertInto('organizations').values(organization).execute()
    const member = { accountId: account, organizationId: organization.id, parentId: organization.rootId, email: rootEmail } as const
    await tx
      .insertInto('organizationAccounts')
      .values({ ...member, name: 'management', joinedMethod: 'INVITED', joinedAt: now, status: 'ACTIVE' })
      .execute()
    if (all) {
      const policyId = awsPolicies.find(({ type }) => type === 'SERVICE_CONTROL_POLICY')?.id as string
      const targets = [organization.rootId, account].map(targetId => ({ organizationId: organization.id, targetId, policyId }))
      await tx.insertInto('organizationPolicyTargets').values(targets).execute()
    }
    await ensureServiceLinkedRole(tx, { account, service: organizations.eventSource, now, random: world.random })
    await organizationChanged(tx, organization, now)
    await recordChange(tx, { account, kind: 'account', id: account, at: now })
    return { Organization: organizationShape(organization, rootEmail) }
  },
})

/** DescribeOrganization: any member account may ask. Organizations API Reference, "DescribeOrganization". */
export const DescribeOrganization = organizations.operation('DescribeOrganization', {
  access: () => anyResource,

  async handle(_, { tx, account }) {
    const organization = await requireOrganization(tx, account)
    const { rootEmail } = await tx
      .selectFrom('accounts')
      .select('rootEmail')
      .where('id', '=', organization.managementAccount)
      .executeTakeFirstOrThrow()
    return { Organization: organizationShape(organization, rootEmail) }
  },
})

/** DeleteOrganization: without members, units and policies only. Organizations API Reference, "DeleteOrganization". */
export const DeleteOrganization = organizations.operation('DeleteOrganization', {
  access: () => anyResource,

  async handle(_, { tx, account, now }) {
    const organization = await requireManagement(tx, account)
    const { id } = organization
    const member = await tx
      .selectFrom('organizationAccounts')
      .select('accountId')
      .where('organizationId', '=', id)
      .where('accountId', '!=', account)
      .executeTakeFirst()
    const unit = await tx.selectFrom('organizationalUnits').select('id').where('organizationId', '=', id).executeTakeFirst()
    const policy = await tx.selectFrom('organizationPolicies').select('id').where('organizationId', '=', id).executeTakeFirst()
    if (member || unit || policy) {
      throw new organizations.OrganizationNotEmptyException(
        "The organization isn't empty. To delete an organization, you must first remove all accounts except the management account, delete all OUs, and delete all policies.",
      )
    }
    for (const table of [
      'organizationAccounts',
      'organizationPolicyTargets',
      'organizationServices',
      'delegatedAdministrators',
      'createAccountRequests',
      'handshakes',
    ] as const) {
      await tx.deleteFrom(table).where('organizationId', '=', id).execute()
    }
    await tx.deleteFrom('organizations').where('id', '=', id).execute()
    await dropSetting(tx, account, 'organizationsFeatures')
    await dropResourcePolicy(tx, account)
    await tx.deleteFrom('tags').where('ownerKind', '=', 'organizations').where('ownerId', 'in', [organization.rootId, account]).execute()
    await organizationChanged(tx, organization, now)
    return {}
  },
})

const organizationShape = (organization: OrganizationsTable, email: string): Organization => ({
  Id: organization.id,
  Arn: `arn:aws:organizations::${organization.managementAccount}:organization/${organization.id}`,
  FeatureSet: organization.featureSet,
  MasterAccountArn: placeArn(organization, organization.managementAccount),
  MasterAccountId: organization.managementAccount,
  MasterAccountEmail: email,
  // This member tells of no other type; ListRoots does. API Reference, "Organization".
  AvailablePolicyTypes: organization.featureSet === 'ALL' ? [{ Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' }] : [],
})
