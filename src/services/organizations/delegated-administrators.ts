import { hasTrustedAccess } from '../../identity/organization-accounts.ts'
import { accountMembers, requireMember } from './accounts.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'
import { anyResource, organizationChanged, placeAccess, requireManagement, requireReader } from './membership.ts'
import { pageOf, rowsWanted, startAfter } from './paging.ts'
import { checkQuota, violation } from './quotas.ts'
import { organizations } from './service.ts'
import { checkServicePrincipal } from './service-access.ts'

interface Delegation {
  readonly AccountId: string
  readonly ServicePrincipal: string
}

async function delegationAccess(context: AccessContext, { AccountId, ServicePrincipal }: Delegation): Promise<AccessStatement[]> {
  const statements = await placeAccess(context, AccountId)
  return statements.map(statement => ({ ...statement, keys: { 'organizations:ServicePrincipal': ServicePrincipal } }))
}

/** RegisterDelegatedAdministrator. Organizations API Reference, "RegisterDelegatedAdministrator". */
export const RegisterDelegatedAdministrator = organizations.operation('RegisterDelegatedAdministrator', {
  access: (input, context) => delegationAccess(context, input),

  async handle({ AccountId, ServicePrincipal }, { tx, account, now, world }) {
    const organization = await requireManagement(tx, account)
    checkServicePrincipal(ServicePrincipal)
    await requireMember(tx, organization, AccountId)
    if (AccountId === account) {
      throw violation(
        'CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR',
        'You cannot register the management account of the organization as a delegated administrator.',
      )
    }
    if (!(await hasTrustedAccess(tx, organization.id, ServicePrincipal))) {
      throw violation('SERVICE_ACCESS_NOT_ENABLED', 'You must first enable service access for the specified service.')
    }
    const administrators = await tx
      .selectFrom('delegatedAdministrators')
      .select('accountId')
      .where('organizationId', '=', organization.id)
      .where('service', '=', ServicePrincipal)
      .execute()
    if (administrators.some(({ accountId }) => accountId === AccountId)) {
      throw new organizations.AccountAlreadyRegisteredException(
        'The specified account is already a delegated administrator for this AWS service.',
      )
    }
    checkQuota(world, 'DelegatedAdministratorsPerService', administrators.length)
    const row = { organizationId: organization.id, accountId: AccountId, service: ServicePrincipal, enabledAt: now }
    await tx.insertInto('delegatedAdministrators').values(row).execute()
    await organizationChanged(tx, organization, now)
    return {}
  },
})

/** DeregisterDelegatedAdministrator. Organizations API Reference, "DeregisterDelegatedAdministrator". */
export const DeregisterDelegatedAdministrator = organizations.operation('DeregisterDelegatedAdministrator', {
  access: (input, context) => delegationAccess(context, input),

  async handle({ AccountId, ServicePrincipal }, { tx, account, now }) {
    const organization = await requireManagement(tx, account)
    await requireMember(tx, organization, AccountId)
    const { numDeletedRows } = await tx
      .deleteFrom('delegatedAdministrators')
      .where('organizationId', '=', organization.id)
      .where('accountId', '=', AccountId)
      .where('service', '=', ServicePrincipal)
      .executeTakeFirst()
    if (Number(numDeletedRows) === 0) throw notRegistered()
    await organizationChanged(tx, organization, now)
    return {}
  },
})

/** ListDelegatedAdministrators: of one service or of all. Organizations API Reference, "ListDelegatedAdministrators". */
export const ListDelegatedAdministrators = organizations.operation('ListDelegatedAdministrators', {
  access: ({ ServicePrincipal }) => ({
    ...anyResource,
    keys: ServicePrincipal === undefined ? {} : { 'organizations:ServicePrincipal': ServicePrincipal },
  }),

  async handle(input, { tx, account }) {
    const organization = await requireReader(tx, account)
    const { ServicePrincipal } = input
    const rows = await tx
      .selectFrom('delegatedAdministrators')
      .select(['accountId', ({ fn }) => fn.min<number>('enabledAt').as('firstEnabledAt')])
      .where('organizationId', '=', organization.id)
      .where('accountId', '>', startAfter(input))
      .$if(ServicePrincipal !== undefined, query => query.where('service', '=', ServicePrincipal ?? ''))
      .groupBy('accountId')
      .orderBy('accountId')
      .limit(rowsWanted(input))
      .execute()
    const { items, end } = pageOf(rows, input, row => row.accountId)
    const shapes = []
    for (const { accountId, firstEnabledAt } of items) {
      const member = await requireMember(tx, organization, accountId)
      shapes.push({ ...accountMembers(organization, member), DelegationEnabledDate: new Date(Number(firstEnabledAt)) })
    }
    return { DelegatedAdministrators: shapes, ...end }
  },
})

/** ListDelegatedServicesForAccount. Organizations API Reference, "ListDelegatedServicesForAccount". */
export const ListDelegatedServicesForAccount = organizations.operation('ListDelegatedServicesForAccount', {
  access: ({ AccountId }, context) => placeAccess(context, AccountId),

  async handle(input, { tx, account }) {
    const organization = await requireReader(tx, account)
    await requireMember(tx, organization, input.AccountId)
    const rows = await tx
      .selectFrom('delegatedAdministrators')
      .selectAll()
      .where('organizationId', '=', organization.id)
      .where('accountId', '=', input.AccountId)
      .where('service', '>', startAfter(input))
      .orderBy('service')
      .limit(rowsWanted(input))
      .execute()
    if (rows.length === 0 && input.NextToken === undefined) throw notRegistered()
    const { items, end } = pageOf(rows, input, row => row.service)
    const shapes = items.map(row => ({ ServicePrincipal: row.service, DelegationEnabledDate: new Date(row.enabledAt) }))
    return { DelegatedServices: shapes, ...end }
  },
})

const notRegistered = () =>
  new organizations.AccountNotRegisteredException('The specified account is not a delegated administrator for this AWS service.')
