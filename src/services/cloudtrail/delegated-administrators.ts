import { organizationOf } from '../../identity/organization-accounts.ts'
import type { CallContext } from '../operation.ts'
import { asOwnError, servicePrincipal } from './organization.ts'
import { cloudtrail } from './service.ts'

/** An organization has three delegated administrators of CloudTrail at most. CloudTrail User Guide, "Quotas in AWS CloudTrail". */
const mostAdministrators = 3

/** Calls Organizations with the caller's rights. @throws CloudTrail's own errors */
async function delegate({ world, principal }: CallContext, operation: string, AccountId: string): Promise<void> {
  const input = { AccountId, ServicePrincipal: servicePrincipal }
  try {
    await world.calls.onBehalfOf(principal, servicePrincipal, { service: 'organizations', operation, input })
  } catch (problem) {
    throw asOwnError(problem)
  }
}

/** @throws OrganizationsNotInUseException, NotOrganizationManagementAccountException, DelegatedAdminAccountLimitExceededException */
async function checkManagement({ world, account }: CallContext, adding: boolean): Promise<void> {
  await world.store.read(async tx => {
    const organization = await organizationOf(tx, account)
    if (!organization) throw new cloudtrail.OrganizationsNotInUseException('The account is not a member of an organization.')
    if (organization.managementAccount !== account)
      throw new cloudtrail.NotOrganizationManagementAccountException('The account is not the management account of the organization.')
    const administrators = await tx
      .selectFrom('delegatedAdministrators')
      .select('accountId')
      .where('organizationId', '=', organization.id)
      .where('service', '=', servicePrincipal)
      .execute()
    if (adding && administrators.length >= mostAdministrators)
      throw new cloudtrail.DelegatedAdminAccountLimitExceededException(
        `An organization can have ${mostAdministrators} delegated administrators of CloudTrail.`,
      )
  })
}

/** RegisterOrganizationDelegatedAdmin. CloudTrail API Reference, "RegisterOrganizationDelegatedAdmin". */
export const RegisterOrganizationDelegatedAdmin = cloudtrail.operation('RegisterOrganizationDelegatedAdmin', {
  access: () => ({ resource: '*' }),
  async reach({ MemberAccountId }, context) {
    await checkManagement(context, true)
    await delegate(context, 'RegisterDelegatedAdministrator', MemberAccountId)
  },
  handle: async () => ({}),
})

/** DeregisterOrganizationDelegatedAdmin. CloudTrail API Reference, "DeregisterOrganizationDelegatedAdmin". */
export const DeregisterOrganizationDelegatedAdmin = cloudtrail.operation('DeregisterOrganizationDelegatedAdmin', {
  access: () => ({ resource: '*' }),
  async reach({ DelegatedAdminAccountId }, context) {
    await checkManagement(context, false)
    await delegate(context, 'DeregisterDelegatedAdministrator', DelegatedAdminAccountId)
  },
  handle: async () => ({}),
})
