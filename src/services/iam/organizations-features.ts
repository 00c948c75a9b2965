import { isDelegatedAdministrator, organizationOf } from '../../identity/organization-accounts.ts'
import { keepRootSessions, type OrganizationsFeature, organizationsFeatures, rootAccessService } from '../../identity/root-sessions.ts'
import { recordChange, type Transaction } from '../../store/index.ts'
import type { OrganizationsTable } from '../../store/tables/organizations.ts'
import type { HandleContext } from '../operation.ts'
import { anyResource } from './access.ts'
import { iam } from './service.ts'
import { putSetting } from '../../identity/account-settings.ts'

/** ListOrganizationsFeatures: what is centralized of root access. IAM API Reference, "ListOrganizationsFeatures". */
export const ListOrganizationsFeatures = iam.operation('ListOrganizationsFeatures', {
  access: () => anyResource,

  async handle(_, { tx, account }) {
    const { id, managementAccount } = await requireAdministered(tx, account)
    return { OrganizationId: id, EnabledFeatures: [...(await organizationsFeatures(tx, managementAccount))] }
  },
})

/** EnableOrganizationsRootCredentialsManagement. IAM API Reference, same name. */
export const EnableOrganizationsRootCredentialsManagement = iam.operation('EnableOrganizationsRootCredentialsManagement', {
  access: () => anyResource,
  handle: (_, context) => turn(context, 'RootCredentialsManagement', true),
})

/** EnableOrganizationsRootSessions: AssumeRoot may be called from then on. IAM API Reference, same name. */
export const EnableOrganizationsRootSessions = iam.operation('EnableOrganizationsRootSessions', {
  access: () => anyResource,
  handle: (_, context) => turn(context, 'RootSessions', true),
})

/** DisableOrganizationsRootCredentialsManagement. IAM API Reference, same name. */
export const DisableOrganizationsRootCredentialsManagement = iam.operation('DisableOrganizationsRootCredentialsManagement', {
  access: () => anyResource,
  handle: (_, context) => turn(context, 'RootCredentialsManagement', false),
})

/** DisableOrganizationsRootSessions: sessions that are out last until they expire. IAM API Reference, same name. */
export const DisableOrganizationsRootSessions = iam.operation('DisableOrganizationsRootSessions', {
  access: () => anyResource,
  handle: (_, context) => turn(context, 'RootSessions', false),
})

async function turn({ tx, account, now }: HandleContext, feature: OrganizationsFeature, on: boolean) {
  const { id, managementAccount } = await requireAdministered(tx, account)
  const others = (await organizationsFeatures(tx, managementAccount)).filter(name => name !== feature)
  const features = on ? [...others, feature].toSorted() : others
  await putSetting(tx, managementAccount, 'organizationsFeatures', features)
  await keepRootSessions(tx, id, managementAccount)
  await recordChange(tx, { account: managementAccount, kind: 'organization', id, at: now })
  return { OrganizationId: id, EnabledFeatures: features }
}

/**
 * The organization that the account manages, or administers for IAM.
 * @throws OrganizationNotFound, OrganizationNotInAllFeaturesMode, AccountNotManagementOrDelegatedAdministrator, ServiceAccessNotEnabled
 */
async function requireAdministered(tx: Transaction, account: string): Promise<OrganizationsTable> {
  const organization = await organizationOf(tx, account)
  if (!organization) {
    throw new iam.OrganizationNotFoundException('The request was rejected because no organization is associated with your account.')
  }
  if (organization.featureSet !== 'ALL') {
    throw new iam.OrganizationNotInAllFeaturesModeException(
      'The request was rejected because your organization does not have All features enabled.',
    )
  }
  if (organization.managementAccount !== account && !(await isDelegatedAdministrator(tx, organization.id, account, rootAccessService))) {
    throw new iam.AccountNotManagementOrDelegatedAdministratorException(
      'The request was rejected because the account making the request is not the management account or delegated administrator account for centralized root access.',
    )
  }
  const trusted = await tx
    .selectFrom('organizationServices')
    .select('service')
    .where('organizationId', '=', organization.id)
    .where('service', '=', rootAccessService)
    .executeTakeFirst()
  if (!trusted) {
    throw new iam.ServiceAccessNotEnabledException(
      'The request was rejected because trusted access is not enabled for IAM in Organizations.',
    )
  }
  return organization
}
