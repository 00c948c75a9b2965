import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'

export interface KeyedCertificate {
  readonly certificatePem: string
  readonly keyPem: string
}

/** What an API server needs to call our webhooks. */
export interface WebhookSecrets {
  readonly certificateAuthorityPem: string
  /** The bearer token with which the API server calls our webhooks. */
  readonly webhookToken: string
  readonly tokenReviewUrl: string
  readonly accessReviewUrl: string
  /** Where the admission webhook answers: its configuration object names it. */
  readonly admissionUrl: string
}

export interface ControlPlaneSecrets extends WebhookSecrets {
  readonly servingCertificate: KeyedCertificate
  /** Of group system:masters: how we ourselves call the API server, and how it calls etcd. */
  readonly clientCertificate: KeyedCertificate
  readonly keys: { readonly signingKey: string; readonly publicKeys: string }
  /** Where the API server asks to have its keys of what is in etcd sealed. */
  readonly kmsSocket: string
}

/** Paths of what kube-apiserver and etcd read. */
export type ControlPlaneFiles = { readonly [Name in FileName]: string }

const names = {
  ca: 'ca.pem',
  serverCertificate: 'server.pem',
  serverKey: 'server.key',
  clientCertificate: 'client.pem',
  clientKey: 'client.key',
  signingKey: 'service-account.key',
  publicKeys: 'service-account-public.pem',
  authenticationConfig: 'token-webhook.yaml',
  authorizationKubeconfig: 'access-webhook.yaml',
  authorizationConfig: 'authorization.yaml',
  admissionKubeconfig: 'admission-webhook.yaml',
  admissionConfig: 'admission.yaml',
  encryptionConfig: 'encryption.yaml',
  administratorKubeconfig: 'administrator.kubeconfig',
} as const

type FileName = keyof typeof names

/** Files that kube-apiserver and etcd read again when they change, or never; the others kube-apiserver reads only when it starts. */
const readAgain: readonly FileName[] = ['serverCertificate', 'serverKey', 'administratorKubeconfig']
/** What etcd reads only when it starts. */
const readByEtcd: readonly FileName[] = ['clientCertificate']

export const controlPlaneFiles = (folder: string): ControlPlaneFiles =>
  Object.fromEntries(Object.entries(names).map(([name, file]) => [name, join(folder, file)])) as ControlPlaneFiles

/** Where an attached cluster's API server finds the files. */
export const webhookFiles = (folder: string): WebhookFiles => controlPlaneFiles(folder)

/**
 * Writes the files that differ, readable by their owner alone: they hold keys. Each is replaced as a whole, as the processes may be reading.
 * @param endpoint  of the API server, for the administrator's kubeconfig
 * @returns         which processes, if they run, have to start again to see what changed
 */
export function writeControlPlaneFiles(
  files: ControlPlaneFiles,
  secrets: ControlPlaneSecrets,
  endpoint: string,
): { readonly etcd: boolean; readonly apiserver: boolean } {
  const contents = contentsOf(files, secrets, endpoint)
  mkdirSync(dirname(files.ca), { recursive: true, mode: 0o700 })
  const changed = (Object.keys(names) as FileName[]).filter(
    name => !existsSync(files[name]) || readFileSync(files[name], 'utf8') !== contents[name],
  )
  for (const name of changed) {
    writeFileSync(`${files[name]}.new`, contents[name], { mode: 0o600 })
    renameSync(`${files[name]}.new`, files[name])
  }
  return { etcd: changed.some(name => readByEtcd.includes(name)), apiserver: changed.some(name => !readAgain.includes(name)) }
}

function contentsOf(files: ControlPlaneFiles, secrets: ControlPlaneSecrets, endpoint: string): { readonly [Name in FileName]: string } {
  const { servingCertificate, clientCertificate, keys } = secrets
  return {
    ca: secrets.certificateAuthorityPem,
    serverCertificate: servingCertificate.certificatePem,
    serverKey: servingCertificate.keyPem,
    clientCertificate: clientCertificate.certificatePem,
    clientKey: clientCertificate.keyPem,
    signingKey: keys.signingKey,
    publicKeys: keys.publicKeys,
    ...webhookContents(files, secrets),
    authorizationConfig: stringify(authorization(files.authorizationKubeconfig)),
    encryptionConfig: stringify(encryption(secrets.kmsSocket)),
    administratorKubeconfig: kubeconfig(endpoint, files.ca, {
      'client-certificate': files.clientCertificate,
      'client-key': files.clientKey,
    }),
  }
}

