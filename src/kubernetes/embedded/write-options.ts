import { forbiddenField, required, unsupported, wrong } from './causes.ts'
import { isTrue } from './query.ts'
import type { FieldValidation, KubernetesRequest } from './requests.ts'
import { type Cause, invalid } from './status.ts'

interface WriteOptions {
  readonly dryRun: boolean
  readonly fieldManager: string
  readonly fieldValidation: FieldValidation
  readonly force: boolean
}

/** Bytes that a manager's name may have. */
const longestManager = 128

const kinds: { readonly [method: string]: string } = { POST: 'CreateOptions', PUT: 'UpdateOptions', PATCH: 'PatchOptions' }

/**
 * What a write's query says beside the object. Kubernetes API, meta/v1 CreateOptions, UpdateOptions, PatchOptions; apimachinery, pkg/apis/meta/v1/validation.
 * @param applies  a configuration is applied: it must say who does it
 * @throws StatusError Invalid
 */
export function writeOptions({ method, headers }: KubernetesRequest, query: URLSearchParams, applies: boolean): WriteOptions {
  const dryRun = query.getAll('dryRun')
  const manager = query.get('fieldManager') ?? ''
  const validation = query.get('fieldValidation') || 'Warn'
  const force = query.get('force')
  const causes: Cause[] = [
    ...(method === 'PATCH' ? patchCauses(applies, manager, force) : []),
    ...managerCauses(manager),
    ...dryRunCauses(dryRun),
    ...(isFieldValidation(validation) ? [] : [unsupported('fieldValidation', validation, ['', 'Ignore', 'Strict', 'Warn'])]),
  ]
  if (causes.length > 0 && kinds[method]) throw invalid(kinds[method], 'meta.k8s.io', '', causes)
  return {
    dryRun: dryRun.includes('All'),
    fieldManager: manager || managerOf(headers['user-agent'] ?? ''),
    fieldValidation: isFieldValidation(validation) ? validation : 'Warn',
    force: isTrue(query, 'force'),
  }
}

const isFieldValidation = (text: string): text is FieldValidation => ['Strict', 'Warn', 'Ignore'].includes(text)

/** Who does not say is called by the program's name. */
const managerOf = (userAgent: string) => (userAgent.split('/')[0] ?? '').replaceAll(/\p{C}/gu, '').slice(0, longestManager)

function patchCauses(applies: boolean, manager: string, force: string | null): Cause[] {
  if (applies) return manager === '' ? [required('fieldManager', 'is required for apply patch')] : []
  return force === null ? [] : [forbiddenField('force', 'may not be specified for non-apply patch')]
}

function managerCauses(manager: string): Cause[] {
  const unprintable = /\p{C}/u.exec(manager)
  return [
    ...(Buffer.byteLength(manager) > longestManager
      ? [{ reason: 'FieldValueTooLong', field: 'fieldManager', message: `Too long: may not be more than ${longestManager} bytes` }]
      : []),
    ...(unprintable ? [wrong('fieldManager', manager, `should only contain printable characters`)] : []),
  ]
}

/** What is wrong with the dry runs that a write asks for: `All` is the only kind. */
export const dryRunCauses = (dryRun: readonly string[]): Cause[] =>
  dryRun.every(value => value === 'All')
    ? []
    : [
        {
          reason: 'FieldValueNotSupported',
          field: 'dryRun',
          message: `Unsupported value: ${JSON.stringify(dryRun)}: supported values: "All"`,
        },
      ]
