import { parseArn } from '../../../types/arn.ts'
import type { Origin, SnapshotBuilder } from './builder.ts'
import { documentText, type Fields, fieldsOf, objectsOf, textOf } from './fields.ts'

const kinds: { readonly [type: string]: 'scp' | 'rcp' } = { SERVICE_CONTROL_POLICY: 'scp', RESOURCE_CONTROL_POLICY: 'rcp' }

/** The root, unit, account or policy that a list is of: lists do not say, so the person does, before `=` or in the file's name. */
function subjectOf({ source, subject }: Origin): string | undefined {
  const form = /(?<![a-z0-9])(p-[a-z0-9A-Z_]{8,128}|r-[a-z0-9]{4,32}|ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|\d{12})(?![a-z0-9])/
  return subject ?? form.exec(source.slice(source.lastIndexOf('/') + 1))?.[1]
}

/** DescribeOrganization. */
export function readOrganization({ Organization }: Fields, { organization }: SnapshotBuilder): void {
  const described = fieldsOf(Organization)
  organization.id = textOf(described['Id'])
  organization.managementAccount = textOf(described['MasterAccountId'])
}

/** ListRoots. */
export function readRoots({ Roots }: Fields, { organization }: SnapshotBuilder): void {
  for (const root of objectsOf(Roots)) organization.roots.add(textOf(root['Id']))
}

/** ListAccounts, ListAccountsForParent. */
export function readAccounts({ Accounts }: Fields, { organization }: SnapshotBuilder, origin: Origin): void {
  const parent = subjectOf(origin)
  for (const account of objectsOf(Accounts)) {
    const id = textOf(account['Id'])
    organization.accounts.add(id)
    if (parent !== undefined && !/^\d/.test(parent)) organization.parents.set(id, parent)
    const organizationId = parseArn(textOf(account['Arn']))?.resource.split('/')[1]
    if (organizationId !== undefined) organization.id ??= organizationId
  }
}

/** ListOrganizationalUnitsForParent. */
export function readUnits({ OrganizationalUnits }: Fields, builder: SnapshotBuilder, origin: Origin): void {
  const parent = subjectOf(origin)
  if (parent === undefined) return builder.gap(`${origin.source} does not say of which parent it lists units: name the file after it`)
  for (const unit of objectsOf(OrganizationalUnits)) builder.organization.parents.set(textOf(unit['Id']), parent)
}

/** ListParents. */
export function readParents({ Parents }: Fields, builder: SnapshotBuilder, origin: Origin): void {
  const child = subjectOf(origin)
  if (child === undefined) return builder.gap(`${origin.source} does not say whose parents it lists: name the file after the account`)
  for (const parent of objectsOf(Parents)) builder.organization.parents.set(child, textOf(parent['Id']))
}

/** DescribePolicy. */
export function readOrganizationPolicy({ Policy }: Fields, { organization }: SnapshotBuilder): void {
  const { PolicySummary, Content } = fieldsOf(Policy)
  const { Id, Arn, Type } = fieldsOf(PolicySummary)
  const type = kinds[textOf(Type)]
  // Policies of other types, such as tag policies, decide nothing.
  if (type) organization.policies.set(textOf(Id), { id: textOf(Id), arn: textOf(Arn), type, document: documentText(Content) })
}

/** ListPolicies, ListPoliciesForTarget. */
export function readPolicyList({ Policies }: Fields, { organization }: SnapshotBuilder, origin: Origin): void {
  const target = subjectOf(origin)
  for (const policy of objectsOf(Policies)) {
    const id = textOf(policy['Id'])
    if (!kinds[textOf(policy['Type'])]) continue
    organization.named.set(id, textOf(policy['Name']))
    if (target !== undefined) organization.attachments.set(`${id} ${target}`, { policyId: id, targetId: target })
  }
}

/** ListTargetsForPolicy. */
export function readTargets({ Targets }: Fields, builder: SnapshotBuilder, origin: Origin): void {
  const policyId = subjectOf(origin)
  if (policyId === undefined) return builder.gap(`${origin.source} does not say whose targets it lists: name the file after the policy`)
  for (const target of objectsOf(Targets)) {
    const targetId = textOf(target['TargetId'])
    builder.organization.attachments.set(`${policyId} ${targetId}`, { policyId, targetId })
  }
}
