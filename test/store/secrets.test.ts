import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { open, seal } from '../../src/store/envelope.ts'
import {
  type MasterKey,
  masterKeyId,
  type OpenedSecrets,
  openSecrets,
  openSqliteStore,
  readMasterKey,
  type Secrets,
} from '../../src/store/index.ts'
import { openTestStore, random, type TestStore } from './test-store.ts'

let opened: TestStore
let secrets: Secrets
beforeAll(async () => {
  opened = await openTestStore()
  secrets = opened.secrets
})
afterAll(() => opened.end())

describe('an envelope', () => {
  test.each(['', 'a', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'ä'.repeat(10_000)])('opens to what was put in', plaintext => {
    expect(secrets.decrypt(secrets.encrypt(plaintext, 'AKIA'), 'AKIA').toString('utf8')).toBe(plaintext)
  })

  test('of the same content is another each time, and shows nothing of it', () => {
    const [first, second] = [secrets.encrypt('canary', 'a'), secrets.encrypt('canary', 'a')]
    expect(first).not.toBe(second)
    expect(first).toMatch(/^v1\.[\w-]+$/)
    expect(Buffer.from(first.slice(3), 'base64url').toString('latin1')).not.toContain('canary')
  })

  test('does not open in another context', () => {
    expect(() => secrets.decrypt(secrets.encrypt('x', 'AKIA1'), 'AKIA2')).toThrow()
  })

  test('does not open when any byte of it was altered, or some are missing', () => {
    const envelope = secrets.encrypt('secret', 'a')
    const bytes = Buffer.from(envelope.slice(3), 'base64url')
    for (let place = 0; place < bytes.length; place++) {
      const altered = Buffer.from(bytes)
      altered[place] = (altered[place] as number) ^ 1
      expect(() => secrets.decrypt(`v1.${altered.toString('base64url')}`, 'a')).toThrow()
    }
    for (const length of [0, 12, 27, bytes.length - 1])
      expect(() => secrets.decrypt(`v1.${bytes.subarray(0, length).toString('base64url')}`, 'a')).toThrow()
    expect(() => secrets.decrypt(envelope.replace('v1.', 'v2.'), 'a')).toThrow('version')
  })
})

describe('the data key', () => {
  test('opens with the same master key at the second start, and with no other', async () => {
    const { store, file, masterKey } = opened
    const envelope = secrets.encrypt('kept', 'a')
    await store.close()
    const again = await openSqliteStore(file)
    expect((await openSecrets(again, masterKey)).decrypt(envelope, 'a').toString()).toBe('kept')
    await expect(openSecrets(again, random.bytes(32))).rejects.toThrow('the master key does not open this data folder')
    await again.close()
    expect(readFileSync(file).includes(masterKey)).toBe(false)
  })

  test('gives each purpose a key of its own', () => {
    const bytesOf = (purpose: string) => secrets.derivedKey(purpose, 'first')?.export().toString('hex')
    expect(bytesOf('one')).toBe(bytesOf('one'))
    expect(bytesOf('one')).not.toBe(bytesOf('two'))
  })
})

