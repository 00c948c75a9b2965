import { execFile, spawnSync } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { makeAuthority, makeEndCertificate } from '../../../src/identity/certificate.ts'
import type { ControlPlaneOptions } from '../../../src/kubernetes/control-plane/control-plane.ts'
import { webhookConfiguration } from '../../../src/kubernetes/pod-identity-webhook/configuration.ts'
import type { Random } from '../../../src/types/random.ts'
import { testLog } from './cluster.ts'

/** The folder with the real kube-apiserver and etcd; built when this suite is run by itself on a machine that has not built them. */
export function controlPlaneAssets(): string {
  const given = process.env['GATEHOUSE_TEST_CONTROL_PLANE']
  if (given) return given
  const script = fileURLToPath(new URL('../../../scripts/control-plane.mjs', import.meta.url))
  const { stdout, status } = spawnSync(process.execPath, [script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (status !== 0) throw new Error('kube-apiserver and etcd could not be built')
  return stdout.trim().split('\n').at(-1) as string
}

const random: Random = { bytes: size => randomBytes(size), uuid: () => randomUUID() }
const hour = 3_600_000
const validity = { notBefore: Date.now() - hour, notAfter: Date.now() + hour }

/** An authority of a test's own. */
export function testAuthority() {
  const subject = { commonName: 'test authority' }
  const made = makeAuthority({ subject, ...validity }, random)
  const signer = { subject, key: createPrivateKey(made.keyPem) }
  return {
    certificatePem: made.certificatePem,
    server: (hosts: readonly string[]) =>
      makeEndCertificate({ subject: { commonName: hosts[0] as string }, hosts, usage: 'server', ...validity }, signer, random),
    client: (commonName: string, organizations: readonly string[]) =>
      makeEndCertificate({ subject: { commonName, organizations }, hosts: [], usage: 'client', ...validity }, signer, random),
  }
}

type Authority = ReturnType<typeof testAuthority>

export interface Review {
  readonly path: string
  readonly authorization: string | undefined
  readonly apiVersion: string
  readonly body: { readonly spec?: { readonly [field: string]: unknown }; readonly request?: { readonly [field: string]: unknown } }
}

/** The webhooks that a control plane asks, with answers that a test may change; keeps what it was asked. */
export async function startWebhooks(authority: Authority) {
  const reviews: Review[] = []
  const answers: { [path: string]: (review: Review) => object } = {}
  const certificate = authority.server(['localhost', '127.0.0.1'])
  const server = createServer({ cert: certificate.certificatePem, key: certificate.keyPem }, (request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
    request.on('end', () => {
      const body = JSON.parse(text)
      const path = new URL(request.url ?? '', 'https://localhost').pathname
      const review = { path, authorization: request.headers.authorization, apiVersion: body.apiVersion, body }
      reviews.push(review)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ apiVersion: body.apiVersion, kind: body.kind, ...answers[path]?.(review) }))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reviews,
    answers,
    stop: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export const makeKeys = () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { signingKey: privateKey, publicKeys: publicKey }
}

export const webhookToken = 'the-token-of-the-api-server'
export const issuer = 'https://gatehouse.test/id/0123456789'

/** Everything that a control plane of a test needs, on a folder. */
export function optionsFor(assetsFolder: string, dataFolder: string, authority: Authority, webhooksUrl: string) {
  const options: ControlPlaneOptions & { log: ReturnType<typeof testLog> } = {
    assetsFolder,
    dataFolder,
    servingCertificate: authority.server(['localhost', '127.0.0.1', 'kubernetes.default.svc']),
    clientCertificate: authority.client('gatehouse', ['system:masters']),
    certificateAuthorityPem: authority.certificatePem,
    issuer,
    serviceRange: '10.100.0.0/16',
    keys: makeKeys(),
    etcdKey: randomBytes(32),
    webhookToken,
    tokenReviewUrl: `${webhooksUrl}/token-review`,
    accessReviewUrl: `${webhooksUrl}/access-review`,
    admission: webhookConfiguration({ url: `${webhooksUrl}/pod-identity` }, authority.certificatePem),
    log: testLog(),
  }
  return options
}

const run = promisify(execFile)

/** Runs kubectl, which must be on the path. @returns what it prints */
export async function kubectl(kubeconfig: string, ...words: string[]): Promise<string> {
  const { stdout } = await run('kubectl', ['--kubeconfig', kubeconfig, '--request-timeout=20s', ...words], { timeout: 30_000 })
  return stdout.trim()
}

/** Whether there is such a process. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Waits, within bounds, until something holds. */
export async function until(what: string, holds: () => Promise<boolean> | boolean, milliseconds = 30_000): Promise<void> {
  const deadline = performance.now() + milliseconds
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
