import { eventIdAt } from '../audit/event-id.ts'
import { appendRecord } from '../audit/records.ts'
import { livingInstance } from '../identity/instances.ts'
import { createGrantDirectory } from '../kubernetes/access-review/access-grants.ts'
import { reviewAccess } from '../kubernetes/access-review/access-review.ts'
import type { ClusterKind, Clusters } from '../kubernetes/clusters.ts'
import { createMappingDirectory } from '../kubernetes/token-review/cluster-mappings.ts'
import { identityProvidersOf } from '../kubernetes/token-review/identity-providers.ts'
import type { ClusterMappings } from '../kubernetes/token-review/mapping.ts'
import { reviewToken } from '../kubernetes/token-review/token-review.ts'
import { type ClusterDecision, decisionRecord, isIamUser, refusalOf, type TellDecision } from '../kubernetes/decision-records.ts'
import { badRequest, type WebhookAnswer, type WebhookName } from '../kubernetes/webhook.ts'
import { recordChange } from '../store/index.ts'
import type { ClustersTable } from '../store/tables/eks.ts'
import { sameSecret } from '../types/same-secret.ts'
import type { Configuration } from './configuration.ts'
import { startControlPlaneCluster } from './control-plane-cluster.ts'
import { startEmbeddedCluster } from './embedded-cluster.ts'
import { startAttachedCluster } from './attached-cluster.ts'
import { mutatePodReview } from './pod-admission.ts'
import { pinnedAddressOf } from './public-address.ts'
import { presignedVerifier } from './presigned-identity.ts'
import { createWebhookClusters, webhookTokenOf } from './webhook-clusters.ts'
import type { Reviewer, RunningCluster, ClusterToStart, ClusterParts } from './running-cluster.ts'

/** Clusters as the server runs them. */
export interface ClusterRuntime extends Clusters {
  /** Runs every cluster that the store has. */
  startAll(): Promise<void>
  /** How many run now. */
  count(): number
  stopAll(): Promise<void>
  running(clusterId: string): RunningCluster | undefined
  /** Answers a webhook call of a cluster. @param bearer  the token that it came with */
  webhook(clusterId: string, name: WebhookName, bearer: string | undefined, body: Uint8Array): Promise<WebhookAnswer>
}

/** Reviews of access that came by no IAM principal are the cluster's own business, and many: RBAC decides them. */
const isRecorded = (decision: ClusterDecision, wanted: Configuration['clusterRecords']): boolean =>
  wanted === 'all'
    ? decision.webhook !== 'access-review' || isIamUser(decision.user)
    : wanted === 'refusals' && refusalOf(decision) !== undefined

