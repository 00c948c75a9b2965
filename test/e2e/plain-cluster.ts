import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApiClient, onLoopback } from '../../src/kubernetes/control-plane/api-client.ts'
import { controlPlaneFiles, writeControlPlaneFiles } from '../../src/kubernetes/control-plane/files.ts'
import { apiserverWords, etcdWords } from '../../src/kubernetes/control-plane/flags.ts'
import { choosePorts } from '../../src/kubernetes/control-plane/ports.ts'
import { supervise } from '../../src/kubernetes/control-plane/supervised-process.ts'
import { controlPlaneAssets, optionsFor, testAuthority, until } from '../kubernetes/support/control-plane.ts'

/** A cluster that knows nothing of Gatehouse: the real kube-apiserver with etcd, as any distribution would run it. */
export interface PlainCluster {
  /** Of an administrator. */
  readonly kubeconfig: string
  /** Where its API server would find files that are copied there. */
  readonly nodeFolder: string
  /** As its administrator does it by hand: copies files to the node and starts the API server with more flags. */
  configure(folder: string, flags: readonly string[]): Promise<void>
  /** Starts the API server again as it is. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export const plainIssuer = 'https://kubernetes.default.svc.cluster.local'

const ofGatehouse =
  /^--(authentication-token-webhook|authorization-config|admission-control-config|service-account-jwks-uri|encryption-provider-config)/

export async function startPlainCluster(): Promise<PlainCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-plain-'))
  const nodeFolder = join(folder, 'node')
  mkdirSync(nodeFolder)
  const assets = controlPlaneAssets()
  const options = {
    ...optionsFor(assets, folder, testAuthority(), 'https://127.0.0.1:1'),
    issuer: plainIssuer,
    admissionUrl: 'https://127.0.0.1:1',
    kmsSocket: '',
  }
  const ports = await choosePorts(folder)
  const files = controlPlaneFiles(join(folder, 'files'))
  writeControlPlaneFiles(files, options, `https://127.0.0.1:${ports.apiserver}`)
  const run = (name: string, words: readonly string[]) =>
    supervise({
      name,
      command: join(assets, name),
      words,
      logFile: join(folder, `${name}.log`),
      pidFile: join(folder, `${name}.pid`),
      log: options.log,
    })
  const plainWords = apiserverWords(plainIssuer, options.serviceRange, files, ports).filter(word => !ofGatehouse.test(word))
  const api = createApiClient(onLoopback(ports.apiserver), () => ({
    ...options.clientCertificate,
    certificateAuthorityPem: options.certificateAuthorityPem,
  }))
  const ready = () =>
    until('the API server is ready', async () => (await api.call('GET', '/readyz').catch(() => undefined))?.status === 200, 120_000).catch(
      (problem: unknown) => {
        throw new Error(`${String(problem)}\n${readFileSync(join(folder, 'kube-apiserver.log'), 'utf8').slice(-2000)}`)
      },
    )

  const etcd = run('etcd', etcdWords(folder, files, ports))
  let apiserver = run('kube-apiserver', [...plainWords, '--authorization-mode=Node,RBAC'])
  await ready()
  return {
    kubeconfig: files.administratorKubeconfig,
    nodeFolder,
    async configure(from, flags) {
      for (const name of readdirSync(from)) copyFileSync(join(from, name), join(nodeFolder, name))
      await apiserver.stop()
      apiserver = run('kube-apiserver', [...plainWords, ...flags])
      await ready()
    },
    async restart() {
      await apiserver.restart()
      await ready()
    },
    async stop() {
      api.close()
      await apiserver.stop()
      await etcd.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
