import type { JsonObject } from '../../types/json.ts'
import type { ObjectStore } from './object-store.ts'
import type { WatchEvent } from './watch-event.ts'
import type { KubernetesObject } from './objects.ts'
import { apiVersionOf, type ResourceType, storageKey } from './resource-types.ts'
import { expired } from './status.ts'

export interface WatchRequest {
  readonly type: ResourceType
  readonly namespace: string
  readonly selects: (object: KubernetesObject) => boolean
  /** Empty or `0`: begin with what there is. */
  readonly resourceVersion: string
  readonly timeoutSeconds: number
  readonly bookmarks: boolean
  /** Whether to begin with what there is, and to tell where that ends; undefined leaves it to the version. */
  readonly initialEvents?: boolean
  /** How an object goes on the wire: itself, or as a table. */
  readonly present: (object: KubernetesObject) => JsonObject
  readonly signal: AbortSignal
}

/** Events that wait for a slow client; beyond these it is cut off and must list anew. */
const mostQueued = 1_000

/**
 * The lines of a watch: what is there, when asked for, then what happens.
 * Kubernetes documentation, "Kubernetes API Concepts", "Efficient detection of changes".
 * @throws StatusError Expired when events since the version are no longer known
 */
export async function watch(objects: ObjectStore, request: WatchRequest): Promise<AsyncIterable<string>> {
  const { type, namespace, selects, resourceVersion, initialEvents } = request
  const concerns = (event: WatchEvent) =>
    event.key === storageKey(type) && (namespace === '' || event.object.metadata.namespace === namespace)
  const queue: WatchEvent[] = []
  let wake: () => void = () => undefined
  const stopListening = objects.onEvent(event => {
    if (!concerns(event)) return
    queue.push(event)
    wake()
  })
  try {
    const fromNow = initialEvents === true || resourceVersion === '' || resourceVersion === '0'
    const revision = await objects.revision()
    const initial = fromNow && initialEvents !== false ? await objects.read(tx => tx.list(type, namespace)) : []
    const missed = fromNow ? [] : objects.eventsAfter(Number(resourceVersion))
    if (!missed) throw expired(`too old resource version: ${resourceVersion}`)
    const backlog = missed.filter(concerns)
    return lines(request, { revision, initial: initial.filter(selects), backlog, fromNow }, queue, next => (wake = next), stopListening)
  } catch (problem) {
    stopListening()
    throw problem
  }
}

/** What a watch begins with: the objects of a version, or what happened since one. */
interface Beginning {
  readonly revision: number
  readonly initial: readonly KubernetesObject[]
  readonly backlog: readonly WatchEvent[]
  readonly fromNow: boolean
}

async function* lines(
  { selects, present, timeoutSeconds, bookmarks, initialEvents, signal, type }: WatchRequest,
  { revision, initial, backlog, fromNow }: Beginning,
  queue: WatchEvent[],
  onWake: (wake: () => void) => void,
  stopListening: () => void,
): AsyncGenerator<string> {
  const line = (kind: string, object: JsonObject) => `${JSON.stringify({ type: kind, object })}\n`
  const bookmark = (version: number, metadata: JsonObject = {}) =>
    line('BOOKMARK', {
      kind: type.kind,
      apiVersion: apiVersionOf(type),
      metadata: { resourceVersion: String(version), ...metadata },
    })
  let last = 0
  let marked = 0
  const eventLine = (event: WatchEvent): string | undefined => {
    if (event.revision <= last) return undefined
    last = event.revision
    return selects(event.object) ? line(event.type, present(event.object)) : undefined
  }
  try {
    for (const object of initial) {
      last = Math.max(last, Number(object.metadata.resourceVersion))
      yield line('ADDED', present(object))
    }
    // Whoever begins with what there is gets the mark too, as kube-apiserver's watch cache gives it.
    if (bookmarks && fromNow && initialEvents !== false) {
      marked = Math.max(last, revision)
      yield bookmark(marked, { annotations: { 'k8s.io/initial-events-end': 'true' } })
    }
    for (const event of backlog) {
      const text = eventLine(event)
      if (text) yield text
    }
    const endsAt = performance.now() + timeoutSeconds * 1000
    while (!signal.aborted) {
      if (queue.length > mostQueued) return
      const event = queue.shift()
      if (event) {
        const text = eventLine(event)
        if (text) yield text
        continue
      }
      const left = endsAt - performance.now()
      if (left <= 0) break
      await nextEvent(left, signal, onWake)
    }
    if (bookmarks && last > marked && !signal.aborted) yield bookmark(last)
  } finally {
    stopListening()
  }
}

/** Resolves at the next event, when the client goes away, or when the time is up. */
function nextEvent(milliseconds: number, signal: AbortSignal, onWake: (wake: () => void) => void): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      onWake(() => undefined)
      resolve()
    }
    const timer = setTimeout(done, Math.min(milliseconds, 2 ** 31 - 1))
    signal.addEventListener('abort', done)
    onWake(done)
  })
}
