import { recordChange, sealContexts, type Store, type Transaction } from '../../store/index.ts'
import type { WatchEvent } from './watch-event.ts'
import { type ObjectsOwner, writtenObjects } from './written-objects.ts'

/** Events of a cluster that other nodes have yet to read. */
const mostKept = 2_000

const changeKind = 'kubernetesEvents'
/** Not the cluster's own id: what depends on the cluster does not depend on its objects. */
const changeId = (clusterId: string) => `kubernetes/${clusterId}`

/** Keeps what happened for the other nodes, in the transaction in which it did. */
export async function keepEvents(
  tx: Transaction,
  { clusterId, secrets }: ObjectsOwner,
  events: readonly WatchEvent[],
  now: number,
): Promise<void> {
  const last = events.at(-1)
  if (!last) return
  const written = writtenObjects(secrets)
  const rows = events.map(({ type, key, object, revision }) => ({
    clusterId,
    revision,
    type,
    resource: key,
    json: written.write(key, object, sealContexts.kubernetesEvent(clusterId, revision)),
  }))
  await tx.insertInto('kubernetesEvents').values(rows).execute()
  await tx
    .deleteFrom('kubernetesEvents')
    .where('clusterId', '=', clusterId)
    .where('revision', '<=', last.revision - mostKept)
    .execute()
  await recordChange(tx, { account: '', kind: changeKind, id: changeId(clusterId), at: now })
}

/** Follows the events of all nodes, in the order of their revisions: a cluster gives one after the other. */
export class SharedEvents {
  readonly #store: Store
  readonly #owner: ObjectsOwner
  readonly #publish: (events: readonly WatchEvent[]) => void
  #last: number
  #reading: Promise<void> = Promise.resolve()
  readonly #stop: () => void

  /** @param last  the revision after which events are news */
  constructor(store: Store, owner: ObjectsOwner, last: number, publish: (events: readonly WatchEvent[]) => void) {
    this.#store = store
    this.#owner = owner
    this.#last = last
    this.#publish = publish
    this.#stop = store.onChange(changes => {
      if (changes.some(({ kind, id }) => kind === changeKind && id === changeId(owner.clusterId))) this.catchUp().catch(() => undefined)
    })
  }

  /** Publishes all that is committed; when it could not be read, the next event brings it. */
  catchUp(): Promise<void> {
    const read = () => this.#readOn()
    this.#reading = this.#reading.then(read, read)
    return this.#reading
  }

  stop(): void {
    this.#stop()
  }

  async #readOn(): Promise<void> {
    const { clusterId, secrets } = this.#owner
    const written = writtenObjects(secrets)
    const rows = await this.#store.read(tx =>
      tx
        .selectFrom('kubernetesEvents')
        .selectAll()
        .where('clusterId', '=', clusterId)
        .where('revision', '>', this.#last)
        .orderBy('revision')
        .execute(),
    )
    this.#last = rows.at(-1)?.revision ?? this.#last
    this.#publish(
      rows.map(({ type, resource, json, revision }) => ({
        type,
        key: resource,
        object: written.read(json, sealContexts.kubernetesEvent(clusterId, revision)),
        revision,
      })),
    )
  }
}
