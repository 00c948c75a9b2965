import { createHash, createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { sealContexts, type Transaction } from '../../store/index.ts'
import type { DigestKeysTable } from '../../store/tables/trails.ts'
import type { World } from '../world.ts'

/** How long a key signs. AWS rotates its keys and does not say how often. */
const lifeMilliseconds = 30 * 24 * 3_600_000

const newKeyPair = promisify(generateKeyPair)

export interface DigestKey {
  readonly fingerprint: string
  readonly privateKey: KeyObject
}

/** The key that signs digests of a region, made when there is none whose time it is. */
export async function digestKeyAt({ store, secrets }: Pick<World, 'store' | 'secrets'>, region: string, now: number): Promise<DigestKey> {
  const current = await store.read(tx => currentKey(tx, region, now))
  const key = current ?? (await makeKey(secrets, region, now))
  if (!current) await store.write(tx => insertKey(tx, key, now))
  const pem = secrets.decrypt(key.privateKey as string, sealContexts.digestKey(key.fingerprint)).toString()
  return { fingerprint: key.fingerprint, privateKey: createPrivateKey(pem) }
}

const currentKey = (tx: Transaction, region: string, now: number) =>
  tx
    .selectFrom('digestKeys')
    .selectAll()
    .where('region', '=', region)
    .where('startAt', '<=', now)
    .where('endAt', '>', now)
    .where('privateKey', 'is not', null)
    .orderBy('startAt', 'desc')
    .executeTakeFirst()

async function makeKey(secrets: World['secrets'], region: string, now: number): Promise<DigestKeysTable> {
  const { publicKey, privateKey } = await newKeyPair('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'pkcs1', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  // Thirty-two hexadecimal digits, as AWS shows; what it hashes it does not say.
  const fingerprint = createHash('sha256').update(publicKey).digest('hex').slice(0, 32)
  const startAt = Math.floor(now / 1000) * 1000
  return {
    fingerprint,
    region,
    publicKey: publicKey.toString('base64'),
    privateKey: secrets.encrypt(privateKey, sealContexts.digestKey(fingerprint)),
    startAt,
    endAt: startAt + lifeMilliseconds,
  }
}

async function insertKey(tx: Transaction, key: DigestKeysTable, now: number): Promise<void> {
  // A key whose time is over signs nothing more: nobody needs its private half.
  await tx.updateTable('digestKeys').set({ privateKey: null }).where('endAt', '<=', now).execute()
  await tx.insertInto('digestKeys').values(key).execute()
}
