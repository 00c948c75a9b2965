import { join } from 'node:path'
import type { ControlPlaneFiles, WebhookFiles } from './files.ts'
import type { Ports } from './ports.ts'

/**
 * How etcd is run. Both its listeners trust one certificate alone, the one that our API server shows, not whatever the same authority signed.
 * @see etcd documentation, "Configuration options"
 */
export function etcdWords(dataFolder: string, files: ControlPlaneFiles, { etcd, peer }: Ports): string[] {
  const client = `https://127.0.0.1:${etcd}`
  const peers = `https://127.0.0.1:${peer}`
  return [
    `--data-dir=${join(dataFolder, 'etcd')}`,
    '--name=gatehouse',
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=gatehouse=${peers}`,
    `--cert-file=${files.serverCertificate}`,
    `--key-file=${files.serverKey}`,
    `--trusted-ca-file=${files.clientCertificate}`,
    '--client-cert-auth=true',
    `--peer-cert-file=${files.serverCertificate}`,
    `--peer-key-file=${files.serverKey}`,
    `--peer-trusted-ca-file=${files.clientCertificate}`,
    '--peer-client-cert-auth=true',
    // It would call etcd with the server's certificate, which is no client's.
    '--enable-grpc-gateway=false',
    '--log-level=warn',
  ]
}

/**
 * How kube-apiserver is run: as EKS runs it where that can be seen from outside (issuer, audience, longest token, service range, NodeRestriction),
 * and without what needs other machines.
 * @param issuer        of service account tokens; an https URL
 * @param serviceRange  of the services' addresses
 * @see                 Kubernetes documentation, "kube-apiserver"
 */
export function apiserverWords(issuer: string, serviceRange: string, files: ControlPlaneFiles, ports: Ports): string[] {
  return [
    `--etcd-servers=https://127.0.0.1:${ports.etcd}`,
    `--etcd-cafile=${files.ca}`,
    `--etcd-certfile=${files.clientCertificate}`,
    `--etcd-keyfile=${files.clientKey}`,
    `--encryption-provider-config=${files.encryptionConfig}`,
    '--bind-address=127.0.0.1',
    // Of the family of the services' addresses, or the API server does not start.
    `--advertise-address=${serviceRange.includes(':') ? '::1' : '127.0.0.1'}`,
    `--secure-port=${ports.apiserver}`,
    `--tls-cert-file=${files.serverCertificate}`,
    `--tls-private-key-file=${files.serverKey}`,
    `--client-ca-file=${files.ca}`,
    `--service-account-issuer=${issuer}`,
    `--service-account-jwks-uri=${issuer}/keys`,
    `--service-account-signing-key-file=${files.signingKey}`,
    `--service-account-key-file=${files.publicKeys}`,
    '--service-account-max-token-expiration=24h',
    '--api-audiences=https://kubernetes.default.svc',
    `--authentication-token-webhook-config-file=${files.authenticationConfig}`,
    '--authentication-token-webhook-version=v1',
    // Short, so that a removed access entry soon stops working; by default it would be two minutes. The API server keeps every accepted token for
    // ten seconds besides (kubeapiserver/options/authentication.go, TokenSuccessCacheTTL), for which it has no flag: a removal takes up to
    // ten seconds to show in the user and groups of a token already seen. What access policies allow is asked anew each second.
    '--authentication-token-webhook-cache-ttl=1s',
    `--authorization-config=${files.authorizationConfig}`,
    // Beside those on by default, MutatingAdmissionWebhook and ServiceAccount among them: a node changes only itself and its pods.
    '--enable-admission-plugins=NodeRestriction',
    `--admission-control-config-file=${files.admissionConfig}`,
    `--service-cluster-ip-range=${serviceRange}`,
    // On loopback there is nothing that pods could reach.
    '--endpoint-reconciler-type=none',
    '--allow-privileged=true',
    '--profiling=false',
    // Without it, watches of clients keep a server that is told to stop until it is killed.
    '--shutdown-watch-termination-grace-period=1s',
    '--v=1',
  ]
}

/**
 * Flags that make any kube-apiserver ask our webhooks, as names and values: distributions spell them in their own ways. They are those that every
 * version has; an access webhook that is away has no opinion, and RBAC goes on.
 * @see Kubernetes documentation, "Webhook Token Authentication", "Webhook Mode"
 */
export const attachedFlags = (files: WebhookFiles): readonly (readonly [name: string, value: string])[] => [
  ['authentication-token-webhook-config-file', files.authenticationConfig],
  ['authentication-token-webhook-version', 'v1'],
  ['authentication-token-webhook-cache-ttl', '1s'],
  ['authorization-mode', 'Node,RBAC,Webhook'],
  ['authorization-webhook-config-file', files.authorizationKubeconfig],
  ['authorization-webhook-version', 'v1'],
  ['authorization-webhook-cache-authorized-ttl', '1s'],
  ['authorization-webhook-cache-unauthorized-ttl', '1s'],
  ['admission-control-config-file', files.admissionConfig],
]
