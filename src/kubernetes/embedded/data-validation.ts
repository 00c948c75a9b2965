import type { Json } from '../../types/json.ts'
import { forbiddenField, wrong } from './causes.ts'
import { type KubernetesObject, objectOf } from './objects.ts'
import type { Cause } from './status.ts'

/** Bytes of values that a ConfigMap or a Secret may have in all: MaxSecretSize. */
const mostBytes = 1024 ** 2
const longestKey = 253
const keyForm = /^[-._a-zA-Z0-9]+$/

/** What is wrong with a ConfigMap. In the words of kube-apiserver, as are all that follow. */
export function configMapCauses(object: KubernetesObject): Cause[] {
  const [texts, binaries] = [objectOf(object['data']), objectOf(object['binaryData'])]
  const both = Object.keys(texts).filter(key => Object.hasOwn(binaries, key))
  return [
    ...keyCauses('data', texts),
    ...both.map(key => wrong(`data[${key}]`, key, 'duplicate of key present in binaryData')),
    ...keyCauses('binaryData', binaries),
    ...base64Causes('binaryData', binaries),
    // Of no field: it is the whole object that is too long.
    ...sizeCauses('[]', bytesOf(texts, 'utf8') + bytesOf(binaries, 'base64')),
  ]
}

export function secretCauses(object: KubernetesObject): Cause[] {
  const data = objectOf(object['data'])
  return [...base64Causes('data', data), ...keyCauses('data', data), ...sizeCauses('data', bytesOf(data, 'base64'))]
}

/** Whoever made an object immutable gets another by another name. Kubernetes documentation, "Immutable ConfigMaps". */
export function immutableDataCauses(before: KubernetesObject, after: KubernetesObject): Cause[] {
  if (before['immutable'] !== true) return []
  const changed = ['data', 'binaryData'].filter(field => !isSame(objectOf(before[field]), objectOf(after[field])))
  return [...(after['immutable'] === true ? [] : ['immutable']), ...changed].map(field =>
    forbiddenField(field, 'field is immutable when `immutable` is set'),
  )
}

type Values = { readonly [key: string]: Json | undefined }

const isSame = (some: Values, others: Values) =>
  Object.keys(some).length === Object.keys(others).length &&
  Object.entries(some).every(([key, value]) => Object.hasOwn(others, key) && others[key] === value)

const bytesOf = (values: Values, encoding: 'utf8' | 'base64') =>
  Object.values(values).reduce<number>((sum, value) => sum + (typeof value === 'string' ? Buffer.byteLength(value, encoding) : 0), 0)

const sizeCauses = (field: string, bytes: number): Cause[] =>
  bytes <= mostBytes ? [] : [{ reason: 'FieldValueTooLong', field, message: `Too long: may not be more than ${mostBytes} bytes` }]

const keyCauses = (field: string, values: Values): Cause[] =>
  Object.keys(values).flatMap(key => dataKeyProblems(key).map(problem => wrong(`${field}[${key}]`, key, problem)))

/** Keys become names of files. apimachinery, pkg/util/validation, IsConfigMapKey. */
function dataKeyProblems(key: string): string[] {
  const problems = key.length > longestKey ? [`must be no more than ${longestKey} characters`] : []
  if (!keyForm.test(key))
    problems.push(
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    )
  if (key === '.' || key === '..') problems.push(`must not be '${key}'`)
  else if (key.startsWith('..')) problems.push("must not start with '..'")
  return problems
}

const base64Causes = (field: string, values: Values): Cause[] =>
  Object.entries(values).flatMap(([key, value]) =>
    typeof value === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value)
      ? []
      : [wrong(`${field}[${key}]`, '<secret contents redacted>', 'must be base64')],
  )
