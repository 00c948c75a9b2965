import { awsPolicies } from '../../identity/organization-policies.ts'
import type { Transaction } from '../../store/index.ts'
import type { OrganizationsTable } from '../../store/tables/organizations.ts'
import type { Root } from '../../wire/models/organizations.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'
import { organizationChanged, placeAccess, placeArn, requireManagement } from './membership.ts'
import { organizations } from './service.ts'

/**
 * EnablePolicyType: AWS's policy of the type is attached to the root and all that is below, so that nothing is limited yet.
 * Organizations API Reference, "EnablePolicyType".
 */
export const EnablePolicyType = organizations.operation('EnablePolicyType', {
  access: (input, context) => typeAccess(context, input),

  async handle({ RootId, PolicyType }, { tx, account, now }) {
    const organization = await requireManagement(tx, account)
    requireRoot(organization, RootId)
    if (organization.featureSet !== 'ALL') throw typeNotAvailable()
    if (enabledTypes(organization).includes(PolicyType)) {
      throw new organizations.PolicyTypeAlreadyEnabledException('The specified policy type is already enabled in the specified root.')
    }
    const changed = await setTypes(tx, organization, [...enabledTypes(organization), PolicyType])
    await attachAwsPolicies(tx, changed, await everyPlace(tx, organization), PolicyType)
    await organizationChanged(tx, organization, now)
    return { Root: rootShape(changed) }
  },
})

/** DisablePolicyType: all attachments of the type are lost. Organizations API Reference, "DisablePolicyType". */
export const DisablePolicyType = organizations.operation('DisablePolicyType', {
  access: (input, context) => typeAccess(context, input),

  async handle({ RootId, PolicyType }, { tx, account, now }) {
    const organization = await requireManagement(tx, account)
    requireRoot(organization, RootId)
    requireEnabled(organization, PolicyType)
    const types = enabledTypes(organization).filter(type => type !== PolicyType)
    const changed = await setTypes(tx, organization, types)
    const own = tx
      .selectFrom('organizationPolicies')
      .select('id')
      .where('organizationId', '=', organization.id)
      .where('type', '=', PolicyType)
    const fromAws = awsPolicies.filter(({ type }) => type === PolicyType).map(({ id }) => id)
    const lost = tx.deleteFrom('organizationPolicyTargets').where('organizationId', '=', organization.id)
    await lost.where('policyId', 'in', own).execute()
    if (fromAws.length > 0) await lost.where('policyId', 'in', fromAws).execute()
    await organizationChanged(tx, organization, now)
    return { Root: rootShape(changed) }
  },
})

async function typeAccess(context: AccessContext, input: { readonly RootId: string; readonly PolicyType: string }) {
  const statements = await placeAccess(context, input.RootId)
  return statements.map((statement): AccessStatement => ({ ...statement, keys: { 'organizations:PolicyType': input.PolicyType } }))
}

/** The policy types that are enabled in an organization's root. */
const enabledTypes = ({ policyTypes }: OrganizationsTable): readonly string[] => JSON.parse(policyTypes) as string[]

/** Whether a policy type is enabled in the root. */
export const isEnabled = (organization: OrganizationsTable, type: string): boolean => enabledTypes(organization).includes(type)

/** @throws PolicyTypeNotEnabledException */
export function requireEnabled(organization: OrganizationsTable, type: string): void {
  if (isEnabled(organization, type)) return
  throw new organizations.PolicyTypeNotEnabledException(
    "The specified policy type isn't currently enabled in this root. You can't attach policies of the specified type to entities in a root until you enable that type in the root.",
  )
}

/** The error of an organization that has only consolidated billing. */
export const typeNotAvailable = () =>
  new organizations.PolicyTypeNotAvailableForOrganizationException(
    "You can't use the specified policy type with the feature set currently enabled for this organization.",
  )

function requireRoot({ rootId }: OrganizationsTable, id: string): void {
  if (id !== rootId) throw new organizations.RootNotFoundException("We can't find a root with the RootId that you specified.")
}

async function setTypes(tx: Transaction, organization: OrganizationsTable, types: readonly string[]): Promise<OrganizationsTable> {
  const policyTypes = JSON.stringify(types)
  await tx.updateTable('organizations').set({ policyTypes }).where('id', '=', organization.id).execute()
  return { ...organization, policyTypes }
}

async function everyPlace(tx: Transaction, { id, rootId }: OrganizationsTable): Promise<string[]> {
  const units = await tx.selectFrom('organizationalUnits').select('id').where('organizationId', '=', id).execute()
  const accounts = await tx.selectFrom('organizationAccounts').select('accountId').where('organizationId', '=', id).execute()
  return [rootId, ...units.map(unit => unit.id), ...accounts.map(({ accountId }) => accountId)]
}

/**
 * Attaches AWS's policies of the enabled types to places that are new to them.
 * @param onlyType  of this type only
 */
export async function attachAwsPolicies(
  tx: Transaction,
  organization: OrganizationsTable,
  places: readonly string[],
  onlyType?: string,
): Promise<void> {
  const types = onlyType === undefined ? enabledTypes(organization) : [onlyType]
  for (const { id, type } of awsPolicies) {
    if (!types.includes(type)) continue
    for (const targetId of places) {
      const row = { organizationId: organization.id, targetId, policyId: id }
      await tx.insertInto('organizationPolicyTargets').values(row).execute()
    }
  }
}

/** A root as Organizations shows it. */
export const rootShape = (organization: OrganizationsTable): Root => ({
  Id: organization.rootId,
  Arn: placeArn(organization, organization.rootId),
  Name: 'Root',
  PolicyTypes: enabledTypes(organization).map(Type => ({ Type, Status: 'ENABLED' })),
})
