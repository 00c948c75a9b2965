import type { RecordSource } from '../../store/tables/trails.ts'
import type { TrailRow } from './trail-store.ts'

type Place = Pick<TrailRow, 'prefix' | 'organizationId'>

/** Where an account's files are: `[prefix/]AWSLogs/[organization/]account/`. CloudTrail User Guide, "Finding your CloudTrail log files". */
const accountFolder = ({ prefix, organizationId }: Place, account: string): string =>
  `${prefix === null ? '' : `${prefix}/`}AWSLogs/${organizationId === null ? '' : `${organizationId}/`}${account}/`

/** The folder of the log files, with its slash. */
export const logFolder = (trail: Place, account: string): string => `${accountFolder(trail, account)}CloudTrail/`

/** Aggregated events are of no table. */
type FileSource = RecordSource | 'aggregates'

const kinds: { readonly [source in FileSource]: string } = {
  records: 'CloudTrail',
  dataRecords: 'CloudTrail',
  insightRecords: 'CloudTrail-Insight',
  aggregates: 'CloudTrail-Aggregated',
}

/** Such as `2026/11/26`, in UTC. */
const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10).replaceAll('-', '/')

/** Such as `20261126T1530Z`, in UTC. */
const minuteOf = (at: number) => `${new Date(at).toISOString().slice(0, 16).replace(/[-:]/g, '')}Z`

/** Such as `20261126T153012Z`, in UTC. */
const secondOf = (at: number) => `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`

/** What a file is told apart by. */
export interface FileFacts {
  readonly source: FileSource
  readonly account: string
  readonly region: string
  /** Epoch milliseconds. */
  readonly at: number
}

/**
 * The key of a log file. CloudTrail User Guide, "CloudTrail log file name format".
 * @param unique  sixteen letters and digits
 */
export function logFileKey(trail: Place, { source, account, region, at }: FileFacts, unique: string): string {
  const kind = kinds[source]
  const folder = `${accountFolder(trail, account)}${kind}/${region}/${dayOf(at)}/`
  return `${folder}${account}_${kind}_${region}_${minuteOf(at)}_${unique}.json.gz`
}

/** Where the files of a query's result are, by the day of the query. CloudTrail User Guide, "Get and download saved query results". */
export const queryResultFolder = (
  prefix: string | null,
  { account, id, at }: { readonly account: string; readonly id: string; readonly at: number },
): string => `${accountFolder({ prefix, organizationId: null }, account)}CloudTrail-Lake/Query/${dayOf(at)}/${id}/`

/** The key of a digest file, by the time at which what it covers ends. CloudTrail User Guide, "CloudTrail digest file structure". */
export function digestKey(trail: Place & Pick<TrailRow, 'name' | 'region'>, { account, region, at }: Omit<FileFacts, 'source'>): string {
  const folder = `${accountFolder(trail, account)}CloudTrail-Digest/${region}/${dayOf(at)}/`
  return `${folder}${account}_CloudTrail-Digest_${region}_${trail.name}_${trail.region}_${secondOf(at)}.json.gz`
}
