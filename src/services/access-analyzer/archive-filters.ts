import type { Criterion } from '../../wire/models/access-analyzer.ts'
import type { FindingRow } from './analyzer-store.ts'
import { detailOf, restrictionOf } from './finding-shapes.ts'
import { accessAnalyzer } from './service.ts'

export type Filter = { readonly [key: string]: Criterion }

/** What a filter chooses from. */
type FilterUse = 'archive rules' | 'findings' | 'findings of access previews'

const everywhere: readonly FilterUse[] = ['archive rules', 'findings', 'findings of access previews']
const notInRules: readonly FilterUse[] = ['findings', 'findings of access previews']
const previewsAlone: readonly FilterUse[] = ['findings of access previews']

/** IAM User Guide, "IAM Access Analyzer filter keys"; members of InternalAccessDetails besides. Keys of `principal` and `condition` have a name behind. */
const filterKeys: { readonly [key: string]: readonly FilterUse[] } = {
  accessType: everywhere,
  action: everywhere,
  error: everywhere,
  findingType: everywhere,
  isPublic: everywhere,
  principalOwnerAccount: everywhere,
  principalType: everywhere,
  resource: everywhere,
  resourceControlPolicyRestriction: everywhere,
  resourceOwnerAccount: everywhere,
  resourceType: everywhere,
  serviceControlPolicyRestriction: everywhere,
  id: notInRules,
  status: notInRules,
  changeType: previewsAlone,
  existingFindingId: previewsAlone,
  existingFindingStatus: previewsAlone,
}

/** @throws ValidationException for a key that such a filter does not take, or that asks for nothing */
export function checkFilter(filter: Filter, use: FilterUse): void {
  const refuse = (message: string): never => {
    throw new accessAnalyzer.ValidationException(message, { reason: 'other' })
  }
  // A rule without criteria would archive everything. CloudFormation User Guide, "AWS::AccessAnalyzer::Analyzer ArchiveRule": one at least.
  if (use === 'archive rules' && Object.keys(filter).length === 0) refuse('The filter of an archive rule must have a criterion.')
  for (const [key, criterion] of Object.entries(filter)) {
    const uses = /^(principal|condition)\../.test(key) ? everywhere : Object.hasOwn(filterKeys, key) ? filterKeys[key] : undefined
    if (!uses?.includes(use)) refuse(`${key} is not a filter key of ${use}.`)
    if (Object.values(criterion).every(value => value === undefined)) refuse(`The criterion of ${key} is empty.`)
  }
}

/** A finding by the names that filters have for what it says. */
interface Filterable {
  readonly [key: string]: unknown
  readonly principal?: { readonly [type: string]: string }
  readonly condition?: { readonly [key: string]: string }
}

export function filterable(row: FindingRow): Filterable {
  const { principal, condition, action, isPublic, internal, rcps } = detailOf(row)
  return {
    id: row.id,
    resource: row.resource,
    resourceType: row.resourceType,
    resourceOwnerAccount: row.resourceOwner,
    status: row.status,
    findingType: row.type,
    action,
    isPublic,
    ...restrictionOf({ rcps }),
    ...internal,
    ...(principal && { principal }),
    ...(condition && { condition }),
  }
}

/** Whether a finding passes a filter: every key's criterion must hold. */
export const passes = (finding: Filterable, filter: Filter): boolean =>
  Object.entries(filter).every(([key, criterion]) => meets(valuesOf(finding, key), criterion))

function meets(values: readonly string[], { eq, neq, contains, exists }: Criterion): boolean {
  if (exists !== undefined && exists !== values.length > 0) return false
  if (eq && !values.some(value => eq.includes(value))) return false
  if (neq && values.some(value => neq.includes(value))) return false
  return !contains || values.some(value => contains.some(part => value.includes(part)))
}

function valuesOf(finding: Filterable, key: string): string[] {
  const [root = '', ...rest] = key.split('.')
  const name = rest.join('.').toLowerCase()
  const named = (values: { readonly [name: string]: string } = {}) =>
    Object.entries(values).flatMap(([own, value]) => (own.toLowerCase() === name ? [value] : []))
  if (root === 'principal') return named(finding.principal)
  if (root === 'condition') return named(finding.condition)
  return [finding[key]].flat().flatMap(each => (typeof each === 'string' || typeof each === 'boolean' ? [String(each)] : []))
}
