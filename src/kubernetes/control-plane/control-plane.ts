import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { WebhookLog } from '../webhook.ts'
import { aggregatedRoles } from './aggregated-roles.ts'
import { type ApiClient, type ApiObjects, createApiClient, findObject, onLoopback, writeObject } from './api-client.ts'
import { type ControlPlaneSecrets, controlPlaneFiles, writeControlPlaneFiles } from './files.ts'
import { apiserverWords, etcdWords } from './flags.ts'
import { serveKms } from './kms-provider.ts'
import { namespaces } from './namespaces.ts'
import { choosePorts } from './ports.ts'
import { endLeftover } from './process-guard.ts'
import { keepReconciled } from './reconciler.ts'
import { type SupervisedProcess, supervise } from './supervised-process.ts'

export interface ControlPlaneOptions extends Omit<ControlPlaneSecrets, 'admissionUrl' | 'kmsSocket'> {
  /** Folder with kube-apiserver and etcd. */
  readonly assetsFolder: string
  /** Where etcd keeps its data, and we our files. One control plane at a time. */
  readonly dataFolder: string
  /** The issuer of service account tokens; an https URL. */
  readonly issuer: string
  /** Addresses of services: `10.100.0.0/16`. */
  readonly serviceRange: string
  /** What nothing in etcd opens without: 32 bytes, always the same for one data folder. */
  readonly etcdKey: Uint8Array
  /** The webhook configuration to register. */
  readonly admission: {
    readonly metadata: { readonly name: string }
    readonly webhooks: readonly { readonly clientConfig: { readonly url: string } }[]
  }
  readonly log: WebhookLog
}

/** Objects as the administrator sees and writes them. */
export interface ControlPlane extends ApiObjects {
  /** `https://127.0.0.1:PORT`; the same after a restart on the same data, unless another program has taken the port. */
  readonly endpoint: string
  /** A kubeconfig file of group system:masters, for when every other way in is closed. Its owner alone can read it. */
  readonly administratorKubeconfig: string
  /**
   * Takes over new certificates or keys. The API server takes a new serving certificate without a pause; for anything else, such
   * as another key that signs, it is started again, which takes some seconds.
   * @throws Error when they do not get ready again
   */
  renew(secrets: RenewableSecrets): Promise<void>
  /** Ends the API server, then etcd, which has then written everything. Does nothing the second time. */
  stop(): Promise<void>
}

type RenewableSecrets = Partial<Pick<ControlPlaneSecrets, 'servingCertificate' | 'clientCertificate' | 'certificateAuthorityPem' | 'keys'>>

const readyMilliseconds = 120_000
/** A wrong flag or damaged data ends a process at once, each time: waiting longer would not help. */
const mostEndings = 5

