import { createHash, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Store } from '../../store/index.ts'
import { parseArn } from '../../types/arn.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { World } from '../world.ts'
import { digestKeyAt } from './digest-keys.ts'
import type { QueryRow } from './lake-queries.ts'
import { queryResultFolder } from './log-keys.ts'
import { checkPlace } from './trail-names.ts'

const compress = promisify(gzip)

/** A query with a place to which its result goes. */
export type DeliveredQuery = Pick<QueryRow, 'id' | 'storeArn' | 'account' | 'createdAt'> & { readonly deliveryUri: string }
type Row = readonly { readonly [name: string]: string }[]

/**
 * The bucket and prefix that a request names: `s3://bucket/prefix`.
 * @throws InvalidS3BucketNameException, InvalidS3PrefixException
 */
export function placeOfUri(uri: string): { readonly bucket: string; readonly prefix: string | null } {
  const [bucket = '', ...rest] = uri.replace(/^s3:\/\//i, '').split('/')
  const place = { bucket, prefix: rest.join('/').replace(/\/$/, '') || null }
  checkPlace(place)
  return place
}

/** How S3's refusals show in DeliveryStatus. CloudTrail API Reference, "DescribeQuery", DeliveryStatus. */
const refusals: { readonly [code: string]: QueryRow['deliveryStatus'] } = {
  NoSuchBucket: 'RESOURCE_NOT_FOUND',
  AccessDenied: 'ACCESS_DENIED',
}

/** Delivers the result of a query that has finished, and notes how that went. */
export async function deliverResult(world: World, query: DeliveredQuery, names: readonly string[], rows: readonly Row[]): Promise<void> {
  let status: QueryRow['deliveryStatus'] = 'SUCCESS'
  try {
    await putResult(world, query, names, rows)
  } catch (problem) {
    if (!(problem instanceof ServiceError)) throw problem
    status = refusals[problem.code] ?? 'FAILED'
  } finally {
    await noteDelivery(world.store, query.id, status)
  }
}

const noteDelivery = (store: Store, id: string, deliveryStatus: QueryRow['deliveryStatus']): Promise<unknown> =>
  store.write(tx => tx.updateTable('lakeQueries').set({ deliveryStatus }).where('id', '=', id).execute())

const hashAlgorithm = 'SHA-256'
const signatureAlgorithm = 'SHA256withRSA'
const fileName = 'result_1.csv.gz'

/** The result, and the file that signs it. CloudTrail User Guide, "Validate saved query results", "CloudTrail sign file structure". */
async function putResult(world: World, query: DeliveredQuery, names: readonly string[], rows: readonly Row[]): Promise<void> {
  const { logBuckets } = world
  const { bucket, prefix } = placeOfUri(query.deliveryUri)
  const folder = queryResultFolder(prefix, { account: query.account, id: query.id, at: query.createdAt })
  const source = { arn: query.storeArn, account: parseArn(query.storeArn)?.account ?? query.account }
  const result = await compress(csvOf(names, rows))
  await logBuckets.put({ bucket, key: folder + fileName, body: result, content: { type: 'application/x-gzip' } }, source)
  const signFile = Buffer.from(await signedList(world, query, createHash('sha256').update(result).digest('hex')))
  await logBuckets.put({ bucket, key: `${folder}result_sign.json`, body: signFile, content: { type: 'application/json' } }, source)
}

async function signedList(world: World, { storeArn }: DeliveredQuery, fileHashValue: string): Promise<string> {
  const now = world.now()
  const region = parseArn(storeArn)?.region ?? world.settings.region
  const { fingerprint, privateKey } = await digestKeyAt(world, region, now)
  return JSON.stringify({
    version: '1.0',
    region,
    files: [{ fileHashValue, fileName }],
    hashAlgorithm,
    signatureAlgorithm,
    queryCompleteTime: `${new Date(now).toISOString().slice(0, 19)}Z`,
    // What is signed are the hashes of all files with a space between: here one.
    hashSignature: sign('sha256', Buffer.from(fileHashValue), privateKey).toString('hex'),
    publicKeyFingerprint: fingerprint,
  })
}

/** Rows as RFC 4180 has them, after one of the columns' names. */
const csvOf = (names: readonly string[], rows: readonly Row[]): string =>
  [names, ...rows.map(row => row.flatMap(pair => Object.values(pair)))].map(values => `${values.map(field).join(',')}\n`).join('')

const field = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
