import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSecrets, openSqliteStore, readMasterKey, type Secrets } from '../../src/store/index.ts'
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
    expect(secrets.derivedKey('one')).toEqual(secrets.derivedKey('one'))
    expect(secrets.derivedKey('one')).not.toEqual(secrets.derivedKey('two'))
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
