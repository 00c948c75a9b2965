import { createHash, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Selectable } from 'kysely'
import { memberAccounts, type Transaction } from '../../store/index.ts'
import type { TrailDigestsTable } from '../../store/tables/trails.ts'
import { globalRegion } from '../../types/global-region.ts'
import type { World } from '../world.ts'
import { digestKeyAt } from './digest-keys.ts'
import type { TrailFile } from './log-files.ts'
import { digestKey } from './log-keys.ts'
import type { TrailRow } from './trail-store.ts'

type Digest = Selectable<TrailDigestsTable>

/** The digests of one account and region of a trail. */
interface Chain {
  readonly trailArn: string
  readonly account: string
  readonly region: string
}

/**
 * The chains of a trail: every account and region has one, also without events.
 * @param own  the region that Gatehouse is: a multi-region trail has the events of it and of global services
 */
export async function chainsOf(tx: Transaction, trail: TrailRow, own: string): Promise<Chain[]> {
  const accounts = trail.organizationId === null ? [trail.account] : await memberAccounts(tx, trail.organizationId)
  const regions = trail.multiRegion === 1 ? new Set([trail.region, own, globalRegion]) : [trail.region]
  return accounts.flatMap(account => Array.from(regions, region => ({ trailArn: trail.arn, account, region })))
}

/**
 * Delivers what a chain owes: the digest that was being delivered, or the next one when it is time for it.
 * @param last  logging has stopped and all is delivered: this digest ends the chain
 * @throws      ServiceError of S3
 */
export async function deliverDigest(
  world: World,
  trail: TrailRow,
  chain: Chain,
  { intervalMilliseconds, last, now }: { readonly intervalMilliseconds: number; readonly last: boolean; readonly now: number },
): Promise<void> {
  const { previous, pending, files } = await world.store.read(tx => stateOf(tx, chain))
  const startAt = floorToSecond(previous?.endAt ?? Math.max(trail.startedAt ?? now, trail.validatedSince ?? now))
  const endAt = floorToSecond(now)
  if (!pending && last && !previous && files === 0) return
  if (!pending && (endAt <= startAt || (!last && endAt - startAt < intervalMilliseconds))) return
  const digest = pending ?? (await nameDigest(world, trail, chain, { startAt, endAt }))
  await putDigest(world, trail, digest, previous, now)
  if (last && !pending) await world.store.write(tx => forgetChain(tx, chain))
}

const floorToSecond = (at: number) => Math.floor(at / 1000) * 1000

async function stateOf(tx: Transaction, { trailArn, account, region }: Chain) {
  const rows = await tx
    .selectFrom('trailDigests')
    .selectAll()
    .where('trailArn', '=', trailArn)
    .where('account', '=', account)
    .where('region', '=', region)
    .orderBy('endAt', 'desc')
    .execute()
  const waiting = await undigested(tx, { trailArn, account, region }).execute()
  return {
    previous: rows.find(({ signature }) => signature !== null),
    pending: rows.find(({ signature }) => signature === null),
    files: waiting.length,
  }
}

/** Delivered files that no digest was named to hold. */
const undigested = (tx: Transaction, { trailArn, account, region }: Chain) =>
  tx
    .selectFrom('trailFiles')
    .select('key')
    .where('trailArn', '=', trailArn)
    .where('account', '=', account)
    .where('region', '=', region)
    .where('deliveredAt', 'is not', null)
    .where('digestKey', 'is', null)

/** Names a digest and says which files it holds, so that a delivery that was cut off is repeated as it was. */
async function nameDigest(
  { store }: World,
  trail: TrailRow,
  chain: Chain,
  { startAt, endAt }: { readonly startAt: number; readonly endAt: number },
): Promise<Digest> {
  const key = digestKey(trail, { account: chain.account, region: chain.region, at: endAt })
  const digest = { ...chain, startAt, endAt, bucket: trail.bucket, key, hash: null, signature: null }
  await store.write(async tx => {
    await tx.insertInto('trailDigests').values(digest).execute()
    await tx.updateTable('trailFiles').set({ digestKey: key }).where('key', 'in', undigested(tx, chain)).execute()
  })
  return digest
}

const compress = promisify(gzip)
const algorithm = 'SHA256withRSA'

async function putDigest(world: World, trail: TrailRow, digest: Digest, previous: Digest | undefined, now: number): Promise<void> {
  const { store, logBuckets } = world
  const { bucket, key } = digest
  const signer = await digestKeyAt(world, trail.region, now)
  const files = await store.read(tx => tx.selectFrom('trailFiles').selectAll().where('digestKey', '=', key).orderBy('key').execute())
  const text = digestText(digest, previous, files, signer.fingerprint)
  const hash = createHash('sha256').update(text).digest('hex')
  const toSign = [timeText(digest.endAt), `${bucket}/${key}`, hash, previous?.signature ?? 'null'].join('\n')
  const signature = sign('sha256', Buffer.from(toSign), signer.privateKey).toString('hex')
  const metadata = { signature, 'signature-algorithm': algorithm }
  await logBuckets.put({ bucket, key, body: await compress(text), metadata }, { arn: trail.arn, account: trail.account })
  await store.write(async tx => {
    await digestRow(tx, digest).set({ hash, signature }).execute()
    if (previous) await tx.deleteFrom('trailDigests').where('trailArn', '=', previous.trailArn).where('key', '=', previous.key).execute()
    await tx.deleteFrom('trailFiles').where('digestKey', '=', key).execute()
    await tx.updateTable('trails').set({ digestedAt: now, digestError: null }).where('arn', '=', trail.arn).execute()
  })
}

const digestRow = (tx: Transaction, { trailArn, key }: Digest) =>
  tx.updateTable('trailDigests').where('trailArn', '=', trailArn).where('key', '=', key)

const forgetChain = (tx: Transaction, { trailArn, account, region }: Chain) =>
  tx.deleteFrom('trailDigests').where('trailArn', '=', trailArn).where('account', '=', account).where('region', '=', region).execute()

const timeText = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`
const timeOrNull = (at: number | null | undefined) => (at === null || at === undefined ? null : timeText(at))

/** What is in a digest file. CloudTrail User Guide, "CloudTrail digest file structure". */
function digestText(digest: Digest, previous: Digest | undefined, files: readonly TrailFile[], fingerprint: string): string {
  const times = (member: 'oldestAt' | 'newestAt') => files.flatMap(file => file[member] ?? [])
  return JSON.stringify({
    awsAccountId: digest.account,
    digestStartTime: timeText(digest.startAt),
    digestEndTime: timeText(digest.endAt),
    digestS3Bucket: digest.bucket,
    digestS3Object: digest.key,
    digestPublicKeyFingerprint: fingerprint,
    digestSignatureAlgorithm: algorithm,
    newestEventTime: files.length === 0 ? null : timeText(Math.max(...times('newestAt'))),
    oldestEventTime: files.length === 0 ? null : timeText(Math.min(...times('oldestAt'))),
    previousDigestS3Bucket: previous?.bucket ?? null,
    previousDigestS3Object: previous?.key ?? null,
    previousDigestHashValue: previous?.hash ?? null,
    previousDigestHashAlgorithm: previous ? 'SHA-256' : null,
    previousDigestSignature: previous?.signature ?? null,
    logFiles: files.map(file => ({
      s3Bucket: file.bucket,
      s3Object: file.key,
      hashValue: file.hash,
      hashAlgorithm: 'SHA-256',
      newestEventTime: timeOrNull(file.newestAt),
      oldestEventTime: timeOrNull(file.oldestAt),
    })),
  })
}
