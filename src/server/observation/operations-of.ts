import type { Store } from '../../store/index.ts'
import type { Configuration } from '../configuration.ts'
import type { Metrics } from './metrics.ts'
import { listenForOperations, type OperationsListener } from './operations-listener.ts'

/** Listens for those who watch over a Gatehouse. @throws Error with the address when the port is taken */
export const operationsOf = ({ host, metricsPort = 0 }: Configuration, metrics: Metrics, store: Store): Promise<OperationsListener> =>
  listenForOperations({ host, port: metricsPort, metrics: () => metrics.read(), unready: () => unready(store) })

/** Ready is who can read its state: all else follows from it. */
async function unready(store: Store): Promise<string | undefined> {
  try {
    await store.read(tx => tx.selectFrom('accounts').select('id').limit(1).execute())
    return undefined
  } catch (problem) {
    return `the store does not answer: ${(problem as Error).message}`
  }
}
