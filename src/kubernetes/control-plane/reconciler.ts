import type { WebhookLog } from '../webhook.ts'
import type { ApiClient } from './api-client.ts'

export interface Reconciler {
  readonly name: string
  /** Collections to watch: any change in one asks for a pass. */
  readonly watched: readonly string[]
  /**
   * Makes everything as it should be, from what the API server says now, not from what an event said.
   * @returns whether all is done; if not, another pass follows soon
   */
  pass(api: ApiClient): Promise<boolean>
}

const pauseMilliseconds = 1_000

/**
 * Does what one controller of a controller manager would do, as there is none beside the API server.
 * @returns after the first pass: a function that ends it
 * @throws  Error when the first pass fails
 * @see     Kubernetes documentation, "Controllers": level-based, not edge-based
 */
export async function keepReconciled(reconciler: Reconciler, api: ApiClient, log: WebhookLog): Promise<() => void> {
  const { name, watched, pass } = reconciler
  const ended = new AbortController()
  let wanted = false
  let running = false

  async function passes(): Promise<void> {
    wanted = true
    // One at a time; what changes meanwhile is seen by one more.
    if (running) return
    running = true
    while (wanted && !ended.signal.aborted) {
      wanted = false
      const done = await pass(api).catch((problem: unknown) => {
        if (!ended.signal.aborted)
          log.warn({ controller: name, problem }, 'a controller of the cluster could not do its work and tries again')
        return false
      })
      if (done) continue
      wanted = true
      await sleep(pauseMilliseconds, ended.signal)
    }
    running = false
  }

  async function watch(path: string): Promise<void> {
    while (!ended.signal.aborted) {
      // Each watch begins with all that there is, so nothing is missed between two.
      await api.lines(`${path}${path.includes('?') ? '&' : '?'}watch=true&timeoutSeconds=300`, () => void passes(), ended.signal)
      await sleep(pauseMilliseconds, ended.signal)
    }
  }

  if (!(await pass(api))) void passes()
  for (const path of watched) void watch(path)
  return () => ended.abort()
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, signal.aborted ? 0 : milliseconds)
    signal.addEventListener('abort', done)
  })
}
