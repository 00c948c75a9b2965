import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { Client } from 'pg'
import { createCredentialDirectory } from '../../src/identity/credentials.ts'
import { createSessions } from '../../src/identity/sessions.ts'
import { refuseOlderNodes, retireOldDataKeys, startDataKeyRenewal } from '../../src/server/data-key-renewal.ts'
import { type OpenedSecrets, openSecrets, openPostgresStore, openSqliteStore, resealStore, type Store } from '../../src/store/index.ts'
import { random } from './test-store.ts'
import { postgresBinaries, startPostgresServer } from './postgres-server.ts'

// docs/keys.md, "Another data key"

const masterKey = Buffer.alloc(32, 4)
const log = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} }
const pause = async () => {}

const engines = [
  {
    name: 'SQLite',
    available: true,
    async start() {
      const folder = mkdtempSync(join(tmpdir(), 'gatehouse-data-keys-'))
      return {
        open: () => openSqliteStore(join(folder, 'a.db')),
        end: async () => rmSync(folder, { recursive: true }),
      }
    },
  },
  {
    name: 'PostgreSQL',
    available: postgresBinaries !== undefined,
    async start() {
      const server = await startPostgresServer()
      const url = await server.createDatabase()
      return { open: () => openPostgresStore(url), end: () => server.end() }
    },
  },
]

const accessKey = (id: string, secret: string) =>
  ({
    id,
    account: '111122223333',
    userId: null,
    secret,
    status: 'Active',
    createdAt: 1,
    lastUsedAt: null,
    lastUsedService: null,
    lastUsedRegion: null,
  }) as const

