import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthorizer } from '../../src/identity/authorizer.ts'
import { createCredentialDirectory } from '../../src/identity/credentials.ts'
import { createLastUses, keepUses } from '../../src/identity/last-uses.ts'
import { createSessions } from '../../src/identity/sessions.ts'
import { createFirstAccount } from '../../src/server/first-account.ts'
import { createPipeline, type Pipeline } from '../../src/server/pipeline.ts'
import { createRegistry } from '../../src/server/registry.ts'
import type { World } from '../../src/services/world.ts'
import { openPastStates, openSecrets, openSqliteStore, type Store } from '../../src/store/index.ts'
import type { WireRequest } from '../../src/wire/message.ts'
import { signHeaders } from '../../src/wire/sigv4/sign.ts'

const account = '111122223333'
const callers = 64
const seconds = 3
const rounds = 3

/**
 * Signed GetCallerIdentity through the whole pipeline, without sockets, with and without the writing of records: everything else,
 * the making of the record among it, is the same. In turns, and the best of each, because machines are shared.
 */
export async function recordingOverhead(): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-overhead-'))
  const store = await openSqliteStore(join(folder, 'gatehouse.db'))
  const withRecords = await house(store)
  const without = await house({ ...store, appendTogether: async () => {} })
  const figures = { with: 0, without: 0 }
  for (let round = 0; round < rounds; round++) {
    figures.without = Math.max(figures.without, await callsPerSecond(without))
    figures.with = Math.max(figures.with, await callsPerSecond(withRecords))
  }
  await store.close()
  rmSync(folder, { recursive: true, force: true })
  return {
    callsPerSecondWithRecords: figures.with,
    callsPerSecondWithout: figures.without,
    overheadPercent: Number((100 * (1 - figures.with / figures.without)).toFixed(1)),
  }
}

interface House {
  readonly send: Pipeline
  readonly request: WireRequest
}

async function house(store: Store): Promise<House> {
  const now = Date.now
  const secrets = await openSecrets(store, Buffer.alloc(32, 7))
  const random = { bytes: (size: number) => crypto.getRandomValues(new Uint8Array(size)), uuid: () => crypto.randomUUID() }
  const sessions = createSessions(secrets)
  const authorizer = createAuthorizer(store)
  const first = await createFirstAccount(store, secrets, { account } as Parameters<typeof createFirstAccount>[2], random, now())
  // GetCallerIdentity asks for no other part of the world.
  const world = { store, secrets, random, sessions, authorizer, settings: { region: 'us-east-1', account } } as unknown as World
  const silent = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} }
  const credentials = createCredentialDirectory(store, secrets, sessions)
  const lastUses = createLastUses(keepUses(store))
  const registry = createRegistry()
  const send = createPipeline({
    world,
    propagated: store,
    past: openPastStates(store, now),
    registry,
    credentials,
    authorizer,
    lastUses,
    now,
    log: silent,
  })
  const body = Buffer.from('Action=GetCallerIdentity&Version=2011-06-15')
  const plain = { host: 'localhost:4443', 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
  const headers = signHeaders(
    { method: 'POST', path: '/', query: '', headers: plain, body },
    first,
    { region: 'us-east-1', service: 'sts' },
    now(),
  )
  const request = {
    method: 'POST',
    path: '/',
    query: '',
    headers,
    rawHeaders: Object.entries(headers),
    body,
    secure: true,
    remoteAddress: '127.0.0.1',
    receivedAt: now(),
  }
  return { send, request }
}

async function callsPerSecond({ send, request }: House): Promise<number> {
  let done = 0
  const startedAt = performance.now()
  const endsAt = startedAt + seconds * 1000
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < endsAt) {
        const { status } = await send(request)
        if (status !== 200) throw new Error(`answered ${status}: a figure must not come from refusals`)
        done++
      }
    }),
  )
  return Math.round(done / ((performance.now() - startedAt) / 1000))
}
