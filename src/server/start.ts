import { randomBytes, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { createEnrichingStores } from '../audit/enriched-events.ts'
import { RunningQueries } from '../audit/lake/running-queries.ts'
import { createAuthorizer } from '../identity/authorizer.ts'
import { openCertificateAuthority } from '../identity/certificate-authority.ts'
import { createCredentialDirectory } from '../identity/credentials.ts'
import { createLastUses, keepUses } from '../identity/last-uses.ts'
import { createSessions } from '../identity/sessions.ts'
import { openIssuerKeys } from '../kubernetes/issuer/keys.ts'
import { endInterruptedStacks } from '../services/cloudformation/interrupted.ts'
import { StackRuns } from '../services/cloudformation/stack-runs.ts'
import type { Endpoints, World } from '../services/world.ts'
import { delayedReads, openPastStates, openSecrets } from '../store/index.ts'
import type { Random } from '../types/random.ts'
import { startBackgroundWork } from './background-work.ts'
import { createFirstAccount } from './first-account.ts'
import { writeClientSettings } from './client-settings.ts'
import { keepRenewed } from './certificate-renewal.ts'
import { createClusters } from './clusters.ts'
import type { Configuration } from './configuration.ts'
import { consoleOf } from './console/console-of.ts'
import { createHandler } from './handler.ts'
import { endpointsOf, routing, serverNames, worldSettings } from './composition.ts'
import { issuerProbe } from './issuer-probe.ts'
import type { RequestHandler } from './listeners/exchange.ts'
import { type Listeners, listen } from './listeners/listeners.ts'
import { createLoadShedding } from './load-shedding.ts'
import { createLog } from './log.ts'
import { isInFolder, masterKeyOf } from './master-key-source.ts'
import { logBucketsOf } from './log-buckets.ts'
import { createNotifications } from './notifications.ts'
import { callObserver } from './observation/call-observer.ts'
import { createMetrics } from './observation/metrics.ts'
import { operationsOf } from './observation/operations-of.ts'
import { openTraces } from './observation/traces.ts'
import type { PipelineParts } from './call/call.ts'
import { createPipeline } from './pipeline.ts'
import { networksOf } from './public-address.ts'
import { openObjects, openStore } from './open-store.ts'
import { failUnfinished } from './record-retention.ts'
import { createRegistry } from './registry.ts'
import { keepRootUser } from './root-user.ts'
import { keepToOwner } from './folder-rights.ts'
import { withoutCoreDumps } from './core-dumps.ts'
import { version } from '../types/version.ts'
import { plant, type SoilParts } from './seeds/plant.ts'
import type { Seed } from './seeds/seed.ts'
import { callAs, serviceCalls } from './service-calls.ts'
import type { OwnerControl } from './snapshots/owner-control.ts'
import { changeState } from './snapshots/state-changes.ts'
import { createUpstreams } from './upstreams/upstreams.ts'
import { WorkerPool } from './workers/worker-pool.ts'
import { noteLastUses } from './last-uses.ts'
import { issuersOnNetwork, webIdentityKeys } from './web-identity-keys.ts'

/** A running Gatehouse. */
export interface Gatehouse {
  readonly configuration: Configuration
  readonly endpoints: Endpoints
  /** Where metrics are read, when a port for them is set. */
  readonly metricsUrl?: string
  /** Whether this start made the account. */
  readonly firstStart: boolean
  readonly administratorArn: string
  /** Makes what a seed lists, as the administrator. @throws SeedError */
  seed(content: Seed): Promise<void>
  stop(): Promise<void>
}

const systemRandom: Random = { bytes: size => randomBytes(size), uuid: () => randomUUID() }

/**
 * Composes and starts everything.
 * @param owner  what the data folder's owner may ask of it while it runs
 * @throws Error that says what to do: a port in use, a damaged database, a wrong master key
 */
export async function startGatehouse(configuration: Configuration, owner?: OwnerControl): Promise<Gatehouse> {
  const now = Date.now
  const log = createLog(configuration.logLevel)
  const { data } = configuration
  keepToOwner(data, log)
  withoutCoreDumps(log)
  const database = join(data, 'gatehouse.db')
  const masterKey = await masterKeyOf(configuration, process.env)
  const metrics = configuration.metricsPort === undefined ? undefined : createMetrics(version)
  const workers = configuration.workers > 1 ? new WorkerPool({ count: configuration.workers - 1, log }) : undefined
  const opened = await openStore(configuration, database, { now, log, companions: workers })
  const store = metrics?.timeUnits(opened) ?? opened
  let listening: Listeners | undefined
  try {
    const secrets = await openSecrets(store, masterKey, now(), problem =>
      log.error({ problem }, 'data keys that changed could not be read'),
    )
    const certificateAuthority = await openCertificateAuthority(store, secrets, systemRandom, now())
    const certificate = await certificateAuthority.serverCertificate(serverNames(configuration), now())
    const issuerKeys = openIssuerKeys(store, secrets)
    const objectFiles = await openObjects(store, data, now)
    const registry = createRegistry(await createUpstreams(configuration.upstreams, configuration.upstreamSilenceSeconds, now))
    const sessions = createSessions(secrets)
    if (!store.shared) {
      await failUnfinished(store, now())
      await endInterruptedStacks(store, secrets, systemRandom, now())
    }
    const first = await createFirstAccount(store, secrets, configuration, systemRandom, now())
    await keepRootUser(store, first.account, configuration, systemRandom, now())
    const propagation =
      configuration.propagationDelay > 0 ? delayedReads(database, store, configuration.propagationDelay * 1000, now) : undefined
    // What decides reads what has propagated; all else reads what is.
    const propagated = propagation?.store ?? store
    const credentials = createCredentialDirectory(propagated, secrets, sessions, store)
    const past = openPastStates(store, now)

    // Listeners come first, as ports may be chosen by the system and are part of what clusters and clients are told.
    let handler: RequestHandler = async () => ({
      status: 503,
      headers: { 'content-type': 'text/plain', 'retry-after': '1' },
      body: 'starting\n',
    })
    const server = {
      now,
      ...routing(registry, configuration),
      limits: configuration,
      connectionDropped: () => metrics?.connectionDropped(),
    }
    const handOn = workers && ((connection: Socket, secure: boolean) => workers.handOn(connection, secure))
    listening = await listen({ ...configuration, certificate, ...server, ...(handOn && { handOn }) }, (request, clientGone) =>
      handler(request, clientGone),
    )
    const listeners = listening
    const endpoints = endpointsOf(configuration, listeners, certificateAuthority.certificatePem)
    const issuerNetworks = networksOf(configuration.issuerNetworks ?? '')
    const remoteIssuers = issuersOnNetwork(issuerNetworks, now)
    const clusters = createClusters({
      store,
      secrets,
      random: systemRandom,
      issuerKeys,
      past,
      credentials,
      // Certificates that nobody trusts publicly are no good for them. EKS User Guide, "Grant users access to Kubernetes with an external OIDC provider".
      identityKeysOf: (issuer, keyId) => remoteIssuers.keysFor(issuer, { thumbprints: [], keyId }),
      certificateAuthority,
      endpoints: () => endpoints,
      dataFolder: data,
      controlPlaneAssets: configuration.controlPlaneAssets,
      clusterNetworks: networksOf(configuration.clusterNetworks ?? ''),
      region: configuration.region,
      podTokenSeconds: configuration.podTokenSeconds,
      clusterRecords: configuration.clusterRecords,
      now,
      log,
    })
    const deciding = createAuthorizer(propagated)
    const authorizer = metrics?.countDecisions(deciding) ?? deciding
    const lastUses = createLastUses(keepUses(store))
    const calls = serviceCalls(() => parts)
    const stackRuns = new StackRuns()
    const world: World = {
      store,
      secrets,
      random: systemRandom,
      sessions,
      lastUses,
      authorizer,
      webIdentityKeys: webIdentityKeys(store, issuerKeys, {
        ownOrigin: endpoints.https,
        remote: remoteIssuers,
        now,
      }),
      calls,
      logBuckets: logBucketsOf(configuration, calls, now),
      certificates: certificateAuthority,
      objectFiles,
      queries: new RunningQueries(),
      stackRuns,
      now,
      issuerProbe: issuerProbe({ own: endpoints, certificatePem: certificate.certificatePem, networks: issuerNetworks }),
      clusters,
      notifications: createNotifications({ random: systemRandom, now, log }),
      endpoints,
      settings: worldSettings(configuration),
    }
    const traces =
      configuration.traceCollector === undefined ? undefined : await openTraces(configuration.traceCollector, version, process.env)
    const observer = callObserver(log, configuration.logLevel, [metrics, traces])
    // Workers log for themselves.
    const countedElsewhere = callObserver(log, 'silent', [metrics, traces])
    const load = createLoadShedding(configuration, now, reason => metrics?.callShed(reason))
    metrics?.watchLoad(load.inWork)
    const parts: PipelineParts = {
      world,
      propagated,
      past,
      registry,
      credentials,
      authorizer,
      lastUses,
      enrichingStores: createEnrichingStores(store),
      now,
      log,
      load,
      ...(observer && { observer }),
    }
    const pipeline = createPipeline(parts)
    const noting = noteLastUses(lastUses, log)
    handler = createHandler({
      pipeline,
      clusters,
      store,
      issuerKeys,
      tokenIssuerOrigin: endpoints.https,
      owner,
      keyHolder: { store, secrets, data, inFolder: isInFolder(configuration, process.env), now },
      console: consoleOf(world, configuration, now),
      load,
      now,
      log,
    })
    metrics?.watchCache('credentials', () => credentials.cacheUse())
    metrics?.watchCache('policies', () => authorizer.cacheUse())
    metrics?.watchClusters(() => clusters.count())
    const operations = metrics && (await operationsOf(configuration, metrics, store))
    const certificateAuthorityFile = join(data, 'ca.pem')
    writeFileSync(certificateAuthorityFile, certificateAuthority.certificatePem)
    writeClientSettings(data, {
      endpoint: endpoints.https,
      httpEndpoint: endpoints.http,
      region: configuration.region,
      account: first.account,
      accessKeyId: first.accessKeyId,
      secretAccessKey: first.secretAccessKey,
      certificateAuthorityFile,
      ...(store.shared && { sharedStore: true }),
      ...(owner && { ownerToken: owner.token }),
    })
    // What `gatehouse reset` goes back to.
    if (first.made && !store.shared) await changeState(data, { kind: 'keep' }, now())
    const renewal = keepRenewed({
      renewAt: certificate.renewAt,
      next: () => certificateAuthority.serverCertificate(serverNames(configuration), now()),
      replace(next) {
        listeners.replaceCertificate(next)
        workers?.replaceCertificate(next)
      },
      now,
      log,
    })
    const propagating = propagation && setInterval(() => propagation.advance(), configuration.propagationDelay * 100).unref()
    const starting = clusters.startAll().catch((problem: unknown) => log.error({ problem }, 'clusters could not be started'))
    const background = startBackgroundWork({ world, secrets, now, log }, configuration)
    const keep = keepUses(store)
    if (workers) secrets.onKeys(keys => workers.replaceDataKeys(keys))
    await workers?.start({
      configuration,
      endpoints,
      dataKeys: secrets.heldKeys(),
      certificate,
      handler,
      server,
      said(message) {
        if (message.kind === 'uses')
          keep(message.uses).catch((problem: unknown) => log.error({ problem }, 'last uses could not be written'))
        if (message.kind === 'finished') for (const call of message.calls) countedElsewhere?.callFinished(call)
      },
    })

    return {
      configuration,
      endpoints,
      ...(operations && { metricsUrl: `http://${configuration.hostname}:${operations.port}/metrics` }),
      firstStart: first.made,
      administratorArn: first.administratorArn,
      async seed(content) {
        const { principal } = await credentials.find(first.accessKeyId, undefined, now())
        const call: SoilParts['call'] = asked => callAs(parts, principal, 'gatehouse seed', asked)
        await plant(content, { store, secrets, now, account: first.account, call })
      },
      async stop() {
        clearInterval(renewal)
        clearInterval(noting)
        clearInterval(propagating)
        await workers?.stop()
        await Promise.all([listeners.close(), operations?.close()])
        await starting
        await clusters.stopAll()
        await background.stop()
        await lastUses.flush()
        await traces?.close()
        propagation?.close()
        await store.close()
      },
    }
  } catch (problem) {
    await workers?.stop()
    await listening?.close()
    await store.close()
    throw problem
  }
}
