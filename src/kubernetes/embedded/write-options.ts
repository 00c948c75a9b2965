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

const kinds: { readonly [method: string]: string } = {
  POST: 'CreateOptions',
  PUT: 'UpdateOptions',
  PATCH: 'PatchOptions',
  DELETE: 'DeleteOptions',
}

/**
 * What a write's query says beside the object. Kubernetes API, meta/v1 CreateOptions, UpdateOptions, PatchOptions.
 * @param applies  a configuration is applied: it must say who does it
 * @throws StatusError Invalid
 */
export function writeOptions({ method, headers }: KubernetesRequest, query: URLSearchParams, applies: boolean): WriteOptions {
  const [dryRun, manager, validation, force] = [
    query.getAll('dryRun'),
    query.get('fieldManager') ?? '',
    query.get('fieldValidation') || 'Warn',
    query.get('force'),
  ]
  const causes: Cause[] = []
  if (dryRun.some(value => value !== 'All' && value !== '')) causes.push(unsupported('dryRun', dryRun.join(), ['All']))
  if (applies && manager === '')
    causes.push({ reason: 'FieldValueRequired', field: 'fieldManager', message: 'Required value: is required for apply patch' })
  if (Buffer.byteLength(manager) > longestManager)
    causes.push({ reason: 'FieldValueTooLong', field: 'fieldManager', message: `Too long: may not be more than ${longestManager} bytes` })
  if (/\p{C}/u.test(manager))
    causes.push({
      reason: 'FieldValueInvalid',
      field: 'fieldManager',
      message: `Invalid value: ${JSON.stringify(manager)}: should only contain printable characters`,
    })
  if (!isFieldValidation(validation)) causes.push(unsupported('fieldValidation', validation, ['', 'Ignore', 'Strict', 'Warn']))
  if (method === 'PATCH' && !applies && force !== null)
    causes.push({ reason: 'FieldValueForbidden', field: 'force', message: 'Forbidden: may not be specified for non-apply patch' })
  if (causes.length > 0 && kinds[method]) throw invalid(kinds[method], 'meta.k8s.io', '', causes)
  return {
    dryRun: dryRun.includes('All'),
    fieldManager: manager || managerOf(headers['user-agent'] ?? ''),
    fieldValidation: isFieldValidation(validation) ? validation : 'Warn',
    force: force === 'true' || force === '1',
  }
}

const isFieldValidation = (text: string): text is FieldValidation => ['Strict', 'Warn', 'Ignore'].includes(text)

/** Who does not say is called by the program's name. */
const managerOf = (userAgent: string) => (userAgent.split('/')[0] ?? '').replaceAll(/\p{C}/gu, '').slice(0, longestManager)

const unsupported = (field: string, value: string, supported: readonly string[]): Cause => ({
  reason: 'FieldValueNotSupported',
  field,
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map(item => JSON.stringify(item)).join(', ')}`,
})
