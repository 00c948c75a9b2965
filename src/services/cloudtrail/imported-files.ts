import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { JsonObject } from '../../types/json.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { ImportRow } from './import-rows.ts'

const decompress = promisify(gunzip)

/** Bytes that a file may have, and that may be in it. */
export const mostFileBytes = 64 * 1024 * 1024

/** An event of a log file. */
export interface FileEvent {
  readonly eventId: string
  /** Epoch milliseconds. */
  readonly at: number
  readonly json: string
}

/** The bucket and prefix of `s3://bucket/prefix`. */
export function placeOfLocation(location: string): { readonly bucket: string; readonly prefix: string } | undefined {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/is.exec(location) ?? []
  return bucket === '' ? undefined : { bucket, prefix }
}

/**
 * Whether a key is of a log file that an import takes: below CloudTrail's own folder, or below the prefix that the import names; with its day, by its name, among
 * those of the import. Digests and insights are no log files. CloudTrail API Reference, "StartImport", S3LocationUri and StartEventTime.
 */
export function isWanted(
  key: string,
  { location, startEventAt, endEventAt }: Pick<ImportRow, 'location' | 'startEventAt' | 'endEventAt'>,
): boolean {
  if (!key.endsWith('.json.gz') || /(^|\/)CloudTrail-(Digest|Insight|Lake)\//.test(key)) return false
  if (placeOfLocation(location)?.prefix === '' && !/(^|\/)AWSLogs\/.*\/?CloudTrail\//.test(key)) return false
  if (startEventAt === null || endEventAt === null) return true
  const day = dayOfName(key)
  return day !== undefined && day >= dayOf(startEventAt) && day <= dayOf(endEventAt)
}

/** Such as `20261126`, of `111122223333_CloudTrail_us-east-1_20261126T1530Z_…`. */
const dayOfName = (key: string): string | undefined => /_(\d{8})T\d{4}Z_[^/]*$/.exec(key)?.[1]
const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10).replaceAll('-', '')

const invalid = (message: string) => new ServiceError('InvalidLogFile', 400, message)

/**
 * The events of a log file.
 * @throws ServiceError `InvalidLogFile`, which says what is wrong with it
 */
export async function eventsOf(body: Uint8Array): Promise<FileEvent[]> {
  const text = await textOf(body)
  const { Records } = parsed(text)
  if (!Array.isArray(Records)) throw invalid('The file has no list of Records.')
  return Records.map((record: unknown) => eventOf(record))
}

async function textOf(body: Uint8Array): Promise<string> {
  // A server's Content-Encoding may have been undone on the way.
  if (body[0] !== 0x1f || body[1] !== 0x8b) return Buffer.from(body).toString()
  try {
    return (await decompress(body, { maxOutputLength: mostFileBytes })).toString()
  } catch (problem) {
    throw invalid(`The file could not be decompressed: ${(problem as Error).message}`)
  }
}

function parsed(text: string): { readonly Records?: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Said below, as of JSON that is no object.
  }
  throw invalid('The file is not a JSON object.')
}

const longestId = 100

function eventOf(record: unknown): FileEvent {
  const { eventID, eventTime, userIdentity } = (record ?? {}) as JsonObject
  const at = Date.parse(String(eventTime))
  if (typeof eventID !== 'string' || eventID === '' || eventID.length > longestId) throw invalid('An event has no eventID.')
  if (Number.isNaN(at) || typeof userIdentity !== 'object') throw invalid(`The event ${eventID} is no record of CloudTrail.`)
  return { eventId: eventID, at, json: JSON.stringify(record) }
}