describe('master keys', () => {
  const next = Buffer.alloc(32, 9)
  let store: TestStore
  let held: OpenedSecrets
  let envelope: string
  beforeAll(async () => {
    store = await openTestStore()
    held = await openSecrets(store.store, store.masterKey)
    envelope = held.encrypt('kept', 'a')
  })
  afterAll(() => store.end())
  const opens = async (masterKey: MasterKey) => {
    const secrets = await openSecrets(store.store, masterKey)
    expect(secrets.decrypt(envelope, 'a').toString()).toBe('kept')
    return secrets
  }

  test('while one is replaced, either opens; what was sealed before stays as it is', async () => {
    let meanwhile = 0
    const id = await held.addMasterKey(next, 5)
    expect(await held.masterKeys()).toEqual([
      { id: masterKeyId(store.masterKey), kind: 'key', madeAt: expect.any(Number), inUse: true },
      { id, kind: 'key', madeAt: 5, inUse: false },
    ])
    for (const key of [store.masterKey, next]) await opens(key).then(() => meanwhile++)
    expect(meanwhile).toBe(2)
  })

  test('the one in use is not retired; from the other, it is, and opens nothing then', async () => {
    await expect(held.retireMasterKey(masterKeyId(store.masterKey), 5)).rejects.toThrow('is in use here')
    const other = await opens(next)
    await other.retireMasterKey(masterKeyId(store.masterKey), 5)
    await expect(openSecrets(store.store, store.masterKey)).rejects.toThrow(
      `the master key does not open this data folder: give the one it was made with (id ${masterKeyId(next)})`,
    )
    await expect(other.retireMasterKey('0000000000000000', 5)).rejects.toThrow('no master key 0000000000000000 opens this data folder')
    await opens(next)
  })

  test('a crash at any step of a replacement leaves a key where the next start looks that opens', async () => {
    let kept: Uint8Array = next
    const secrets = await opens(next)
    const newest = Buffer.alloc(32, 10)
    const crash = () => {
      throw new Error('power cut')
    }
    await expect(secrets.replaceMasterKey(newest, crash, 6)).rejects.toThrow('power cut')
    await opens(kept)
    const again = await opens(kept)
    await again.replaceMasterKey(newest, () => void (kept = newest), 7)
    await opens(kept)
    await expect(openSecrets(store.store, next)).rejects.toThrow('does not open')
    expect(await again.masterKeys()).toEqual([{ id: masterKeyId(newest), kind: 'key', madeAt: 7, inUse: true }])
  })

  test('one can come from a passphrase, which costs each guess 128 MiB', async () => {
    const secrets = await opens(Buffer.alloc(32, 10))
    await secrets.addMasterKey({ passphrase: 'correct horse battery' }, 8)
    const sealed = await opens({ passphrase: 'correct horse battery' })
    await sealed.retireMasterKey(masterKeyId(Buffer.alloc(32, 10)), 8)
    await expect(openSecrets(store.store, { passphrase: 'correct horse batterz' })).rejects.toThrow('the passphrase does not open')
    await expect(openSecrets(store.store, Buffer.alloc(32, 10))).rejects.toThrow('a passphrase does, give it')
    const { value } = await store.store.read(tx =>
      tx.selectFrom('settings').select('value').where('name', '=', 'masterKeys').executeTakeFirstOrThrow(),
    )
    const [{ derivation }] = (JSON.parse(value) as { slots: [{ derivation: { N: number; r: number } }] }).slots
    expect(128 * derivation.N * derivation.r).toBe(128 * 1024 * 1024)
  })

  test('what versions before slots wrote opens, and those versions refuse what they cannot read', async () => {
    const { store: former, masterKey, end } = await openTestStore()
    const dataKey = Buffer.alloc(32, 3)
    await former.write(async tx => {
      await tx.deleteFrom('settings').execute()
      await tx
        .insertInto('settings')
        .values({ name: 'dataKey', value: seal(masterKey, dataKey, 'dataKey') })
        .execute()
    })
    const secrets = await openSecrets(former, masterKey)
    expect(secrets.decrypt(seal(dataKey, 'kept', 'a'), 'a').toString()).toBe('kept')
    expect(await secrets.masterKeys()).toEqual([{ id: 'former', kind: 'key', madeAt: 0, inUse: true }])
    await secrets.replaceMasterKey(next, () => {}, 9)
    const left = await former.read(tx => tx.selectFrom('settings').select('value').where('name', '=', 'dataKey').executeTakeFirstOrThrow())
    expect(() => open(masterKey, left.value, 'dataKey')).toThrow('unknown envelope version')
    expect((await openSecrets(former, next)).decrypt(seal(dataKey, 'kept', 'a'), 'a').toString()).toBe('kept')
    await end()
  })
})

describe('the master key', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-key-'))
  const file = join(folder, 'master.key')
  const database = join(folder, 'gatehouse.db')
  afterAll(() => rmSync(folder, { recursive: true }))

  test('is made at first start for its owner alone, and read at the next', () => {
    const made = readMasterKey(file, undefined, database)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readMasterKey(file, undefined, database)).toEqual(made)
  })

  test('from the environment leaves no file', () => {
    const other = join(folder, 'other.key')
    expect(readMasterKey(other, 'ab'.repeat(32), database)).toEqual(Buffer.alloc(32, 0xab))
    expect(existsSync(other)).toBe(false)
  })

  test('is refused when malformed, without being told', () => {
    expect(() => readMasterKey(file, 'canary', database)).toThrow(/^GATEHOUSE_MASTER_KEY: a master key is 64 hexadecimal digits$/)
    writeFileSync(file, 'canary')
    expect(() => readMasterKey(file, undefined, database)).toThrow(`${file}: a master key is 64 hexadecimal digits`)
  })

  test('is not made anew for a database that was made with another', () => {
    const lost = join(folder, 'lost.key')
    writeFileSync(database, '')
    expect(() => readMasterKey(lost, undefined, database)).toThrow(`${lost} is missing, and ${database} was made with it`)
    expect(existsSync(lost)).toBe(false)
    rmSync(database)
  })

  test('is refused when others can read it', () => {
    chmodSync(file, 0o640)
    expect(() => readMasterKey(file, undefined, database)).toThrow('chmod 600')
  })
})
