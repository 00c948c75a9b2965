import type { Command } from 'commander'
import { Estate } from '../analysis/graph/estate.ts'
import { Graph } from '../analysis/graph/graph.ts'
import { type Snapshot, snapshotFormat } from '../analysis/graph/snapshot.ts'
import { openClient } from './client.ts'
import { readLiveSnapshot } from './live-snapshot.ts'
import { readNamedJson } from './named-file.ts'
import { timeOf } from './times.ts'

/** Which world a command asks: the running one, or an import. */
export interface SnapshotOptions {
  readonly import?: string
  readonly data?: string
  readonly at?: string
  readonly json?: boolean
}

/** Adds the options that the questions share. */
export const withSnapshotOptions = (command: Command): Command =>
  command
    .option('--import <file>', 'a world that gatehouse import wrote, instead of the running Gatehouse')
    .option('--data <folder>', 'the data folder of the running Gatehouse, instead of AWS_ENDPOINT_URL and keys in the environment')
    .option('--at <when>', 'how it was then, as far as the running Gatehouse knows: 2026-01-15T10:00Z, 12h or 30d ago')
    .option('--json', 'as JSON')

/** Reads the world that the options name. The two are never mixed. @throws Error when the file is no import */
export const openGraph = async (options: SnapshotOptions): Promise<Graph> => new Graph(new Estate(await readSnapshot(options)))

/** The same, before questions can be asked of it. @throws Error when the file is no import */
export async function readSnapshot(options: SnapshotOptions, reading: { readonly settings?: boolean } = {}): Promise<Snapshot> {
  if (options.import !== undefined && options.data !== undefined) throw new Error('give --import or --data, not both')
  if (options.import !== undefined) {
    if (options.at !== undefined) throw new Error('an import is of one moment: give --import or --at, not both')
    return readImport(options.import)
  }
  const client = openClient(options.data)
  // Settings of an account are told of the present alone.
  return options.at === undefined ? readLiveSnapshot(client, reading) : readLiveSnapshot({ ...client, at: momentOf(options) })
}

/** The moment that is asked about, in epoch milliseconds. */
export const momentOf = ({ at }: SnapshotOptions): number => (at === undefined ? Date.now() : timeOf('--at', at, Date.now()))

function readImport(file: string): Snapshot {
  const value = readNamedJson(file)
  const { format } = (value ?? {}) as { format?: unknown }
  if (format !== snapshotFormat)
    throw new Error(`${file} is not what gatehouse import writes: make it with gatehouse import --out ${file} EXPORTS`)
  return value as Snapshot
}

/** Names the parts that an answer lacks, for people. */
export function tellGaps(dependsOn: readonly string[]): void {
  for (const what of dependsOn) console.error(`gatehouse: the answer depends on what is missing: ${what}`)
}
