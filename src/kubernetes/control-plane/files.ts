import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'

export interface KeyedCertificate {
  readonly certificatePem: string
  readonly keyPem: string
}

export interface ControlPlaneSecrets {
  readonly servingCertificate: KeyedCertificate
  /** Of group system:masters: how we ourselves call the API server, and how it calls etcd. */
  readonly clientCertificate: KeyedCertificate
  readonly certificateAuthorityPem: string
  readonly keys: { readonly signingKey: string; readonly publicKeys: string }
  /** The bearer token with which the API server calls our webhooks. */
  readonly webhookToken: string
  readonly tokenReviewUrl: string
  readonly accessReviewUrl: string
  /** Where the admission webhook answers: its configuration object names it. */
  readonly admissionUrl: string
}

/** Paths of what kube-apiserver and etcd read. */
export type ControlPlaneFiles = { readonly [Name in keyof typeof names]: string }

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
} as const

/** Writes the files anew at each start, readable by their owner alone: they hold keys. */
export function writeControlPlaneFiles(folder: string, secrets: ControlPlaneSecrets): ControlPlaneFiles {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const files = Object.fromEntries(Object.entries(names).map(([name, file]) => [name, join(folder, file)])) as ControlPlaneFiles
  const { servingCertificate, clientCertificate, keys } = secrets
  const contents: { readonly [Name in keyof typeof names]: string } = {
    ca: secrets.certificateAuthorityPem,
    serverCertificate: servingCertificate.certificatePem,
    serverKey: servingCertificate.keyPem,
    clientCertificate: clientCertificate.certificatePem,
    clientKey: clientCertificate.keyPem,
    signingKey: keys.signingKey,
    publicKeys: keys.publicKeys,
    authenticationConfig: kubeconfig(secrets.tokenReviewUrl, files.ca, secrets.webhookToken),
    authorizationKubeconfig: kubeconfig(secrets.accessReviewUrl, files.ca, secrets.webhookToken),
    authorizationConfig: stringify(authorization(files.authorizationKubeconfig)),
    admissionKubeconfig: stringify({
      apiVersion: 'v1',
      kind: 'Config',
      // Admission webhooks find their credentials by host and port. Kubernetes documentation, "Dynamic Admission Control", "Authenticate API servers".
      users: [{ name: new URL(secrets.admissionUrl).host, user: { token: secrets.webhookToken } }],
    }),
    admissionConfig: stringify(admission(files.admissionKubeconfig)),
  }
  for (const [name, path] of Object.entries(files)) writeFileSync(path, contents[name as keyof typeof names], { mode: 0o600 })
  return files
}

/** A webhook's kubeconfig. Kubernetes documentation, "Webhook Token Authentication". */
const kubeconfig = (server: string, ca: string, token: string): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'gatehouse', cluster: { server, 'certificate-authority': ca } }],
    users: [{ name: 'apiserver', user: { token } }],
    contexts: [{ name: 'webhook', context: { cluster: 'gatehouse', user: 'apiserver' } }],
    'current-context': 'webhook',
  })

/**
 * RBAC first, then access policies: a request that RBAC allows costs no call. While Gatehouse is away the webhook has no opinion, so
 * RBAC goes on and what only access policies allow is refused. Answers are kept a second: a removed association takes effect at once for people.
 */
const authorization = (kubeConfigFile: string) => ({
  apiVersion: 'apiserver.config.k8s.io/v1',
  kind: 'AuthorizationConfiguration',
  authorizers: [
    { type: 'Node', name: 'node' },
    { type: 'RBAC', name: 'rbac' },
    {
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
    },
  ],
})

const admission = (kubeConfigFile: string) => ({
  apiVersion: 'apiserver.config.k8s.io/v1',
  kind: 'AdmissionConfiguration',
  plugins: [
    {
      name: 'MutatingAdmissionWebhook',
      configuration: { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'WebhookAdmissionConfiguration', kubeConfigFile },
    },
  ],
})