describe.each(engines.filter(({ available }) => available))('another data key on $name', ({ start }) => {
  const opened: Awaited<ReturnType<(typeof engines)[number]['start']>>[] = []
  const stores: Store[] = []
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
    for (const engine of opened.splice(0)) await engine.end()
  })
  const engine = async () => {
    const made = await start()
    opened.push(made)
    return made
  }
  const node = async ({ open }: Awaited<ReturnType<typeof engine>>): Promise<{ store: Store; secrets: OpenedSecrets }> => {
    const store = await open()
    stores.push(store)
    return { store, secrets: await openSecrets(store, masterKey) }
  }
  const renew = async ({ store, secrets }: { store: Store; secrets: OpenedSecrets }, now = 10) => {
    const id = await secrets.addDataKey(now)
    await secrets.sealWithNext(now)
    await resealStore(store, secrets, pause)
    return id
  }
  const secretOf = async (store: Store, id: string) =>
    (await store.read(tx => tx.selectFrom('accessKeys').select('secret').where('id', '=', id).executeTakeFirstOrThrow())).secret

  test('seals what is new and what was there, and the first opens nothing once it is retired', async () => {
    const { store, secrets } = await node(await engine())
    const many = Array.from({ length: 450 }, (_, number) =>
      accessKey(`AKIA${number}`, secrets.encrypt(`secret ${number}`, `AKIA${number}`)),
    )
    await store.write(tx => tx.insertInto('accessKeys').values(many).execute())
    const outside = secrets.encrypt('outside', 'a')
    const id = await renew({ store, secrets })
    expect(secrets.encrypt('new', 'a')).toMatch(new RegExp(`^v2\\.${id}\\.[\\w-]+$`))
    for (const { id: key } of [many[0], many[449]] as typeof many) {
      const envelope = await secretOf(store, key)
      expect(envelope.split('.')[1]).toBe(id)
      expect(secrets.decrypt(envelope, key).toString()).toBe(`secret ${key.slice(4)}`)
    }
    expect(await resealStore(store, secrets, pause)).toEqual({ values: 0, unreadable: 0 })
    expect(secrets.decrypt(outside, 'a').toString()).toBe('outside')
    await expect(secrets.retireDataKey('first', 11)).rejects.toThrow('something is still sealed under the data key first')
    await secrets.noteResealed('first', 11)
    await secrets.retireDataKey('first', 12)
    expect(() => secrets.decrypt(outside, 'a')).toThrow('no data key first')
    const again = await openSecrets(store, masterKey)
    expect(again.dataKeys()).toEqual([{ id, madeAt: 10, stage: 'sealing', since: 10 }])
    expect(again.decrypt(await secretOf(store, 'AKIA7'), 'AKIA7').toString()).toBe('secret 7')
  })

  test('what was altered stays as it is and does not stop the rest', async () => {
    const { store, secrets } = await node(await engine())
    const moved = secrets.encrypt('x', 'AKIA2')
    await store.write(tx =>
      tx
        .insertInto('accessKeys')
        .values([accessKey('AKIA1', moved), accessKey('AKIA2', secrets.encrypt('y', 'AKIA2'))])
        .execute(),
    )
    await secrets.addDataKey(1)
    await secrets.sealWithNext(1)
    expect(await resealStore(store, secrets, pause)).toEqual({ values: 1, unreadable: 1 })
    expect(await secretOf(store, 'AKIA1')).toBe(moved)
  })

  test('sessions live on under the former key until they are over, and end with it where it is retired before', async () => {
    const { store, secrets } = await node(await engine())
    await store.write(tx =>
      tx.insertInto('accounts').values({ id: '111122223333', alias: null, rootEmail: 'a@example.com', createdAt: 1 }).execute(),
    )
    const sessions = createSessions(secrets)
    const directory = createCredentialDirectory(store, secrets, sessions)
    const facts = { kind: 'root', account: '111122223333', issuedAt: 1, expiresAt: 1_000_000 } as const
    const before = sessions.issue(facts, random)
    await renew({ store, secrets })
    const after = sessions.issue(facts, random)
    const known = ({ accessKeyId, sessionToken }: typeof before) => directory.find(accessKeyId, sessionToken, 5)
    for (const session of [before, after]) expect((await known(session)).secretAccessKey).toBe(session.secretAccessKey)
    await secrets.noteResealed('first', 20)
    await retireOldDataKeys(secrets, 10 + 36 * 3_600_000)
    expect(secrets.dataKeys()).toHaveLength(2)
    await retireOldDataKeys(secrets, 11 + 36 * 3_600_000)
    expect(secrets.dataKeys()).toHaveLength(1)
    await expect(known(before), 'although it was in memory').rejects.toThrow()
    expect((await known(after)).secretAccessKey).toBe(after.secretAccessKey)
  })

  test('is made one at a time, and under one master key', async () => {
    const { secrets } = await node(await engine())
    await secrets.addDataKey(1)
    await expect(secrets.addDataKey(2)).rejects.toThrow('a new data key is on its way already')
    await secrets.sealWithNext(3)
    await expect(secrets.addDataKey(4)).rejects.toThrow('a new data key is on its way already')
    await secrets.noteResealed('first', 5)
    const other = await secrets.addMasterKey(Buffer.alloc(32, 5), 6)
    await expect(secrets.addDataKey(7)).rejects.toThrow('more than one master key opens the data')
    await secrets.retireMasterKey(other, 8)
    await secrets.addDataKey(9)
    expect(secrets.dataKeys().map(({ stage }) => stage)).toEqual(['former', 'sealing', 'next'])
  })

  test('a master key that is replaced opens every data key', async () => {
    const { store, secrets } = await node(await engine())
    const former = secrets.encrypt('former', 'a')
    await renew({ store, secrets })
    const present = secrets.encrypt('present', 'a')
    const next = Buffer.alloc(32, 6)
    await secrets.replaceMasterKey(next, () => {}, 20)
    const again = await openSecrets(store, next)
    expect([former, present].map(envelope => again.decrypt(envelope, 'a').toString())).toEqual(['former', 'present'])
    await expect(openSecrets(store, masterKey)).rejects.toThrow('does not open')
  })

  test('what a start leaves behind at any step, the next one goes on with', async () => {
    const place = await engine()
    for (const step of ['made', 'seals', 'sealed anew'] as const) {
      const { store, secrets } = await node(place)
      await store.write(tx =>
        tx
          .insertInto('accessKeys')
          .values(accessKey(`AKIA${step}`, secrets.encrypt(step, `AKIA${step}`)))
          .execute(),
      )
      await secrets.addDataKey(1)
      if (step !== 'made') await secrets.sealWithNext(2)
      if (step === 'sealed anew') await resealStore(store, secrets, pause)
      await stores.pop()?.close()
      const next = await node(place)
      const renewal = startDataKeyRenewal({ ...next, settleMilliseconds: 50, now: () => 3, log })
      await expect
        .poll(() => next.secrets.dataKeys().every(({ stage, resealed }) => stage === 'sealing' || resealed), { timeout: 15_000 })
        .toBe(true)
      await renewal.stop()
      const [sealing] = next.secrets.dataKeyIds()
      expect((await secretOf(next.store, `AKIA${step}`)).split('.')[1]).toBe(sealing)
      await stores.pop()?.close()
    }
  }, 60_000)
})

describe.skipIf(postgresBinaries === undefined)('nodes that share a database', () => {
  test('each opens at once what another seals under a new data key, and none forgets a key before it may', async () => {
    const server = await startPostgresServer()
    const url = await server.createDatabase()
    const one = await openPostgresStore(url)
    const other = await openPostgresStore(url)
    const here = await openSecrets(one, masterKey)
    const there = await openSecrets(other, masterKey)
    const id = await here.addDataKey(1)
    await expect.poll(() => there.dataKeyIds(), { timeout: 1_000, interval: 10 }).toContain(id)
    expect(there.encrypt('x', 'a')).toMatch(/^v1\./)
    await here.sealWithNext(2)
    expect(there.decrypt(here.encrypt('sealed here', 'a'), 'a').toString()).toBe('sealed here')
    await expect.poll(() => there.dataKeyIds()[0], { timeout: 1_000, interval: 10 }).toBe(id)
    await one.close()
    await other.close()
    await server.end()
  }, 60_000)

  test('one of a version that knows one data key alone keeps others from making another', async () => {
    const server = await startPostgresServer()
    const url = await server.createDatabase()
    const store = await openPostgresStore(url)
    const older = new Client({ connectionString: url, application_name: 'gatehouse' })
    await older.connect()
    await expect(refuseOlderNodes(store)).rejects.toThrow('a node of an earlier version is connected')
    await older.end()
    await expect.poll(() => store.olderConnections()).toBe(0)
    await refuseOlderNodes(store)
    await store.close()
    await server.end()
  }, 60_000)
})
