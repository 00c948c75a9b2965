import { createEnrichingStores } from '../../src/audit/enriched-events.ts'
import { createAuthorizer } from '../../src/identity/authorizer.ts'
import { createCredentialDirectory } from '../../src/identity/credentials.ts'
import { createLastUses, keepUses } from '../../src/identity/last-uses.ts'
import { createSessions } from '../../src/identity/sessions.ts'
import { createFirstAccount } from '../../src/server/first-account.ts'
import { createPipeline, type Pipeline } from '../../src/server/pipeline.ts'
import { createRegistry } from '../../src/server/registry.ts'
import type { World } from '../../src/services/world.ts'
import { openPastStates, openSecrets, type Store } from '../../src/store/index.ts'
import { signHeaders } from '../../src/wire/sigv4/sign.ts'

const account = '111122223333'
const host = 'localhost:4443'
const body = 'Action=GetCallerIdentity&Version=2011-06-15'

/** A pipeline that answers GetCallerIdentity, and the head and body of a call of its first user. */
export interface CallsHouse {
  readonly send: Pipeline
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

/** @param recording  without it calls are answered as ever, and the record of each is made, but not written */
export async function openCallsHouse(opened: Store, recording: boolean): Promise<CallsHouse> {
  const store: Store = recording ? opened : { ...opened, appendTogether: async () => {} }
  const now = Date.now
  const secrets = await openSecrets(store, Buffer.alloc(32, 7))
  const random = { bytes: (size: number) => crypto.getRandomValues(new Uint8Array(size)), uuid: () => crypto.randomUUID() }
  const sessions = createSessions(secrets)
  const authorizer = createAuthorizer(store)
  const first = await createFirstAccount(store, secrets, { account } as Parameters<typeof createFirstAccount>[2], random, now())
  // GetCallerIdentity asks for no other part of the world.
  const world = { store, secrets, random, sessions, authorizer, settings: { region: 'us-east-1', account } } as unknown as World
  const silent = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} }
  const send = createPipeline({
    world,
    propagated: store,
    past: openPastStates(store, now),
    registry: createRegistry(),
    credentials: createCredentialDirectory(store, secrets, sessions),
    authorizer,
    lastUses: createLastUses(keepUses(store)),
    enrichingStores: createEnrichingStores(store),
    now,
    log: silent,
  })
  const plain = { host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
  const request = { method: 'POST', path: '/', query: '', headers: plain, body }
  return { send, headers: signHeaders(request, first, { region: 'us-east-1', service: 'sts' }, now()), body }
}
