import { keyIdOf } from '../kubernetes/issuer/discovery.ts'
import { examined, serviceWebhookPath, webhookPath } from '../kubernetes/webhook.ts'
import type { ApiClient } from '../kubernetes/control-plane/api-client.ts'
import { issuerOf, kubeconfigClient } from './attach.ts'
import { callRestJson, type Client, clusterToken } from './client.ts'
import { type KubeconfigContext, readKubeconfig } from './kubeconfig.ts'

export interface Finding {
  readonly step: string
  /** Undefined when all is well. */
  readonly problem: string | undefined
}

interface DescribedCluster {
  readonly endpoint?: string
  readonly status: string
  readonly identity?: { readonly oidc: { readonly issuer: string } }
}

/** What the checks look at. */
interface Examined {
  readonly client: Client
  readonly name: string
  readonly cluster: DescribedCluster
  readonly kubeconfig: KubeconfigContext
  /** With the kubeconfig's credentials. */
  readonly api: ApiClient
  /** With a token of the caller's IAM identity, as `aws eks get-token` makes it. */
  readonly asCaller: ApiClient
}

type Check = (examined: Examined) => Promise<string | undefined>

/** Whom a check asks of the cluster, and as whom: nothing comes of it when the API server is not there, or does not know the kubeconfig's user. */
type Asks = 'api' | 'asCaller' | 'gatehouse'

/** A pod that nobody makes, as policies want pods to be. Kubernetes documentation, "Pod Security Standards", "Restricted". */
const examinedPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'gatehouse-doctor', annotations: { [examined.annotation]: 'dry run' } },
  spec: {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      { name: 'examined', image: 'examined', securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } },
    ],
  },
}

const answersStep = 'the API server answers'

/** The API server was not reached: nothing that is asked of it can be answered. */
class Unreachable extends Error {}

/** Why a connection to the API server failed, by the codes of Node's sockets and of OpenSSL. */
function whyUnreachable({ code = '', message }: NodeJS.ErrnoException, server: string): string {
  if (code === 'CERT_HAS_EXPIRED') return `its certificate has ended: renew it (${message})`
  if (code === 'CERT_NOT_YET_VALID') return `its certificate is not valid yet: a clock, its or ours, is wrong (${message})`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `its certificate is for other names: the kubeconfig needs tls-server-name (${message})`
  if (/^(?:UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_)/.test(code))
    return `its certificate is not of the kubeconfig's certificate-authority: the kubeconfig is another cluster's or older than its authority (${code})`
  return `nobody answers at ${server}: ${message}`
}

