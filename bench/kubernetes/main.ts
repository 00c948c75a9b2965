// node bench/kubernetes/main.ts: what clusters and their pods ask of Gatehouse: pods' credentials, token and access reviews, pod mutation.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openIssuerKeys } from '../../src/kubernetes/issuer/keys.ts'
import { mintServiceAccountToken } from '../../src/kubernetes/issuer/service-account-token.ts'
import { openSecrets, openSqliteStore, readMasterKey } from '../../src/store/index.ts'
import { presignQuery } from '../../src/wire/sigv4/sign.ts'
import { syncLatencies } from '../disk.ts'
import { median, percentile, rounded } from '../figures.ts'
import { type Client, clientOf, portOf, queryRequest, restRequest, startBare, startGatehouse, stopGatehouse } from '../server/gatehouse.ts'
import { answersPerSecond, answerTo, latenciesAtRate, type Target } from '../server/load.ts'

const connections = 32
const seconds = 4
const reviewsPerSecond = 500
/** Of each, in turns: a disk that stands still for ten milliseconds has five in two thousand wait, and is seldom the one that is measured. */
const rounds = 5
const clusterName = 'bench'
const data = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))

const trusting = (service: string, actions: readonly string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: actions }] })

/** A cluster of the embedded kind, and a role for the pods of one of its service accounts. @returns its issuer */
async function makeCluster(client: Client): Promise<string> {
  const port = portOf(client)
  const role = (name: string) => `arn:aws:iam::${client.account}:role/${name}`
  const iam = (action: string, input: { readonly [name: string]: string }) => answerTo(port, queryRequest(client, 'iam', action, input))
  const eks = async (method: string, path: string, input?: object) =>
    JSON.parse(await answerTo(port, restRequest(client, { service: 'eks', method, path, ...(input && { body: JSON.stringify(input) }) })))
  await iam('CreateRole', { RoleName: 'cluster', AssumeRolePolicyDocument: trusting('eks.amazonaws.com', ['sts:AssumeRole']) })
  const podTrust = trusting('pods.eks.amazonaws.com', ['sts:AssumeRole', 'sts:TagSession'])
  await iam('CreateRole', { RoleName: 'pods', AssumeRolePolicyDocument: podTrust })
  const resourcesVpcConfig = { subnetIds: ['subnet-1', 'subnet-2'] }
  await eks('POST', '/clusters', { name: clusterName, roleArn: role('cluster'), resourcesVpcConfig })
  await eks('POST', `/clusters/${clusterName}/pod-identity-associations`, {
    namespace: 'shop',
    serviceAccount: 'checkout',
    roleArn: role('pods'),
  })
  for (let attempt = 0; attempt < 100; attempt++) {
    const { cluster } = await eks('GET', `/clusters/${clusterName}`)
    if (cluster.status === 'ACTIVE') return cluster.identity.oidc.issuer as string
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('the cluster did not become active within ten seconds')
}

/** What only the stopped Gatehouse's own data tells: the token of the cluster's webhooks, and one of a pod. */
async function secretsOf(
  issuer: string,
): Promise<{ readonly clusterId: string; readonly webhookToken: string; readonly podToken: string }> {
  const clusterId = issuer.slice(issuer.lastIndexOf('/') + 1)
  const database = join(data, 'gatehouse.db')
  const store = await openSqliteStore(database)
  const secrets = await openSecrets(store, readMasterKey(join(data, 'master.key'), undefined, database))
  const row = await store.read(tx => tx.selectFrom('clusters').select('webhookToken').where('id', '=', clusterId).executeTakeFirstOrThrow())
  const now = Date.now()
  const podToken = await mintServiceAccountToken(
    {
      issuer,
      audiences: ['pods.eks.amazonaws.com'],
      namespace: 'shop',
      serviceAccount: { name: 'checkout', uid: randomUUID() },
      pod: { name: 'checkout-1', uid: randomUUID() },
      lifetimeSeconds: 3600,
      now,
      tokenId: randomUUID(),
    },
    await openIssuerKeys(store, secrets).signingKey(clusterId, now),
  )
  const webhookToken = secrets.decrypt(row.webhookToken, `webhook ${clusterId}`).toString('utf8')
  await store.close()
  return { clusterId, webhookToken, podToken }
}

/** A token as `aws eks get-token` makes it. */
function eksToken(client: Client): string {
  const { host } = new URL(client.httpEndpoint)
  const request = {
    method: 'GET',
    path: '/',
    query: 'Action=GetCallerIdentity&Version=2011-06-15',
    headers: { host, 'x-k8s-aws-id': clusterName },
  }
  const query = presignQuery(request, client, { region: client.region, service: 'sts' }, 60, Date.now())
  return `k8s-aws-v1.${Buffer.from(`${client.httpEndpoint}/?${query}`).toString('base64url')}`
}

const reviews = (client: Client) => ({
  'token-review': { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: eksToken(client) } },
  'access-review': {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: 'administrator',
      groups: ['system:authenticated'],
      extra: { arn: [`arn:aws:iam::${client.account}:user/administrator`], accessKeyId: [client.accessKeyId] },
      resourceAttributes: { verb: 'list', group: '', version: 'v1', resource: 'pods', namespace: 'shop' },
    },
  },
  'pod-identity': {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: randomUUID(),
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace: 'shop',
      operation: 'CREATE',
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { generateName: 'checkout-', namespace: 'shop' },
        spec: { serviceAccountName: 'checkout', containers: [{ name: 'app', image: 'app' }] },
      },
    },
  },
})

