import type { Secrets } from '../../store/index.ts'
import type { KubernetesObject } from './objects.ts'

/** Storage keys of the kinds whose content is sealed. EKS encrypts what its API servers keep: EKS User Guide, "Default envelope encryption for all Kubernetes API Data". */
const sealedResources: ReadonlySet<string> = new Set(['/secrets'])

/** Whose objects they are, and what seals and opens secrets. */
export interface ObjectsOwner {
  readonly clusterId: string
  readonly secrets: Pick<Secrets, 'encrypt' | 'decrypt'>
}

/** How a cluster's objects are written into the store: as JSON, and secrets as an envelope in a JSON string. */
export interface WrittenObjects {
  /** @param place  the row that it is for: an envelope moved elsewhere does not open */
  write(resource: string, object: KubernetesObject, place: string): string
  /** @throws Error when a secret was altered, or comes from another place */
  read(written: string, place: string): KubernetesObject
}

export const writtenObjects = (secrets: ObjectsOwner['secrets']): WrittenObjects => ({
  write(resource, object, place) {
    const json = JSON.stringify(object)
    return sealedResources.has(resource) ? JSON.stringify(secrets.encrypt(json, place)) : json
  },

  read(written, place) {
    const content = JSON.parse(written) as KubernetesObject | string
    return typeof content === 'string' ? (JSON.parse(secrets.decrypt(content, place).toString('utf8')) as KubernetesObject) : content
  },
})