/** The one implementation of clusters. */
export function createClusters(parts: ClusterParts): ClusterRuntime {
  const { store, secrets, random, issuerKeys, log, now } = parts
  const running = new Map<string, RunningCluster>()
  const starting = new Map<string, Promise<void>>()
  // One for each cluster's life: mappings remember aws-auth as they last parsed it, and tell of its problems once.
  const mappingsOf = new Map<string, ClusterMappings>()
  const awsAuthEdits = new Map<string, Promise<void>>()
  const directory = createGrantDirectory(store)
  const verifyPresigned = presignedVerifier(parts.credentials)
  const defaultKind: ClusterKind = parts.controlPlaneAssets === undefined ? 'embedded' : 'controlPlane'

  const rowOf = (id: string) => store.read(tx => tx.selectFrom('clusters').selectAll().where('id', '=', id).executeTakeFirst())
  const webhookClusters = createWebhookClusters(store, secrets)
  const findMappings = createMappingDirectory(store)

  function mappingsFor({ id, name }: ClustersTable): ClusterMappings {
    const known = mappingsOf.get(id)
    if (known) return known
    const mappings = findMappings({
      id,
      awsAuthData: async () => running.get(id)?.awsAuthData(),
      onProblems: problems => log.warn({ cluster: name, problems }, 'aws-auth has entries that cannot be used'),
    })
    mappingsOf.set(id, mappings)
    return mappings
  }

  /** Nodes join by what EC2 knows of them, as aws-iam-authenticator asks DescribeInstances. */
  async function privateDnsName(instanceId: string, account: string): Promise<string | undefined> {
    const instance = await store.read(tx => livingInstance(tx, instanceId))
    return instance?.account === account ? instance.privateDnsName : undefined
  }

  function reviewerOf(row: ClustersTable): Reviewer {
    const { https, http } = parts.endpoints()
    const cluster = { id: row.id, name: row.name, mappings: mappingsFor(row) }
    const identityProviders = { all: () => identityProvidersOf(store, row.id), keysOf: parts.identityKeysOf }
    return { authentication: () => ({ cluster, origins: [https, http], verifyPresigned, identityProviders, privateDnsName, now: now() }) }
  }

  async function start(id: string): Promise<void> {
    const row = await rowOf(id)
    if (!row || row.status === 'DELETING') return
    if (row.kind === 'attached') return startAttached(row)
    try {
      await issuerKeys.create(id, now())
      const toStart: ClusterToStart = {
        row,
        webhookToken: webhookTokenOf(secrets, row),
        parts,
        reviewer: () => reviewerOf(row),
        directory,
        tell: decision => recordDecision(row, decision),
      }
      const cluster = await (row.kind === 'controlPlane' ? startControlPlaneCluster(toStart) : startEmbeddedCluster(toStart))
      running.set(id, cluster)
      await setStatus(row, 'ACTIVE', cluster)
    } catch (problem) {
      log.error({ cluster: row.name, problem }, 'a cluster could not be started')
      await setStatus(row, 'FAILED', undefined)
    }
  }

  /** It runs without us: it is ACTIVE from when we are told where it is, whether it can be reached now or not. */
  async function startAttached(row: ClustersTable): Promise<void> {
    const attachment = await store.read(tx =>
      tx.selectFrom('attachedClusters').selectAll().where('clusterId', '=', row.id).executeTakeFirst(),
    )
    if (!attachment) return
    const cluster = startAttachedCluster(row, attachment, parts)
    running.set(row.id, cluster)
    await setStatus(row, 'ACTIVE', cluster)
  }

  async function setStatus(
    { id, account }: ClustersTable,
    status: ClustersTable['status'],
    cluster: RunningCluster | undefined,
  ): Promise<void> {
    await store.write(async tx => {
      const places = cluster && { endpoint: cluster.endpoint, certificateAuthority: cluster.certificateAuthorityPem }
      await tx
        .updateTable('clusters')
        .set({ status, ...places })
        .where('id', '=', id)
        .execute()
      await recordChange(tx, { account, kind: 'cluster', id, at: now() })
    })
  }

  async function recordDecision(cluster: ClustersTable, decision: ClusterDecision): Promise<void> {
    if (!isRecorded(decision, parts.clusterRecords)) return
    const facts = { cluster, eventId: eventIdAt(now(), random.uuid()), requestId: random.uuid(), at: now() }
    await appendRecord(store, decisionRecord(decision, facts))
  }

  function startOnce(id: string): Promise<void> {
    const known = starting.get(id)
    if (known) return known
    const begun = start(id).finally(() => starting.delete(id))
    starting.set(id, begun)
    return begun
  }

  function requireRunning(id: string): RunningCluster {
    const cluster = running.get(id)
    if (!cluster) throw new Error(`cluster ${id} is not running`)
    return cluster
  }

  async function stop(id: string): Promise<void> {
    await starting.get(id)
    const cluster = running.get(id)
    running.delete(id)
    mappingsOf.delete(id)
    awsAuthEdits.delete(id)
    await cluster?.stop()
  }

  /** Starts and stops here what other nodes made and deleted. */
  async function follow(id: string): Promise<void> {
    const row = await rowOf(id)
    if (!row || row.status === 'DELETING') return stop(id)
    if (!running.has(id)) await startOnce(id)
  }

  if (store.shared)
    store.onChange(changes => {
      for (const { kind, id } of changes)
        if (kind === 'cluster')
          follow(id).catch((problem: unknown) => log.error({ cluster: id, problem }, 'a cluster could not be followed'))
    })

  return {
    defaultKind,
    start: startOnce,
    stop,
    running: id => running.get(id),

    async holds(id, { namespace, serviceAccount, pod }) {
      const cluster = running.get(id)
      if (!cluster) return false
      const uidOf = (object: { readonly [key: string]: unknown } | undefined) => (object?.['metadata'] as { uid?: string } | undefined)?.uid
      if (uidOf(await cluster.serviceAccount(namespace, serviceAccount.name)) !== serviceAccount.uid) return false
      return !pod || uidOf(await cluster.pod(namespace, pod.name)) === pod.uid
    },

    awsAuth: async id => requireRunning(id).awsAuthData(),
    editAwsAuth(id, edit) {
      // One after the other, as they were asked for: what comes and goes at once must not be put in after it was taken out.
      const before = awsAuthEdits.get(id) ?? Promise.resolve()
      const edited = before.catch(() => undefined).then(() => requireRunning(id).editAwsAuth(edit))
      awsAuthEdits.set(id, edited)
      return edited
    },

    readAs: async (id, path, bearer) => requireRunning(id).readAs(path, bearer),

    async mayBeAttached(endpoint) {
      return (await pinnedAddressOf(new URL(endpoint).hostname, parts.clusterNetworks)) !== undefined
    },

    async rotateIssuerKey(id, options) {
      const keyId = await issuerKeys.rotate(id, now(), options)
      await running.get(id)?.renewIssuerKeys?.()
      return keyId
    },

    count: () => running.size,
    async startAll() {
      const rows = await store.read(tx => tx.selectFrom('clusters').select('id').execute())
      await Promise.all(rows.map(({ id }) => startOnce(id)))
    },

    async stopAll() {
      await Promise.all([...running.keys(), ...starting.keys()].map(stop))
    },

    async webhook(id, name, bearer, body) {
      const cluster = await webhookClusters.find(id)
      if (!cluster || bearer === undefined || !sameSecret(bearer, cluster.webhookToken)) {
        const reason = cluster ? 'the bearer token is not that of the cluster' : 'there is no such cluster'
        // Whoever reaches us can make as many of these lines as they like: not a warning.
        log.info({ cluster: cluster?.row.name ?? id, webhook: name, reason }, 'webhook call refused')
        return { status: 401, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Unauthorized', code: 401 } }
      }
      const { row } = cluster
      const tell: TellDecision = decision => recordDecision(row, decision)
      switch (name) {
        case 'token-review':
          return reviewToken(body, reviewerOf(row).authentication(), log, tell)
        case 'access-review':
          return reviewAccess(body, { cluster: row, directory, tell }, log)
        case 'pod-identity': {
          const objects = running.get(id)
          return objects ? mutatePodReview(body, row, objects, parts, tell) : badRequest('the cluster is not running')
        }
      }
    },
  }
}