/** Files that tell an API server how to call our webhooks, and where it finds them and our authority's certificate. */
export type WebhookFiles = Pick<
  ControlPlaneFiles,
  'ca' | 'authenticationConfig' | 'authorizationKubeconfig' | 'admissionKubeconfig' | 'admissionConfig'
>

export const webhookContents = (
  files: WebhookFiles,
  { webhookToken, tokenReviewUrl, accessReviewUrl, admissionUrl }: Omit<WebhookSecrets, 'certificateAuthorityPem'>,
  admissionHost = new URL(admissionUrl).host,
) => ({
  authenticationConfig: kubeconfig(tokenReviewUrl, files.ca, { token: webhookToken }),
  authorizationKubeconfig: kubeconfig(accessReviewUrl, files.ca, { token: webhookToken }),
  admissionKubeconfig: stringify({
    apiVersion: 'v1',
    kind: 'Config',
    // Admission webhooks find their credentials by host, and by port unless it is 443. Kubernetes documentation, "Dynamic Admission Control", "Authenticate API servers".
    users: [{ name: admissionHost, user: { token: webhookToken } }],
  }),
  admissionConfig: stringify(admission(files.admissionKubeconfig)),
})

/** For a webhook it says how the API server calls it. Kubernetes documentation, "Webhook Token Authentication". */
const kubeconfig = (server: string, ca: string, user: object): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'gatehouse', cluster: { server, 'certificate-authority': ca } }],
    users: [{ name: 'gatehouse', user }],
    contexts: [{ name: 'gatehouse', context: { cluster: 'gatehouse', user: 'gatehouse' } }],
    'current-context': 'gatehouse',
  })

/**
 * How an API server asks about access policies. While Gatehouse is away the webhook has no opinion, so RBAC goes on and what only access policies allow is
 * refused. Answers are kept a second: a removed association takes effect at once for people.
 */
export const accessWebhook = (kubeConfigFile: string) => ({
  type: 'Webhook',
  name: 'gatehouse',
  webhook: {
    timeout: '3s',
    authorizedTTL: '1s',
    unauthorizedTTL: '1s',
    subjectAccessReviewVersion: 'v1',
    matchConditionSubjectAccessReviewVersion: 'v1',
    failurePolicy: 'NoOpinion',
    connectionInfo: { type: 'KubeConfigFile', kubeConfigFile },
  },
})

/** Where an API server finds what it shows to admission webhooks. */
export const admissionPlugin = (kubeConfigFile: string) => ({
  name: 'MutatingAdmissionWebhook',
  configuration: { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'WebhookAdmissionConfiguration', kubeConfigFile },
})

/** RBAC first, then access policies: a request that RBAC allows costs no call. */
const authorization = (kubeConfigFile: string) => ({
  apiVersion: 'apiserver.config.k8s.io/v1',
  kind: 'AuthorizationConfiguration',
  authorizers: [{ type: 'Node', name: 'node' }, { type: 'RBAC', name: 'rbac' }, accessWebhook(kubeConfigFile)],
})

const admission = (kubeConfigFile: string) => ({
  apiVersion: 'apiserver.config.k8s.io/v1',
  kind: 'AdmissionConfiguration',
  plugins: [admissionPlugin(kubeConfigFile)],
})

/**
 * All that is in etcd is encrypted, as on EKS since 1.28; what was written before it was is read as it is. Kubernetes documentation, "Using a KMS provider for data encryption";
 * EKS User Guide, "Default envelope encryption for all Kubernetes API Data".
 */
const encryption = (kmsSocket: string) => ({
  apiVersion: 'apiserver.config.k8s.io/v1',
  kind: 'EncryptionConfiguration',
  resources: [
    {
      resources: ['*.*'],
      providers: [{ kms: { apiVersion: 'v2', name: 'gatehouse', endpoint: `unix://${kmsSocket}`, timeout: '3s' } }, { identity: {} }],
    },
  ],
})
