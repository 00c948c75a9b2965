import { sealContexts, type Store, type Transaction } from '../../store/index.ts'
import type { KubernetesObject } from './objects.ts'
import { type ResourceType, storageKey } from './resource-types.ts'
import { keepEvents, SharedEvents } from './shared-events.ts'
import type { WatchEvent } from './watch-event.ts'
import { type ObjectsOwner, writtenObjects } from './written-objects.ts'

export interface ObjectKey {
  readonly namespace: string
  readonly name: string
}

/** A cluster's objects inside one transaction. */
export interface ObjectTransaction {
  get(type: ResourceType, key: ObjectKey): Promise<KubernetesObject | undefined>
  list(type: ResourceType, namespace?: string): Promise<KubernetesObject[]>
  /** Writes an object with a new resourceVersion; returns it as stored. */
  put(type: ResourceType, object: KubernetesObject, change: 'ADDED' | 'MODIFIED'): Promise<KubernetesObject>
  remove(type: ResourceType, object: KubernetesObject): Promise<KubernetesObject>
}

/** A cluster's objects, and what happens to them. */
export interface ObjectStore {
  read<T>(work: (objects: ObjectTransaction) => Promise<T>): Promise<T>
  write<T>(work: (objects: ObjectTransaction) => Promise<T>): Promise<T>
  /** The last revision given. */
  revision(): Promise<number>
  /** Events after a revision; undefined when they are no longer known: the client must list anew. */
  eventsAfter(revision: number): readonly WatchEvent[] | undefined
  onEvent(listener: (event: WatchEvent) => void): () => void
}

/** Objects that can be read. */
export type ReadableObjects = Pick<ObjectStore, 'read' | 'revision'>

/** Objects of a cluster in a state that is not of the present: nothing happens to them. */
export const objectsOf = (state: Pick<Store, 'read'>, owner: ObjectsOwner): ReadableObjects => ({
  read: work => state.read(tx => work(transactionOn(tx, owner, []))),
  revision: () => state.read(tx => currentRevision(tx, owner.clusterId)),
})

/** Events kept for watches that come back. */
const mostKept = 2_000

/** Objects of one embedded cluster in the store. Revisions grow by one with each write, across all types, as etcd's do. */
export async function openObjectStore(store: Store, owner: ObjectsOwner): Promise<ObjectStore> {
  const { clusterId } = owner
  const listeners = new Set<(event: WatchEvent) => void>()
  const kept: WatchEvent[] = []
  // Watches from before this start must list anew: what happened then is not kept.
  let oldest = await store.read(tx => currentRevision(tx, clusterId))

  function publish(events: readonly WatchEvent[]): void {
    for (const event of events) {
      kept.push(event)
      for (const listener of listeners) listener(event)
    }
    while (kept.length > mostKept) oldest = (kept.shift() as WatchEvent).revision
  }

  const shared = store.shared ? new SharedEvents(store, owner, oldest, publish) : undefined

  return {
    ...objectsOf(store, owner),
    async write(work) {
      const events: WatchEvent[] = []
      const result = await store.write(async tx => {
        events.length = 0
        const made = await work(transactionOn(tx, owner, events))
        if (shared) await keepEvents(tx, owner, events, Date.now())
        return made
      })
      if (shared) await shared.catchUp()
      else publish(events)
      return result
    },
    eventsAfter: revision => (revision < oldest ? undefined : kept.filter(event => event.revision > revision)),
    onEvent(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

async function currentRevision(tx: Transaction, clusterId: string): Promise<number> {
  const row = await tx.selectFrom('kubernetesRevisions').select('revision').where('clusterId', '=', clusterId).executeTakeFirst()
  return row?.revision ?? 0
}

async function nextRevision(tx: Transaction, clusterId: string): Promise<number> {
  const { revision } = await tx
    .insertInto('kubernetesRevisions')
    .values({ clusterId, revision: 1 })
    .onConflict(conflict =>
      conflict.column('clusterId').doUpdateSet(({ ref, eb }) => ({ revision: eb(ref('kubernetesRevisions.revision'), '+', 1) })),
    )
    .returning('revision')
    .executeTakeFirstOrThrow()
  return revision
}

function transactionOn(tx: Transaction, { clusterId, secrets }: ObjectsOwner, events: WatchEvent[]): ObjectTransaction {
  const written = writtenObjects(secrets)
  const placeOf = (type: ResourceType, { namespace, name }: ObjectKey) =>
    sealContexts.kubernetesObject(clusterId, storageKey(type), namespace, name)
  const rows = (type: ResourceType) =>
    tx
      .selectFrom('kubernetesObjects')
      .select(['namespace', 'name', 'json'])
      .where('clusterId', '=', clusterId)
      .where('resource', '=', storageKey(type))
  return {
    async get(type, { namespace, name }) {
      const row = await rows(type).where('namespace', '=', namespace).where('name', '=', name).executeTakeFirst()
      return row && written.read(row.json, placeOf(type, row))
    },

    async list(type, namespace) {
      const all = rows(type)
      const found = await (namespace ? all.where('namespace', '=', namespace) : all).orderBy('namespace').orderBy('name').execute()
      return found.map(row => written.read(row.json, placeOf(type, row)))
    },

    async put(type, object, change) {
      const revision = await nextRevision(tx, clusterId)
      const stored: KubernetesObject = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }
      const key = { namespace: stored.metadata.namespace ?? '', name: stored.metadata.name as string }
      const row = { resourceVersion: revision, json: written.write(storageKey(type), stored, placeOf(type, key)) }
      await tx
        .insertInto('kubernetesObjects')
        .values({ clusterId, resource: storageKey(type), ...key, ...row })
        .onConflict(conflict => conflict.columns(['clusterId', 'resource', 'namespace', 'name']).doUpdateSet(row))
        .execute()
      events.push({ type: change, key: storageKey(type), object: stored, revision })
      return stored
    },

    async remove(type, object) {
      const revision = await nextRevision(tx, clusterId)
      const { namespace = '', name = '' } = object.metadata
      await tx
        .deleteFrom('kubernetesObjects')
        .where('clusterId', '=', clusterId)
        .where('resource', '=', storageKey(type))
        .where('namespace', '=', namespace)
        .where('name', '=', name)
        .execute()
      const removed: KubernetesObject = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }
      events.push({ type: 'DELETED', key: storageKey(type), object: removed, revision })
      return removed
    },
  }
}