/** In the order in which an attachment is made: each supposes those before it. */
const checks: readonly { readonly step: string; readonly asks: Asks; readonly check: Check }[] = [
  {
    step: 'Gatehouse knows where the cluster is',
    asks: 'gatehouse',
    check: async ({ cluster, kubeconfig }) => {
      if (cluster.status !== 'ACTIVE') return `the cluster is ${cluster.status}: run gatehouse cluster attach`
      return cluster.endpoint === kubeconfig.server
        ? undefined
        : `it knows ${cluster.endpoint}, and the kubeconfig says ${kubeconfig.server}: attach it again`
    },
  },
  {
    step: answersStep,
    asks: 'gatehouse',
    async check({ api, kubeconfig }) {
      const { status, body } = await api.call('GET', '/version').catch((problem: unknown) => {
        throw new Unreachable(whyUnreachable(problem as NodeJS.ErrnoException, kubeconfig.server))
      })
      if (status === 401) return "it does not take the kubeconfig's credentials (401): they have ended, or are those of another cluster"
      return status === 200 ? undefined : `it answered ${status}: ${body.slice(0, 300)}`
    },
  },
  {
    step: "the issuer's name and keys are those that Gatehouse has",
    asks: 'api',
    check: async ({ api, cluster, client, name }) => {
      const { issuer, publicKeys } = await issuerOf(api)
      if (issuer !== cluster.identity?.oidc.issuer)
        return `the cluster's issuer is ${issuer}, and Gatehouse has ${cluster.identity?.oidc.issuer}: attach it again`
      const known = await callRestJson(client, 'gatehouse-clusters', 'GET', `/clusters/${encodeURIComponent(name)}/attachment`)
      const unknown = publicKeys.map(keyIdOf).filter(keyId => !(known['keyIds'] as readonly string[]).includes(keyId))
      return unknown.length > 0 ? `Gatehouse does not have the key ${unknown.join(', ')}: attach it again` : undefined
    },
  },
  {
    step: 'the API server asks Gatehouse who a token is (authentication-token-webhook-config-file)',
    asks: 'asCaller',
    check: async ({ asCaller }) => {
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
      const { status, body } = await asCaller.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', review)
      if (status === 401)
        return "it does not take a token of yours: its flags or files are not in place, it does not reach Gatehouse (its log says so), or you have no access entry (Gatehouse's log says so)"
      return status === 201 ? undefined : `it answered ${status}: ${body.slice(0, 300)}`
    },
  },
  {
    step: 'the API server asks Gatehouse what is allowed (authorization-webhook-config-file)',
    asks: 'asCaller',
    check: async ({ asCaller }) => {
      const spec = { resourceAttributes: { verb: 'list', resource: 'configmaps', namespace: 'kube-system' } }
      const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec }
      const { status, body } = await asCaller.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review)
      if (status === 401) return 'this can be seen when a token of yours is taken'
      if (status !== 201) return `it answered ${status}: ${body.slice(0, 300)}`
      const { allowed, reason = '' } = (JSON.parse(body) as { status: { allowed: boolean; reason?: string } }).status
      return allowed
        ? undefined
        : `you may not list config maps of kube-system${reason && ` (${reason})`}: authorization-mode lacks Webhook, or no access policy of yours allows it`
    },
  },
  {
    step: 'the API server shows new pods to Gatehouse (pod-identity-webhook.yaml)',
    asks: 'api',
    check: async ({ api, client, name }) => {
      const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/pod-identity-webhook'
      const { status, body } = await api.call('GET', path)
      if (status === 404) return 'the webhook is not registered: kubectl apply -f pod-identity-webhook.yaml'
      if (status !== 200) return `it answered ${status}: ${body.slice(0, 300)}`
      const { webhooks = [] } = JSON.parse(body) as {
        webhooks?: readonly { clientConfig: { url?: string; service?: { path?: string } } }[]
      }
      const { clusterId } = await callRestJson(client, 'gatehouse-clusters', 'GET', `/clusters/${encodeURIComponent(name)}/attachment`)
      const [byUrl, byService] = [webhookPath, serviceWebhookPath].map(pathOf => pathOf(String(clusterId), 'pod-identity'))
      return webhooks.some(({ clientConfig: { url, service } }) => url?.endsWith(byUrl ?? '') || service?.path === byService)
        ? undefined
        : 'the webhook that is registered calls something else: kubectl apply -f pod-identity-webhook.yaml'
    },
  },
  {
    step: 'new pods come to Gatehouse (admission-control-config-file)',
    asks: 'api',
    async check({ api }) {
      const { status, body, warning = '' } = await api.call('POST', '/api/v1/namespaces/default/pods?dryRun=All', examinedPod)
      if (status !== 201) return `a pod could not be tried: it answered ${status}: ${body.slice(0, 300)}`
      return warning.includes(examined.warning)
        ? undefined
        : "a pod that was tried did not come: admission.yaml is not in place or names another token, or the API server does not reach Gatehouse (its log says 'failed calling webhook')"
    },
  },
  {
    step: 'Gatehouse reaches the cluster',
    asks: 'gatehouse',
    check: async ({ client, name }) => {
      const { problem } = await callRestJson(client, 'gatehouse-clusters', 'GET', `/clusters/${encodeURIComponent(name)}/attachment`)
      return problem === undefined
        ? undefined
        : `${String(problem)}: attach it again with a kubeconfig that is good from where Gatehouse runs`
    },
  },
]

/** Examines an attached cluster, step by step; whatever fails is a finding, never an exception. @throws CallError when Gatehouse has no such cluster */
export async function examineCluster(client: Client, name: string, kubeconfigFile: string): Promise<readonly Finding[]> {
  const { cluster } = (await callRestJson(client, 'eks', 'GET', `/clusters/${encodeURIComponent(name)}`)) as { cluster: DescribedCluster }
  const kubeconfig = readKubeconfig(kubeconfigFile)
  const api = kubeconfigClient(kubeconfig)
  const asCaller = kubeconfigClient({ ...kubeconfig, credentials: { token: clusterToken(client, name) } })
  const findings: Finding[] = []
  const unseen = new Set<Asks>()
  for (const { step, asks, check } of checks) {
    if (unseen.has(asks)) {
      findings.push({ step, problem: `this can be seen when "${answersStep}" holds` })
      continue
    }
    const outcome = await check({ client, name, cluster, kubeconfig, api, asCaller }).catch((thrown: unknown) => thrown as Error)
    const problem = outcome instanceof Error ? outcome.message : (outcome ?? undefined)
    findings.push({ step, problem })
    if (step === answersStep && problem !== undefined) unseen.add('api')
    if (outcome instanceof Unreachable) unseen.add('asCaller')
  }
  api.close()
  asCaller.close()
  return findings
}
