import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import type { Store } from './store.ts'

/**
 * Encrypts what Gatehouse must be able to read again: access key secrets, issuer keys. Envelope: `v1.` and base64url of
 * nonce (12 bytes), ciphertext and tag (16 bytes), AES-256-GCM under the data key. The context, such as the access key's id, is
 * authenticated, so that an envelope moved to another row does not open.
 */
export interface Secrets {
  encrypt(plaintext: Uint8Array | string, context: string): string
  /** @throws Error when the envelope was altered, or made for another context */
  decrypt(envelope: string, context: string): Buffer
  /** A 32-byte key of its own for one purpose, the same at each start. */
  derivedKey(purpose: string): Buffer
}

const version = 'v1.'
const nonceSize = 12
const tagSize = 16
const settingName = 'dataKey'

/** The master key is missing or wrong; the message says what to do. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError'
}

/**
 * Opens the data key, making it at first start. It is wrapped by the master key, which never touches the database.
 * @param masterKey  32 bytes
 * @throws           MasterKeyError when the master key is not the one that wrapped the data key
 */
export async function openSecrets(store: Store, masterKey: Uint8Array): Promise<Secrets> {
  const wrapped = await store.read(tx => tx.selectFrom('settings').select('value').where('name', '=', settingName).executeTakeFirst())
  if (wrapped) {
    try {
      return secretsUnder(open(masterKey, wrapped.value, settingName))
    } catch {
      throw new MasterKeyError('the master key does not open this data folder: give the one it was made with')
    }
  }
  const value = seal(masterKey, randomBytes(32), settingName)
  // Of nodes that start together one makes the key.
  await store.write(tx =>
    tx
      .insertInto('settings')
      .values({ name: settingName, value })
      .onConflict(conflict => conflict.doNothing())
      .execute(),
  )
  return openSecrets(store, masterKey)
}

/**
 * The master key: 64 hexadecimal digits from the environment, else the file, made at first start and readable by its owner alone.
 * @param database  the database that it opens: when that is there already, no new key is made
 * @throws MasterKeyError when it is malformed or lost, or the file is open to others
 */
export function readMasterKey(file: string, fromEnvironment: string | undefined, database: string): Buffer {
  if (fromEnvironment) return parseKey(fromEnvironment, 'GATEHOUSE_MASTER_KEY')
  if (!existsSync(file)) {
    if (existsSync(database))
      throw new MasterKeyError(`${file} is missing, and ${database} was made with it: restore it, or set GATEHOUSE_MASTER_KEY`)
    const key = randomBytes(32)
    writeFileSync(file, `${key.toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true })
    return key
  }
  if ((statSync(file).mode & 0o077) !== 0) throw new MasterKeyError(`${file} can be read by others: run chmod 600 on it`)
  return parseKey(readFileSync(file, 'utf8').trim(), file)
}

function parseKey(text: string, source: string): Buffer {
  if (!/^[0-9a-fA-F]{64}$/.test(text)) throw new MasterKeyError(`${source}: a master key is 64 hexadecimal digits`)
  return Buffer.from(text, 'hex')
}

const secretsUnder = (dataKey: Buffer): Secrets => ({
  encrypt: (plaintext, context) => seal(dataKey, plaintext, context),
  decrypt: (envelope, context) => open(dataKey, envelope, context),
  derivedKey: purpose => Buffer.from(hkdfSync('sha256', dataKey, '', purpose, 32)),
})

function seal(key: Uint8Array, plaintext: Uint8Array | string, context: string): string {
  const nonce = randomBytes(nonceSize)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return version + Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]).toString('base64url')
}

function open(key: Uint8Array, envelope: string, context: string): Buffer {
  if (!envelope.startsWith(version)) throw new Error('unknown envelope version')
  const bytes = Buffer.from(envelope.slice(version.length), 'base64url')
  if (bytes.length < nonceSize + tagSize) throw new Error('envelope is too short')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceSize), { authTagLength: tagSize })
  decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-tagSize))
  return Buffer.concat([decipher.update(bytes.subarray(nonceSize, -tagSize)), decipher.final()])
}
