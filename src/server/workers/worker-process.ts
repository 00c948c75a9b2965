import { randomBytes, randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { createEnrichingStores } from '../../audit/enriched-events.ts'
import { createAuthorizer } from '../../identity/authorizer.ts'
import { createCredentialDirectory } from '../../identity/credentials.ts'
import { createLastUses } from '../../identity/last-uses.ts'
import { createSessions } from '../../identity/sessions.ts'
import { openIssuerKeys } from '../../kubernetes/issuer/keys.ts'
import type { World } from '../../services/world.ts'
import {
  type Change,
  type CompanionStore,
  openCompanionStore,
  openPastStates,
  type DataKeys,
  secretsUnder,
  withoutGone,
} from '../../store/index.ts'
import { noteLastUses } from '../last-uses.ts'
import type { RequestHandler } from '../listeners/exchange.ts'
import { createServers, type Servers, serveConnection } from '../listeners/listeners.ts'
import { createLoadShedding } from '../load-shedding.ts'
import { createLog } from '../log.ts'
import { callObserver, type CallObserver, type FinishedCall } from '../observation/call-observer.ts'
import { createPipeline } from '../pipeline.ts'
import { networksOf } from '../public-address.ts'
import { createRegistry } from '../registry.ts'
import { routing, worldSettings } from '../composition.ts'
import { createUpstreams } from '../upstreams/upstreams.ts'
import { issuersOnNetwork, webIdentityKeys } from '../web-identity-keys.ts'
import { toFirstProcess } from './first-process.ts'
import type { FromWorker, ToWorker, WorkerTask } from './messages.ts'
import { servedByWorkers } from './served-by-workers.ts'

/**
 * A world without some of its parts: an operation that asks for one is none that a worker may answer, and fails instead of going on without.
 * @param parts    all others
 * @param missing  those that are in the first process alone
 */
function worldWithout<Missing extends keyof World>(parts: Omit<World, Missing>, missing: readonly Missing[]): World {
  const refusing = missing.map(part => [
    part,
    {
      enumerable: true,
      get: () => {
        throw new Error(`${part} is in the first process alone`)
      },
    },
  ])
  return Object.defineProperties(parts, Object.fromEntries(refusing)) as World
}

/** A worker at work. */
interface Work {
  readonly store: CompanionStore
  readonly servers: Servers
  take(dataKeys: DataKeys): void
  tell(changes: readonly Change[]): void
  finish(): Promise<void>
}

const say = (message: FromWorker): void => void process.send?.(message)

async function begin(task: WorkerTask): Promise<Work> {
  const { configuration, endpoints } = task
  const { data } = configuration
  const now = Date.now
  const log = createLog(configuration.logLevel)
  const database = join(data, 'gatehouse.db')
  const store = openCompanionStore(database, { current: () => process.connected })
  let { dataKeys } = task
  const secrets = secretsUnder(() => dataKeys)
  const random = { bytes: randomBytes, uuid: () => randomUUID() }
  const sessions = createSessions(secrets)
  const registry = createRegistry(await createUpstreams(configuration.upstreams, configuration.upstreamSilenceSeconds, now))
  const authorizer = createAuthorizer(store)
  const lastUses = createLastUses(async uses => say({ kind: 'uses', uses }))
  const noting = noteLastUses(lastUses, log)
  const remote = issuersOnNetwork(networksOf(configuration.issuerNetworks ?? ''), now)
  const keys = webIdentityKeys(store, openIssuerKeys(store, secrets), { ownOrigin: endpoints.https, remote, now })
  // All that operations ask for which workers answer: see served-by-workers.ts. The rest is the first process'.
  const world = worldWithout(
    {
      store,
      secrets,
      random,
      sessions,
      lastUses,
      authorizer,
      webIdentityKeys: keys,
      endpoints,
      settings: worldSettings(configuration),
      now,
    },
    ['calls', 'logBuckets', 'certificates', 'objectFiles', 'queries', 'stackRuns', 'issuerProbe', 'clusters', 'notifications'],
  )
  const tellFirst = configuration.metricsPort === undefined && configuration.traceCollector === undefined ? undefined : finishedCalls()
  const observer = callObserver(log, configuration.logLevel, [tellFirst])
  const pipeline = createPipeline({
    world,
    propagated: store,
    past: openPastStates(store, now),
    registry,
    credentials: createCredentialDirectory(store, secrets, sessions),
    authorizer,
    lastUses,
    enrichingStores: createEnrichingStores(store),
    load: createLoadShedding(configuration, now, () => {}),
    now,
    log,
    ...(observer && { observer }),
  })
  const isOurs = servedByWorkers(registry, configuration)
  const handBack = toFirstProcess(task.firstProcess)
  const handler: RequestHandler = async (request, clientGone) => (isOurs(request) ? pipeline(request) : handBack(request, clientGone))
  const servers = createServers({ certificate: task.certificate, now, ...routing(registry, configuration), limits: configuration }, handler)
  return {
    store,
    servers,
    take(next) {
      dataKeys = next
    },
    tell(changes) {
      dataKeys = { ...dataKeys, keys: withoutGone(dataKeys.keys, changes) }
      store.tell(changes)
    },
    async finish() {
      clearInterval(noting)
      await Promise.all([servers.finish(), lastUses.flush()])
      await store.close()
    },
  }
}

const togetherMilliseconds = 200

/** Tells the first process of calls, which counts and traces them all: some at a time, as each message costs. */
function finishedCalls(): CallObserver {
  let calls: FinishedCall[] = []
  return {
    callFinished(call) {
      if (calls.push(call) > 1) return
      setTimeout(() => {
        say({ kind: 'finished', calls })
        calls = []
      }, togetherMilliseconds)
    },
  }
}

let work: Work | undefined

async function take(message: ToWorker, connection: Socket | undefined): Promise<void> {
  switch (message.kind) {
    case 'begin':
      work = await begin(message.task)
      say({ kind: 'serves' })
      return
    case 'connection':
      say({ kind: 'heard', id: message.id })
      // It may have gone on its way here.
      if (connection && work) serveConnection(message.secure ? work.servers.https : work.servers.http, connection)
      return
    case 'changes':
      work?.tell(message.changes)
      say({ kind: 'heard', id: message.id })
      return
    case 'certificate':
      work?.servers.replaceCertificate(message.certificate)
      return
    case 'dataKeys':
      work?.take(message.dataKeys)
      return
    case 'stop':
      await work?.finish()
      process.disconnect()
  }
}

process.on('message', (message: ToWorker, connection: Socket | undefined) => void take(message, connection))
// The first process tells when to stop; signals of a terminal or a supervisor reach all processes at once.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
// Without the first process nobody tells what changes: no answer is better than one of rights that are gone.
process.once('disconnect', () => process.exit())
