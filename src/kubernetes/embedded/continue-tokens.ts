import type { Json, JsonObject } from '../../types/json.ts'
import { type KubernetesObject, objectOf, textOf } from './objects.ts'
import { badRequest } from './status.ts'

/** Where a list goes on. Kubernetes documentation, "Kubernetes API Concepts", "Retrieving large results sets in chunks". */
export interface Place {
  /** The first key that comes, below the type's own; what ends with U+0000 comes after the object that it names. */
  readonly start: string
}

const version = 'meta.k8s.io/v1'

/** The key of an object among those of its type, as etcd orders them. */
export const placeOf = ({ metadata }: KubernetesObject): string =>
  metadata.namespace === undefined ? (metadata.name ?? '') : `${metadata.namespace}/${metadata.name ?? ''}`

/** The token that leads to what comes after an object. apiserver, pkg/storage, "EncodeContinue". */
export const continueAfter = (object: KubernetesObject, revision: number): string =>
  Buffer.from(JSON.stringify({ v: version, rv: revision, start: `${placeOf(object)}\0` })).toString('base64url')

const refused = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`)

/** @throws StatusError BadRequest in the words of kube-apiserver */
export function readContinue(token: string): Place {
  const bad = /[^A-Za-z0-9_-]/.exec(token)
  if (bad || token.length % 4 === 1) throw refused(`illegal base64 data at input byte ${bad?.index ?? token.length - 1}`)
  const { v, rv, start } = decoded(Buffer.from(token, 'base64url'))
  if (v !== version) throw refused(`server does not recognize this encoded version ${textOf(v)}`)
  if (rv === undefined || rv === 0) throw refused(`incorrect encoded start resourceVersion (version ${version})`)
  const key = textOf(start)
  if (key === '') throw refused(`continue key is not valid: encoded start key empty (version ${version})`)
  if (key.split('/').some(part => part === '..' || part === '.')) throw refused(key)
  return { start: key }
}

function decoded(bytes: Buffer): JsonObject {
  try {
    return objectOf(JSON.parse(bytes.toString('utf8')) as Json)
  } catch {
    throw refused(`invalid character ${goQuoted(bytes.toString('latin1')[0] ?? '')} looking for beginning of value`)
  }
}

/** A character as Go quotes it. */
const goQuoted = (character: string) =>
  /[\x20-\x7e]/.test(character) ? `'${character}'` : `'\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}'`
