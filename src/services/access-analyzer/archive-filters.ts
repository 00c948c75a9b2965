import type { Criterion } from '../../wire/models/access-analyzer.ts'
import type { FindingRow } from './analyzer-store.ts'
import { detailOf } from './finding-shapes.ts'

export type Filter = { readonly [key: string]: Criterion }

/** Whether a finding passes a filter: every key's criterion must hold. IAM User Guide, "IAM Access Analyzer filter keys". */
export const passes = (finding: FindingRow, filter: Filter): boolean =>
  Object.entries(filter).every(([key, criterion]) => meets(valuesOf(finding, key), criterion))

function meets(values: readonly string[], { eq, neq, contains, exists }: Criterion): boolean {
  if (exists !== undefined && exists !== values.length > 0) return false
  if (eq && !values.some(value => eq.includes(value))) return false
  if (neq && values.some(value => neq.includes(value))) return false
  return !contains || values.some(value => contains.some(part => value.includes(part)))
}

function valuesOf(finding: FindingRow, key: string): string[] {
  const detail = detailOf(finding)
  const [root = '', ...rest] = key.split('.')
  const name = rest.join('.')
  switch (root) {
    case 'resource':
      return [finding.resource]
    case 'resourceType':
      return [finding.resourceType]
    case 'resourceOwnerAccount':
      return [finding.resourceOwner]
    case 'status':
      return [finding.status]
    case 'id':
      return [finding.id]
    case 'findingType':
      return [finding.type]
    case 'isPublic':
      return detail.isPublic === undefined ? [] : [String(detail.isPublic)]
    case 'principal':
      return Object.entries(detail.principal ?? {}).flatMap(([type, value]) => (name === '' || type === name ? [value] : []))
    case 'condition':
      return Object.entries(detail.condition ?? {}).flatMap(([condition, value]) =>
        name === '' || condition.toLowerCase() === name.toLowerCase() ? [value] : [],
      )
    case 'action':
      return [...(detail.action ?? [])]
    default:
      return []
  }
}
