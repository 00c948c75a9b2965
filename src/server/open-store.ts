import {
  type Companions,
  isPostgresUrl,
  openCassandraArchive,
  openObjectChunks,
  openObjectFiles,
  openPostgresStore,
  openSqliteStore,
  type ObjectFiles,
  type Store,
} from '../store/index.ts'
import { join } from 'node:path'
import type { Configuration } from './configuration.ts'
import type { Log } from './log.ts'

/** The store of a node: a file in the data folder, or a PostgreSQL database that nodes share. @param file  the file's name */
export function openStore(
  configuration: Configuration,
  file: string,
  { now, log, companions }: { readonly now: () => number; readonly log: Log; readonly companions?: Companions | undefined },
): Promise<Store> {
  const { store, records, feedBoundSeconds, pastDays } = configuration
  const archive = records === undefined ? undefined : openCassandraArchive(records)
  const keepsPast = pastDays > 0
  if (store === undefined) return openSqliteStore(file, { keepsPast, now, archive, ...(companions && { companions }) })
  return openPostgresStore(store, {
    archive,
    keepsPast,
    feedBoundMilliseconds: feedBoundSeconds * 1000,
    onProblem: problem => log.warn({ problem }, 'the change feed could not be read'),
  })
}

/** Where contents of S3's objects are: with the store that all nodes share, or beside its file. */
export const openObjects = async (store: Store, data: string, now: () => number): Promise<ObjectFiles> =>
  store.shared ? openObjectChunks(store, now) : openObjectFiles(join(data, 'objects'))

/** What needs a store of one's own. @returns what is wrong with a configuration that shares one */
export function sharedStoreProblems({ store, propagationDelay, controlPlaneAssets, workers = 1 }: Partial<Configuration>): string[] {
  if (store === undefined || !isPostgresUrl(store)) return []
  return [
    ...(propagationDelay ? ['--propagation-delay is for a SQLite store: leave it out with --store'] : []),
    ...(workers > 1 ? ['--workers is for a SQLite store: with --store, start one more node a core'] : []),
    ...(controlPlaneAssets === undefined
      ? []
      : [
          '--control-plane-assets (KUBEBUILDER_ASSETS) keeps etcd in the data folder of one node: leave it out with --store, or attach clusters',
        ]),
  ]
}
