import { hkdfSync, randomBytes, scrypt } from 'node:crypto'
import { existsSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'

/** What wraps the data key and never touches the database: 32 bytes, or a passphrase from which they are derived. */
export type MasterKey = Uint8Array | { readonly passphrase: string }

export const isPassphrase = (masterKey: MasterKey): masterKey is { readonly passphrase: string } => !(masterKey instanceof Uint8Array)

/** How a key comes from a passphrase; kept beside what it wraps. */
export interface Derivation {
  readonly name: 'scrypt'
  /** base64url */
  readonly salt: string
  readonly N: number
  readonly r: number
  readonly p: number
}

/** The master key is missing or wrong; the message says what to do. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError'
}

export const newMasterKey = (): Buffer => randomBytes(32)

/** 128 MiB and about half a second for each guess. OWASP Password Storage Cheat Sheet, "scrypt". */
export const newDerivation = (): Derivation => ({
  name: 'scrypt',
  salt: randomBytes(16).toString('base64url'),
  N: 131_072,
  r: 8,
  p: 1,
})

/** @see RFC 7914 */
export const derivedMasterKey = (passphrase: string, { salt, N, r, p }: Derivation): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), Buffer.from(salt, 'base64url'), 32, { N, r, p, maxmem: 256 * N * r }, (problem, key) =>
      problem ? reject(problem) : resolve(key),
    )
  })

/** Names a master key without telling it. */
export const masterKeyId = (key: Uint8Array): string => Buffer.from(hkdfSync('sha256', key, '', 'master key id', 8)).toString('hex')

/**
 * The master key: 64 hexadecimal digits from the environment, else the file, made at first start and readable by its owner alone.
 * @param database  the database that it opens: when that is there already, no new key is made
 * @throws MasterKeyError when it is malformed or lost, or the file is open to others
 */
export function readMasterKey(file: string, fromEnvironment: string | undefined, database: string): Buffer {
  if (fromEnvironment) return parseMasterKey(fromEnvironment, 'GATEHOUSE_MASTER_KEY')
  if (!existsSync(file)) {
    if (existsSync(database))
      throw new MasterKeyError(
        `${file} is missing, and ${database} was made with it: restore it, or give the key as at the first start (GATEHOUSE_MASTER_KEY, --master-key-command, --master-key-passphrase-file)`,
      )
    const key = newMasterKey()
    keep(key, file)
    return key
  }
  return parseMasterKey(readSecretFile(file), file)
}

/** Whole or not at all, as on a full disk: half a key would stop every later start. */
function keep(key: Uint8Array, file: string): void {
  const unfinished = `${file}.${process.pid}.new`
  try {
    writeFileSync(unfinished, masterKeyText(key), { mode: 0o600, flush: true })
    // Unlike a rename, it leaves alone what another has made meanwhile.
    linkSync(unfinished, file)
  } finally {
    rmSync(unfinished, { force: true })
  }
}

/** The text of a key's file. */
export const masterKeyText = (key: Uint8Array): string => `${Buffer.from(key).toString('hex')}\n`

/** A file's text, without space around it. @throws MasterKeyError when there is none, or others can read it */
export function readSecretFile(file: string): string {
  if (!existsSync(file)) throw new MasterKeyError(`${file} is missing`)
  if ((statSync(file).mode & 0o077) !== 0) throw new MasterKeyError(`${file} can be read by others: run chmod 600 on it`)
  return readFileSync(file, 'utf8').trim()
}

/** @param source  where the text is from, for the error, which never tells the text */
export function parseMasterKey(text: string, source: string): Buffer {
  if (!/^[0-9a-fA-F]{64}$/.test(text)) throw new MasterKeyError(`${source}: a master key is 64 hexadecimal digits`)
  return Buffer.from(text, 'hex')
}

/** @throws MasterKeyError when it is too easily guessed */
export function parsePassphrase(text: string, source: string): { readonly passphrase: string } {
  if (text.length < 12 || text.length > 1_024) throw new MasterKeyError(`${source}: a passphrase has 12 to 1024 characters`)
  return { passphrase: text }
}
