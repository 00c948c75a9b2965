import { createServer } from 'node:net'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WebhookLog } from '../webhook.ts'
import { createApiClient, type ApiClient } from './api-client.ts'
import { type ControlPlaneFiles, type ControlPlaneSecrets, writeControlPlaneFiles } from './files.ts'
import { controlNamespaces } from './namespace-controller.ts'
import { supervise } from './supervised-process.ts'

export interface ControlPlaneOptions extends Omit<ControlPlaneSecrets, 'admissionUrl'> {
  /** Folder with kube-apiserver and etcd. */
  readonly assetsFolder: string
  /** Where etcd keeps its data, and we our files. */
  readonly dataFolder: string
  /** The issuer of service account tokens. */
  readonly issuer: string
  /** The webhook configuration to register. */
  readonly admission: {
    readonly metadata: { readonly name: string }
    readonly webhooks: readonly { readonly clientConfig: { readonly url: string } }[]
  }
  readonly log: WebhookLog
}

export interface ControlPlane {
  /** `https://127.0.0.1:PORT`. */
  readonly endpoint: string
  /** An object by its path, as the administrator sees it; undefined when it is not there. */
  find(path: string): Promise<{ readonly [field: string]: unknown } | undefined>
  stop(): Promise<void>
}

const readyMilliseconds = 120_000

/**
 * Starts etcd and kube-apiserver on loopback, on the data that they left, and waits until they serve.
 * @throws Error that names the log file when they do not get ready
 * @see    Kubernetes documentation, "kube-apiserver"
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { assetsFolder, dataFolder, log, clientCertificate, certificateAuthorityPem, admission } = options
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  const admissionUrl = admission.webhooks[0]?.clientConfig.url ?? ''
  const files = writeControlPlaneFiles(join(dataFolder, 'files'), { ...options, admissionUrl })
  const ports = await choosePorts(dataFolder)
  const processOf = (name: string, words: readonly string[]) =>
    supervise({
      name,
      command: join(assetsFolder, name),
      words,
      logFile: join(dataFolder, `${name}.log`),
      pidFile: join(dataFolder, `${name}.pid`),
      log,
    })
  const etcd = processOf('etcd', etcdWords(dataFolder, files, ports))
  const apiserver = processOf('kube-apiserver', apiserverWords(options, files, ports))
  const api = createApiClient(ports.apiserver, clientCertificate, certificateAuthorityPem)
  let stopController: () => void = () => undefined

  async function stop(): Promise<void> {
    stopController()
    api.close()
    // The API server first: it would complain of a missing etcd.
    await apiserver.stop()
    await etcd.stop()
  }

  try {
    await untilReady(api, join(dataFolder, 'kube-apiserver.log'))
    await register(api, admission)
    stopController = controlNamespaces(api, certificateAuthorityPem, log)
  } catch (problem) {
    await stop()
    throw problem
  }
  return {
    endpoint: `https://127.0.0.1:${ports.apiserver}`,
    async find(path) {
      const { status, body } = await api.call('GET', path)
      return status === 200 ? (JSON.parse(body) as { readonly [field: string]: unknown }) : undefined
    },
    stop,
  }
}

interface Ports {
  readonly etcd: number
  readonly peer: number
  readonly apiserver: number
}

function etcdWords(dataFolder: string, files: ControlPlaneFiles, { etcd, peer }: Ports): string[] {
  const client = `https://127.0.0.1:${etcd}`
  const peers = `http://127.0.0.1:${peer}`
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
    `--trusted-ca-file=${files.ca}`,
    '--client-cert-auth=true',
    '--log-level=warn',
  ]
}

function apiserverWords({ issuer }: ControlPlaneOptions, files: ControlPlaneFiles, ports: Ports): string[] {
  return [
    `--etcd-servers=https://127.0.0.1:${ports.etcd}`,
    `--etcd-cafile=${files.ca}`,
    `--etcd-certfile=${files.clientCertificate}`,
    `--etcd-keyfile=${files.clientKey}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
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
    // Short: a removed access entry must not go on working for the default two minutes.
    '--authentication-token-webhook-cache-ttl=1s',
    `--authorization-config=${files.authorizationConfig}`,
    `--admission-control-config-file=${files.admissionConfig}`,
    '--service-cluster-ip-range=10.100.0.0/16',
    '--endpoint-reconciler-type=none',
    '--allow-privileged=true',
    '--v=1',
  ]
}

/** The ports of the last start when they are free, so that kubeconfigs go on working; else new ones. */
async function choosePorts(dataFolder: string): Promise<Ports> {
  const file = join(dataFolder, 'ports.json')
  const last = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Ports) : undefined
  const ports = { etcd: await freePort(last?.etcd), peer: last?.peer ?? (await freePort()), apiserver: await freePort(last?.apiserver) }
  writeFileSync(file, JSON.stringify(ports))
  return ports
}

function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', problem => (wanted === 0 ? reject(problem) : resolve(freePort())))
    server.listen(wanted, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

async function untilReady(api: ApiClient, logFile: string): Promise<void> {
  const deadline = performance.now() + readyMilliseconds
  while (performance.now() < deadline) {
    try {
      if ((await api.call('GET', '/readyz')).status === 200) return
    } catch {
      // Not listening yet.
    }
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`kube-apiserver did not get ready in ${readyMilliseconds / 1000} seconds; see ${logFile}`)
}

/** Registers the webhook configuration, or brings an earlier one up to date. */
async function register(api: ApiClient, configuration: ControlPlaneOptions['admission']): Promise<void> {
  const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${configuration.metadata.name}`
  const { status, body } = await api.call(
    'PATCH',
    `${path}?fieldManager=gatehouse&force=true`,
    configuration,
    'application/apply-patch+yaml',
  )
  if (status !== 200 && status !== 201) throw new Error(`the pod identity webhook could not be registered: ${body.slice(0, 500)}`)
}
