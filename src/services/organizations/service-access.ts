import { anyResource, organizationChanged, requireManagement, requireReader } from './membership.ts'
import { pageOf, rowsWanted, startAfter } from './paging.ts'
import { invalid } from './quotas.ts'
import { organizations } from './service.ts'

/** EnableAWSServiceAccess: trusted access for a service. Organizations API Reference, "EnableAWSServiceAccess". */
export const EnableAWSServiceAccess = organizations.operation('EnableAWSServiceAccess', {
  access: ({ ServicePrincipal }) => ({ ...anyResource, keys: { 'organizations:ServicePrincipal': ServicePrincipal } }),

  async handle({ ServicePrincipal }, { tx, account, now }) {
    const organization = await requireManagement(tx, account)
    checkServicePrincipal(ServicePrincipal)
    await tx
      .insertInto('organizationServices')
      .values({ organizationId: organization.id, service: ServicePrincipal, enabledAt: now })
      .onConflict(conflict => conflict.doNothing())
      .execute()
    await organizationChanged(tx, organization, now)
    return {}
  },
})

/** DisableAWSServiceAccess: its delegated administrators end with it. Organizations API Reference, "DisableAWSServiceAccess". */
export const DisableAWSServiceAccess = organizations.operation('DisableAWSServiceAccess', {
  access: ({ ServicePrincipal }) => ({ ...anyResource, keys: { 'organizations:ServicePrincipal': ServicePrincipal } }),

  async handle({ ServicePrincipal }, { tx, account, now }) {
    const organization = await requireManagement(tx, account)
    checkServicePrincipal(ServicePrincipal)
    for (const table of ['organizationServices', 'delegatedAdministrators'] as const) {
      await tx.deleteFrom(table).where('organizationId', '=', organization.id).where('service', '=', ServicePrincipal).execute()
    }
    await organizationChanged(tx, organization, now)
    return {}
  },
})

/** ListAWSServiceAccessForOrganization. Organizations API Reference, "ListAWSServiceAccessForOrganization". */
export const ListAWSServiceAccessForOrganization = organizations.operation('ListAWSServiceAccessForOrganization', {
  access: () => anyResource,

  async handle(input, { tx, account }) {
    const organization = await requireReader(tx, account)
    const rows = await tx
      .selectFrom('organizationServices')
      .selectAll()
      .where('organizationId', '=', organization.id)
      .where('service', '>', startAfter(input))
      .orderBy('service')
      .limit(rowsWanted(input))
      .execute()
    const { items, end } = pageOf(rows, input, row => row.service)
    return { EnabledServicePrincipals: items.map(row => ({ ServicePrincipal: row.service, DateEnabled: new Date(row.enabledAt) })), ...end }
  },
})

/** @throws InvalidInputException for what is no service principal's name */
export function checkServicePrincipal(service: string): void {
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com$/.test(service)) return
  throw invalid('UNRECOGNIZED_SERVICE_PRINCIPAL', 'You specified an unrecognized service principal.')
}
