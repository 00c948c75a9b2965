import type { AwsAuthData } from '../../cluster-access/aws-auth.ts'
import type { ObjectStore } from './object-store.ts'
import { objectOf, timestamp } from './objects.ts'
import { apiVersionOf, findType, type ResourceType } from './resource-types.ts'

const configMaps = findType('', 'v1', 'configmaps') as ResourceType
const key = { namespace: 'kube-system', name: 'aws-auth' }

/** ConfigMap `kube-system/aws-auth`; undefined when there is none. */
export async function awsAuthMap(objects: ObjectStore): Promise<AwsAuthData | undefined> {
  const map = await objects.read(tx => tx.get(configMaps, key))
  return map && (objectOf(map['data']) as AwsAuthData)
}

/** Changes that ConfigMap as EKS does for nodes. @param edit  the data as it shall be; undefined leaves it alone */
export async function editAwsAuthMap(
  objects: ObjectStore,
  edit: (data: AwsAuthData) => AwsAuthData | undefined,
  { now, uuid }: { readonly now: () => number; readonly uuid: () => string },
): Promise<void> {
  await objects.write(async tx => {
    const known = await tx.get(configMaps, key)
    const data = edit(known ? (objectOf(known['data']) as AwsAuthData) : {})
    if (!data) return
    const made = {
      kind: configMaps.kind,
      apiVersion: apiVersionOf(configMaps),
      metadata: { ...key, uid: uuid(), creationTimestamp: timestamp(now()) },
    }
    await tx.put(configMaps, { ...(known ?? made), data: { ...data } }, known ? 'MODIFIED' : 'ADDED')
  })
}