/** What an answer must have in it: a figure of refusals would be of nothing. */
const expected = { 'token-review': '"authenticated":true', 'access-review': '"allowed":', 'pod-identity': '"patch":' }

/** Of several rounds, the middle of what each came to. */
const latencyFigures = (measured: readonly (readonly number[])[]) => {
  const middle = (percent: number) => rounded(median(measured.map(times => percentile(times, percent))), 2)
  return { [`p50At${reviewsPerSecond}PerSecond`]: middle(50), [`p99At${reviewsPerSecond}PerSecond`]: middle(99) }
}

/** What is measured, and what this machine and the program that asks add themselves. */
async function latenciesInTurns(target: Target, barePort: number, request: Buffer) {
  const [measured, bare]: [number[][], number[][]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    measured.push(await latenciesAtRate(target, request, reviewsPerSecond, seconds))
    bare.push(await latenciesAtRate(barePort, request, reviewsPerSecond, seconds))
  }
  return { ...latencyFigures(measured), bareNodeHttp: latencyFigures(bare) }
}

/** The webhooks of a cluster, each with a request that it must take. @throws Error for an answer that is a refusal */
async function webhookRequests(target: Target, client: Client, clusterId: string, webhookToken: string): Promise<Map<string, Buffer>> {
  const requests = new Map<string, Buffer>()
  for (const [name, review] of Object.entries(reviews(client))) {
    const body = JSON.stringify(review)
    const head = [
      `POST /_gatehouse/webhooks/${clusterId}/${name} HTTP/1.1`,
      'host: localhost',
      `authorization: Bearer ${webhookToken}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
    ]
    const request = Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
    const answer = await answerTo(target, request)
    if (!answer.includes(expected[name as keyof typeof expected])) throw new Error(`${name} answered ${answer}`)
    requests.set(name, request)
  }
  return requests
}

const first = startGatehouse(data)
await first.ready
const issuer = await makeCluster(clientOf(data))
const { host } = new URL(issuer)
await stopGatehouse(first)
const { clusterId, webhookToken, podToken } = await secretsOf(issuer)
const running = startGatehouse(data, ['--port', new URL(`https://${host}`).port])
await running.ready
const client = clientOf(data)
const bare = await startBare(400)
const body = JSON.stringify({ token: podToken })
// As the pod identity agent sends it, with its node's credentials.
const path = `/clusters/${clusterName}/assume-role-for-pod-identity`
const assume = restRequest(client, { service: 'eks-auth', method: 'POST', path, body })
const target: Target = { port: Number(new URL(client.endpoint).port), secure: true }
const requests = await webhookRequests(target, client, clusterId, webhookToken)
const webhooks: { [name: string]: object } = {}
// What the first thousands of a program's life cost is not what a cluster meets.
for (const request of requests.values()) await latenciesAtRate(target, request, 4 * reviewsPerSecond, seconds)
for (const [name, request] of requests) webhooks[name] = await latenciesInTurns(target, bare.port, request)
const diskAlone = latencyFigures([await syncLatencies(join(data, 'disk-alone'), reviewsPerSecond, seconds)])
// As many as it takes comes last: what it leaves for the disk to do is not there at 500 a second.
for (const [name, request] of requests)
  webhooks[name] = { ...webhooks[name], perSecond: rounded(await answersPerSecond(target, request, connections, seconds)) }
const figures = {
  assumeRoleForPodIdentityPerSecond: rounded(await answersPerSecond(portOf(client), assume, connections, seconds)),
  bareNodeHttpPerSecond: rounded(await answersPerSecond(bare.port, assume, connections, seconds)),
  webhooks,
  diskAlone,
}
bare.stop()
await stopGatehouse(running)
rmSync(data, { recursive: true, force: true })
console.log(JSON.stringify(figures, undefined, 2))
