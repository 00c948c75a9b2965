import { StatusError } from '../status.ts'
import { pathText } from './field-set.ts'
import type { ManagedEntry } from './managed-fields.ts'

/** A field that an application would change, and who manages it. */
interface FieldConflict {
  readonly entry: ManagedEntry
  readonly path: readonly string[]
}

/** Conflicts in Kubernetes' words. Kubernetes documentation, "Server-Side Apply", "Conflicts". */
export function applyConflict(conflicts: readonly FieldConflict[]): StatusError {
  const causes = conflicts.map(({ entry, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${managerText(entry)}`,
    field: pathText(path),
  }))
  return new StatusError(409, 'Conflict', messageOf(conflicts), { causes })
}

function messageOf(conflicts: readonly FieldConflict[]): string {
  const [first] = conflicts
  if (first && conflicts.length === 1)
    return `Apply failed with 1 conflict: conflict with ${managerText(first.entry)}: ${pathText(first.path)}`
  const byManager = Map.groupBy(conflicts, ({ entry }) => managerText(entry))
  const lines = [...byManager].flatMap(([manager, fields]) => [
    `conflicts with ${manager}:`,
    ...fields.map(({ path }) => `- ${pathText(path)}`),
  ])
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`
}

function managerText({ manager, subresource, operation, apiVersion }: ManagedEntry): string {
  const name = `${JSON.stringify(manager)}${subresource ? ` with subresource ${JSON.stringify(subresource)}` : ''}`
  return operation === 'Apply' ? name : `${name} using ${apiVersion}`
}
