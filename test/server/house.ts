import { openServicesStore } from '../store/services-store.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEnrichingStores } from '../../src/audit/enriched-events.ts'
import { RunningQueries } from '../../src/audit/lake/running-queries.ts'
import { createAuthorizer } from '../../src/identity/authorizer.ts'
import { createCredentialDirectory } from '../../src/identity/credentials.ts'
import { createLastUses, keepUses } from '../../src/identity/last-uses.ts'
import { createSessions } from '../../src/identity/sessions.ts'
import { WebIdentityError } from '../../src/identity/web-identity.ts'
import { createFirstAccount } from '../../src/server/first-account.ts'
import type { LoadShedding } from '../../src/server/load-shedding.ts'
import type { PipelineParts } from '../../src/server/call/call.ts'
import { createPipeline, type Pipeline } from '../../src/server/pipeline.ts'
import { createRegistry } from '../../src/server/registry.ts'
import { serviceCalls } from '../../src/server/service-calls.ts'
import { StackRuns } from '../../src/services/cloudformation/stack-runs.ts'
import type { World } from '../../src/services/world.ts'
import { openObjectFiles, openPastStates, openSecrets } from '../../src/store/index.ts'
import type { WireRequest } from '../../src/wire/message.ts'
import { sha256Hex } from '../../src/wire/sigv4/payload-hash.ts'
import { type SigningCredentials, type SigningScope, signHeaders } from '../../src/wire/sigv4/sign.ts'
import { memoryBuckets } from '../services/cloudtrail/memory-buckets.ts'
import { seededRandom } from '../services/call.ts'

/** The real pipeline over a store of its own, without sockets. */
export interface PipelineHouse {
  readonly world: World
  readonly send: Pipeline
  readonly credentials: SigningCredentials
  readonly now: number
  /** Where its files are. */
  readonly folder: string
  /** What the pipeline logged as its own failures since the last look. */
  failures(): readonly unknown[]
  close(): Promise<void>
}

/**
 * Opens a house whose clusters do not run: what calls ask of them is answered as for clusters that are not there.
 * @param clock  what time it is for calls; the house's own hour when left out
 * @param load   what bounds the calls; nothing when left out
 * @param region what region the house is
 */
export async function openPipelineHouse(clock?: () => number, load?: LoadShedding, region = 'us-east-1'): Promise<PipelineHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-pipeline-'))
  const now = Date.UTC(2026, 0, 15, 12, 0, 0)
  const store = await openServicesStore(join(folder, 'gatehouse.db'))
  const secrets = await openSecrets(store, Buffer.alloc(32, 7))
  const random = seededRandom()
  const sessions = createSessions(secrets)
  const authorizer = createAuthorizer(store)
  const account = '123456789012'
  const first = await createFirstAccount(store, secrets, { account } as Parameters<typeof createFirstAccount>[2], random, now)
  const failures: unknown[] = []
  const log = { error: (facts: object) => void failures.push(facts), warn: () => {}, info: () => {}, debug: () => {} }
  const lastUses = createLastUses(keepUses(store))
  const world = {
    store,
    secrets,
    random,
    sessions,
    lastUses,
    authorizer,
    webIdentityKeys: {
      keysFor: async () => {
        throw new WebIdentityError('unreachable', "Couldn't retrieve verification key from your identity provider.")
      },
    },
    calls: serviceCalls(() => parts),
    logBuckets: memoryBuckets(),
    queries: new RunningQueries(),
    stackRuns: new StackRuns(),
    now: clock ?? (() => now),
    objectFiles: await openObjectFiles(join(folder, 'objects')),
    issuerProbe: { thumbprintOf: async () => '9e99a48a9960b14926bb7f3b02e22da2b0ab7280' },
    clusters: {
      defaultKind: 'embedded',
      start: async () => {},
      stop: async () => {},
      holds: async () => false,
      rotateIssuerKey: async () => 'key',
    },
    endpoints: { https: 'https://localhost:4443', http: 'http://localhost:4080', certificateAuthorityPem: '' },
    settings: { region, account },
  } as unknown as World
  const credentials = createCredentialDirectory(store, secrets, sessions)
  const parts: PipelineParts = {
    propagated: store,
    past: openPastStates(store, Date.now),
    world,
    registry: createRegistry(),
    credentials,
    authorizer,
    lastUses,
    enrichingStores: createEnrichingStores(store),
    now: clock ?? (() => now),
    log,
    ...(load && { load }),
  }
  return {
    world,
    send: createPipeline(parts),
    credentials: { accessKeyId: first.accessKeyId, secretAccessKey: first.secretAccessKey },
    now,
    folder,
    failures: () => failures.splice(0),
    async close() {
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What a test says of a request; the rest is as a client would send it. */
export interface Draft {
  readonly method?: string
  readonly path?: string
  readonly query?: string
  readonly headers?: { readonly [name: string]: string }
  readonly body?: Uint8Array | string
}

/** A request as the listener hands it on. */
export function wireRequest({ method = 'POST', path = '/', query = '', headers = {}, body = '' }: Draft, now: number): WireRequest {
  const all = Object.assign(Object.create(null), { host: 'localhost:4443', ...headers }) as { [name: string]: string }
  return {
    method,
    path,
    query,
    headers: all,
    rawHeaders: Object.entries(all),
    body: typeof body === 'string' ? Buffer.from(body) : body,
    secure: true,
    remoteAddress: '203.0.113.7',
    receivedAt: now,
  }
}

/** The same, signed as a client would. */
export function signedRequest(
  draft: Draft,
  { credentials, now }: Pick<PipelineHouse, 'credentials' | 'now'>,
  scope: SigningScope,
): WireRequest {
  const plain = wireRequest(draft, now)
  const headers = { ...(scope.service === 's3' && { 'x-amz-content-sha256': sha256Hex(plain.body) }), ...plain.headers }
  return wireRequest({ ...draft, headers: signHeaders({ ...plain, headers }, credentials, scope, now) }, now)
}
