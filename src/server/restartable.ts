import { randomBytes } from 'node:crypto'
import type { Configuration } from './configuration.ts'
import { changeState, sharedState, type StateChange } from './snapshots/state-changes.ts'
import type { ChangeProgress, OwnerControl, OwnerRequest } from './snapshots/owner-control.ts'
import { type Gatehouse, startGatehouse } from './start.ts'

/**
 * Starts a Gatehouse whose owner may have its state replaced while the process goes on: it stops, the state changes, it starts again on the same ports.
 * @param fatal  told when it cannot start again
 */
export async function startRestartable(configuration: Configuration, fatal: (problem: unknown) => void): Promise<Gatehouse> {
  let progress: ChangeProgress = { finished: 0, working: false }
  let working: Promise<void> = Promise.resolve()
  const owner: OwnerControl = {
    token: randomBytes(32).toString('base64url'),
    progress: () => progress,
    begin(request) {
      if (progress.working) return false
      progress = { finished: progress.finished, working: true }
      // After the answer that it has begun is out.
      working = new Promise(resolve => setTimeout(resolve, 50)).then(() => perform(request)).catch(fatal)
      return true
    },
  }
  let current = await startGatehouse(configuration, owner)
  const again: Configuration = { ...configuration, ...portsOf(current) }

  async function perform(request: OwnerRequest): Promise<void> {
    const problem = await (request.kind === 'seed' ? problemOf(current.seed(request.seed)) : restartWith(request))
    progress = { finished: progress.finished + 1, working: false, ...(problem !== undefined && { problem }) }
  }

  async function restartWith(change: StateChange): Promise<string | undefined> {
    if (configuration.store !== undefined) return sharedState
    await current.stop()
    const problem = await problemOf(changeState(configuration.data, change, Date.now()))
    current = await startGatehouse(again, owner)
    return problem
  }

  return {
    ...current,
    seed: content => current.seed(content),
    async stop() {
      await working
      await current.stop()
    },
  }
}

const problemOf = (work: Promise<void>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (problem: unknown) => (problem instanceof Error ? problem.message : String(problem)),
  )

const portsOf = ({ endpoints, metricsUrl }: Gatehouse): Pick<Configuration, 'port' | 'httpPort' | 'metricsPort'> => ({
  port: Number(new URL(endpoints.https).port),
  httpPort: Number(new URL(endpoints.http).port),
  ...(metricsUrl !== undefined && { metricsPort: Number(new URL(metricsUrl).port) }),
})