/**
 * Starts etcd and kube-apiserver on loopback, on the data that they left, and waits until they serve and the cluster has what a controller
 * manager gives it at first. There is no scheduler and no other controller: pods are admitted and kept, never run; nothing makes pods of
 * deployments or collects what an owner left.
 * @throws Error that quotes the log when they do not get ready
 * @see    Kubernetes documentation, "Kubernetes Components"
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { assetsFolder, dataFolder, log, admission } = options
  for (const name of ['etcd', 'kube-apiserver'])
    if (!existsSync(join(assetsFolder, name))) throw new Error(`${assetsFolder} does not hold ${name}`)
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  for (const name of ['kube-apiserver', 'etcd']) await endLeftover(join(dataFolder, `${name}.pid`), join(assetsFolder, name))

  const ports = await choosePorts(dataFolder)
  const endpoint = `https://127.0.0.1:${ports.apiserver}`
  const files = controlPlaneFiles(join(dataFolder, 'files'))
  const kmsSocket = socketIn(dataFolder)
  let secrets: ControlPlaneSecrets = { ...options, kmsSocket, admissionUrl: admission.webhooks[0]?.clientConfig.url ?? '' }
  writeControlPlaneFiles(files, secrets, endpoint)
  const kms = await serveKms(kmsSocket, options.etcdKey)

  const logOf = (name: string) => join(dataFolder, `${name}.log`)
  const run = (name: string, words: readonly string[]) =>
    supervise({ name, command: join(assetsFolder, name), words, logFile: logOf(name), pidFile: join(dataFolder, `${name}.pid`), log })
  const etcd = run('etcd', etcdWords(dataFolder, files, ports))
  const apiserver = run('kube-apiserver', apiserverWords(options.issuer, options.serviceRange, files, ports))
  const api = createApiClient(onLoopback(ports.apiserver), () => ({
    ...secrets.clientCertificate,
    certificateAuthorityPem: secrets.certificateAuthorityPem,
  }))
  const ready = () =>
    untilReady(api, [
      { process: etcd, logFile: logOf('etcd') },
      { process: apiserver, logFile: logOf('kube-apiserver') },
    ])
  const controllers: (() => void)[] = []

  async function stop(): Promise<void> {
    for (const end of controllers) end()
    api.close()
    // The API server first: it would complain of a missing etcd.
    await apiserver.stop()
    await etcd.stop()
    await kms.stop()
  }

  try {
    await ready()
    await register(api, admission)
    for (const reconciler of [aggregatedRoles, namespaces(() => secrets.certificateAuthorityPem)])
      controllers.push(await keepReconciled(reconciler, api, log))
  } catch (problem) {
    await stop()
    throw problem
  }

  return {
    endpoint,
    administratorKubeconfig: files.administratorKubeconfig,
    stop,

    find: path => findObject(api, path),
    write: (method, path, object) => writeObject(api, method, path, object),

    async renew(renewed) {
      secrets = { ...secrets, ...renewed }
      const restarts = writeControlPlaneFiles(files, secrets, endpoint)
      if (restarts.etcd) await etcd.restart()
      if (restarts.apiserver) await apiserver.restart()
      await ready()
    },
  }
}

/** Paths of sockets are short: unix(7). */
const longestSocketPath = 107

/** @throws Error for a folder whose sockets would have names that are too long */
function socketIn(folder: string): string {
  const path = resolve(folder, 'kms.sock')
  if (Buffer.byteLength(path) > longestSocketPath)
    throw new Error(`${folder} is too long a path for the socket that kube-apiserver needs there: move the data folder to a shorter one`)
  return path
}

async function untilReady(
  api: ApiClient,
  processes: readonly { readonly process: SupervisedProcess; readonly logFile: string }[],
): Promise<void> {
  const deadline = performance.now() + readyMilliseconds
  const endingsBefore = processes.map(({ process }) => process.endings)
  for (;;) {
    try {
      if ((await api.call('GET', '/readyz')).status === 200) return
    } catch {
      // Not listening yet.
    }
    const failing = processes.find(({ process }, index) => process.endings - (endingsBefore[index] ?? 0) >= mostEndings)
    if (failing)
      throw new Error(
        `a process of the control plane ends each time it is started; ${failing.logFile} ends with:\n${lastLines(failing.logFile)}`,
      )
    if (performance.now() > deadline)
      throw new Error(
        `kube-apiserver did not get ready in ${readyMilliseconds / 1000} seconds; its log ends with:\n${lastLines(processes.at(-1)?.logFile ?? '')}`,
      )
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

const quotedBytes = 2_000

function lastLines(logFile: string): string {
  const file = openSync(logFile, 'r')
  try {
    const { size } = fstatSync(file)
    const bytes = Buffer.alloc(Math.min(size, quotedBytes))
    readSync(file, bytes, 0, bytes.length, size - bytes.length)
    return bytes.toString('utf8').trim()
  } finally {
    closeSync(file)
  }
}

/** Registers the webhook configuration, or brings an earlier one up to date. */
async function register(api: ApiClient, configuration: ControlPlaneOptions['admission']): Promise<void> {
  const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${configuration.metadata.name}`
  const { status, body } = await api.call('PATCH', `${path}?fieldManager=gatehouse&force=true`, configuration, {
    'content-type': 'application/apply-patch+yaml',
  })
  if (status !== 200 && status !== 201) throw new Error(`the pod identity webhook could not be registered: ${body.slice(0, 500)}`)
}
