import { recordChange, type Store, type Transaction } from '../../store/index.ts'
import type { WatchEvent } from './watch-event.ts'
import type { KubernetesObject } from './objects.ts'

/** Events of a cluster that other nodes have yet to read. */
const mostKept = 2_000

const changeKind = 'kubernetesEvents'
/** Not the cluster's own id: what depends on the cluster does not depend on its objects. */
const changeId = (clusterId: string) => `kubernetes/${clusterId}`

/** Keeps what happened for the other nodes, in the transaction in which it did. */
export async function keepEvents(tx: Transaction, clusterId: string, events: readonly WatchEvent[], now: number): Promise<void> {
  const last = events.at(-1)
  if (!last) return
  const rows = events.map(({ type, key, object, revision }) => ({
    clusterId,
    revision,
    type,
    resource: key,
    json: JSON.stringify(object),
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
  readonly #clusterId: string
  readonly #publish: (events: readonly WatchEvent[]) => void
  #last: number
  #reading: Promise<void> = Promise.resolve()
  readonly #stop: () => void

  /** @param last  the revision after which events are news */
  constructor(store: Store, clusterId: string, last: number, publish: (events: readonly WatchEvent[]) => void) {
    this.#store = store
    this.#clusterId = clusterId
    this.#last = last
    this.#publish = publish
    this.#stop = store.onChange(changes => {
      if (changes.some(({ kind, id }) => kind === changeKind && id === changeId(clusterId))) this.catchUp().catch(() => undefined)
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
    const rows = await this.#store.read(tx =>
      tx
        .selectFrom('kubernetesEvents')
        .selectAll()
        .where('clusterId', '=', this.#clusterId)
        .where('revision', '>', this.#last)
        .orderBy('revision')
        .execute(),
    )
    this.#last = rows.at(-1)?.revision ?? this.#last
    this.#publish(
      rows.map(({ type, resource, json, revision }) => ({ type, key: resource, object: JSON.parse(json) as KubernetesObject, revision })),
    )
  }
}
