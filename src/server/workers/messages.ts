import type { NotedUses } from '../../identity/last-uses.ts'
import type { Endpoints } from '../../services/world.ts'
import type { Change, DataKeys } from '../../store/index.ts'
import type { Configuration } from '../configuration.ts'
import type { ServerOptions } from '../listeners/exchange.ts'
import type { FinishedCall } from '../observation/call-observer.ts'

/** What a worker needs to know to begin. */
export interface WorkerTask {
  readonly configuration: Configuration
  readonly endpoints: Endpoints
  readonly dataKeys: DataKeys
  readonly certificate: ServerOptions['certificate']
  /** The socket where the first process takes requests that are its own. */
  readonly firstProcess: string
}

/** What the first process tells a worker. */
export type ToWorker =
  | { readonly kind: 'begin'; readonly task: WorkerTask }
  /** With the connection. */
  | { readonly kind: 'connection'; readonly id: number; readonly secure: boolean }
  | { readonly kind: 'changes'; readonly id: number; readonly changes: readonly Change[] }
  | { readonly kind: 'certificate'; readonly certificate: ServerOptions['certificate'] }
  | { readonly kind: 'dataKeys'; readonly dataKeys: DataKeys }
  | { readonly kind: 'stop' }

/** What a worker tells the first process. */
export type FromWorker =
  | { readonly kind: 'serves' }
  /** Has forgotten what the changes of this id touch, or taken the connection. */
  | { readonly kind: 'heard'; readonly id: number }
  | { readonly kind: 'uses'; readonly uses: NotedUses }
  | { readonly kind: 'finished'; readonly calls: readonly FinishedCall[] }
