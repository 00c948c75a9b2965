import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { createLocalJWKSet, decodeProtectedHeader, exportJWK, importSPKI, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ControlPlane, startControlPlane } from '../../src/kubernetes/control-plane/control-plane.ts'
import {
  controlPlaneAssets,
  isAlive,
  issuer,
  kubectl,
  makeKeys,
  optionsFor,
  startWebhooks,
  testAuthority,
  until,
  webhookToken,
} from './support/control-plane.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-control-plane-'))
const data = join(folder, 'cluster')
const authority = testAuthority()
let webhooks: Awaited<ReturnType<typeof startWebhooks>>
let options: ReturnType<typeof optionsFor>
let cluster: ControlPlane

const pidOf = (name: string, at = data) => Number(readFileSync(join(at, `${name}.pid`), 'utf8'))
const admin = (...words: string[]) => kubectl(cluster.administratorKubeconfig, ...words)

beforeAll(async () => {
  webhooks = await startWebhooks(authority)
  options = optionsFor(controlPlaneAssets(), data, authority, webhooks.url)
  const startedAt = performance.now()
  cluster = await startControlPlane(options)
  console.log(`a new control plane was ready in ${Math.round(performance.now() - startedAt)} ms`)
  await admin('create', 'serviceaccount', 'app')
}, 1_200_000)

afterAll(async () => {
  await cluster?.stop()
  await webhooks?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('a new control plane', () => {
  test('is a Kubernetes API server of a version that clients are told', async () => {
    const { serverVersion } = JSON.parse(await admin('version', '--output=json'))
    expect(serverVersion).toMatchObject({ major: '1', minor: '34', gitVersion: 'v1.34.4' })
  })

  test('lets its administrator in by a kubeconfig that its owner alone can read', async () => {
    expect(await admin('get', 'namespaces', '--output=name')).toContain('namespace/kube-system')
    expect(statSync(cluster.administratorKubeconfig).mode & 0o777).toBe(0o600)
    expect(statSync(join(data, 'files', 'client.key')).mode & 0o777).toBe(0o600)
  })

  test('has the pod identity webhook registered as EKS has it', async () => {
    const configuration = JSON.parse(await admin('get', 'mutatingwebhookconfiguration', 'pod-identity-webhook', '--output=json'))
    expect(configuration.webhooks).toHaveLength(1)
    expect(configuration.webhooks[0]).toMatchObject({
      failurePolicy: 'Ignore',
      reinvocationPolicy: 'IfNeeded',
      sideEffects: 'None',
      rules: [{ operations: ['CREATE'], resources: ['pods'] }],
    })
  })

  test('tells anonymous callers its version and health, and no more', async () => {
    const status = (path: string) =>
      new Promise((resolve, reject) => {
        const sent = get(`${cluster.endpoint}${path}`, { ca: authority.certificatePem, agent: false }, answer =>
          resolve(answer.resume().statusCode),
        )
        sent.on('error', reject)
      })
    expect(await Promise.all(['/version', '/readyz', '/api/v1/namespaces', '/api/v1/secrets'].map(status))).toEqual([200, 200, 403, 403])
  })

  test('keeps its etcd for itself: certificates of the same authority are not let in', async () => {
    const { etcd } = JSON.parse(readFileSync(join(data, 'ports.json'), 'utf8'))
    const member = (credentials: object) =>
      new Promise((resolve, reject) => {
        const options = { ca: authority.certificatePem, agent: false, ...credentials } as const
        get(`https://127.0.0.1:${etcd}/version`, options, answer => resolve(answer.resume().statusCode)).on('error', reject)
      })
    const own = { cert: options.clientCertificate.certificatePem, key: options.clientCertificate.keyPem }
    const other = authority.client('gatehouse', ['system:masters'])
    expect(await member(own)).toBe(200)
    await expect(member({ cert: other.certificatePem, key: other.keyPem })).rejects.toThrow()
    await expect(member({})).rejects.toThrow()
  })
})

describe('what is in etcd', () => {
  /** All that etcd has on disk. */
  const kept = () =>
    Buffer.concat(
      readdirSync(join(data, 'etcd'), { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => readFileSync(join(entry.parentPath, entry.name))),
    )

  test.each([
    ['a secret', 'secrets', ['secret', 'generic', 'kept'], 'correct-horse-battery'],
    ['a config map', 'configmaps', ['configmap', 'kept'], 'chartreuse-and-teal'],
  ])('of %s is its name, not what it says', async (_what, resource, words, value) => {
    await admin('create', ...words, `--from-literal=word=${value}`)
    const found = await admin('get', resource, 'kept', '--output=jsonpath={.data.word}')
    expect([value, Buffer.from(value).toString('base64')]).toContain(found)
    expect(kept().includes(`/registry/${resource}/default/kept`)).toBe(true)
    expect(kept().includes(value)).toBe(false)
    expect(kept().includes('k8s:enc:kms:v2:gatehouse:')).toBe(true)
    await admin('delete', resource, 'kept')
  })

  test('opens with a key that no file has', () => {
    const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    const holders = files.filter(entry => {
      const content = readFileSync(join(entry.parentPath, entry.name))
      return [
        Buffer.from(options.etcdKey),
        ...(['hex', 'base64'] as const).map(form => Buffer.from(Buffer.from(options.etcdKey).toString(form))),
      ].some(form => content.includes(form))
    })
    expect(holders.map(({ name }) => name)).toEqual([])
    expect(statSync(data).mode & 0o777).toBe(0o700)
  })
})

describe('a bearer token', () => {
  test('goes to the token webhook, as version 1 and with our own token; what it answers is the user', async () => {
    webhooks.answers['/token-review'] = ({ body }) => ({
      status:
        body.spec?.['token'] === 'known'
          ? { authenticated: true, user: { username: 'alice', groups: ['readers'] } }
          : { authenticated: false },
    })
    const asked = await whoAmI('known')
    expect(asked).toMatchObject({ username: 'alice', groups: ['readers', 'system:authenticated'] })
    const review = webhooks.reviews.find(({ path }) => path === '/token-review')
    expect(review).toMatchObject({
      apiVersion: 'authentication.k8s.io/v1',
      authorization: `Bearer ${webhookToken}`,
      body: { spec: { token: 'known', audiences: ['https://kubernetes.default.svc'] } },
    })
    await expect(whoAmI('unknown')).rejects.toThrow(/Unauthorized|must be logged in/)
  })

  test('stops working within eleven seconds of the webhook refusing it', async () => {
    let refused = false
    webhooks.answers['/token-review'] = () => ({
      status: refused ? { authenticated: false } : { authenticated: true, user: { username: 'bob' } },
    })
    expect(await whoAmI('passing')).toMatchObject({ username: 'bob' })
    refused = true
    const since = performance.now()
    await until(
      'the token is refused',
      () =>
        whoAmI('passing').then(
          () => false,
          () => true,
        ),
      15_000,
    )
    const milliseconds = performance.now() - since
    console.log(`a refused token worked for ${Math.round(milliseconds)} ms more`)
    expect(milliseconds).toBeLessThan(12_500)
  })

  test('of a user whom RBAC does not know is decided by the access webhook; RBAC is asked first', async () => {
    webhooks.answers['/token-review'] = () => ({ status: { authenticated: true, user: { username: 'carol', groups: ['readers'] } } })
    webhooks.answers['/access-review'] = ({ body }) => {
      const attributes = body.spec?.['resourceAttributes'] as { resource?: string } | undefined
      return { status: { allowed: attributes?.resource === 'configmaps', reason: 'as the test says' } }
    }
    await expect(withToken('carol', 'get', 'secrets')).rejects.toThrow(/forbidden/)
    expect(await withToken('carol', 'get', 'configmaps', '--output=name')).toBe('configmap/kube-root-ca.crt')
    const asked = webhooks.reviews.filter(({ path }) => path === '/access-review')
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.at(-1)).toMatchObject({
      apiVersion: 'authorization.k8s.io/v1',
      authorization: `Bearer ${webhookToken}`,
      body: { spec: { user: 'carol' } },
    })

    // view, an aggregated role, has its rules although no controller manager is there; what it allows costs no call.
    await admin('create', 'clusterrolebinding', 'readers', '--clusterrole=view', '--group=readers')
    await until(
      'RBAC allows',
      () =>
        withToken('carol', 'get', 'pods').then(
          () => true,
          () => false,
        ),
      5_000,
    )
    const before = webhooks.reviews.filter(({ path }) => path === '/access-review').length
    await withToken('carol', 'get', 'services', '--output=name')
    expect(webhooks.reviews.filter(({ path }) => path === '/access-review').length).toBe(before)
  })
})

describe('a service account token', () => {
  test('is signed with the given key, by the issuer, for the audience asked for', async () => {
    const token = await admin('create', 'token', 'app', '--audience=sts.amazonaws.com')
    const { payload } = await jwtVerify(token, await importSPKI(options.keys.publicKeys, 'RS256'), {
      issuer,
      audience: 'sts.amazonaws.com',
    })
    expect(payload.sub).toBe('system:serviceaccount:default:app')
    const jwks = JSON.parse(await admin('get', '--raw', '/openid/v1/jwks'))
    expect(jwks.keys).toHaveLength(1)
    await jwtVerify(token, createLocalJWKSet(jwks))
    expect(decodeProtectedHeader(token).kid).toBe(jwks.keys[0].kid)
    expect((await exportJWK(await importSPKI(options.keys.publicKeys, 'RS256'))).n).toBe(jwks.keys[0].n)
  })

  test('lives as long as asked for, but a day at most', async () => {
    const life = async (...words: string[]) => {
      const [, body = ''] = (await admin('create', 'token', 'app', ...words)).split('.')
      const { iat, exp } = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))
      return exp - iat
    }
    expect(await life('--duration=2h')).toBe(7_200)
    expect(await life('--duration=48h')).toBe(86_400)
  })

  test('lets its holder in, without a call of the token webhook that decides', async () => {
    webhooks.answers['/token-review'] = () => ({ status: { authenticated: false } })
    expect(await whoAmI(await admin('create', 'token', 'app'))).toMatchObject({ username: 'system:serviceaccount:default:app' })
  })
})

describe('what a controller manager would do', () => {
  test('a new namespace gets its default service account and the certificate authority; pods are admitted, and shown to the webhook', async () => {
    await admin('create', 'namespace', 'shop')
    await admin('run', 'cart', '--namespace=shop', '--image=cart', '--restart=Never')
    expect(await admin('get', 'pod', 'cart', '--namespace=shop', '--output=jsonpath={.spec.serviceAccountName}')).toBe('default')
    const shown = webhooks.reviews.filter(({ path }) => path === '/pod-identity').at(-1)
    expect(shown?.body.request).toMatchObject({ namespace: 'shop', operation: 'CREATE', kind: { kind: 'Pod' } })
    expect(shown?.authorization).toBe(`Bearer ${webhookToken}`)
    await until('the authority is there', () =>
      admin('get', 'configmap', 'kube-root-ca.crt', '--namespace=shop').then(
        () => true,
        () => false,
      ),
    )
  })

  test('a default service account that is deleted comes again', async () => {
    await admin('delete', 'serviceaccount', 'default', '--namespace=shop')
    await until(
      'it is there',
      () =>
        admin('get', 'serviceaccount', 'default', '--namespace=shop').then(
          () => true,
          () => false,
        ),
      5_000,
    )
  })

  test('a deleted namespace is emptied, of what it holds of any type, and goes', async () => {
    await admin('create', 'deployment', 'web', '--namespace=shop', '--image=web')
    await admin('create', 'secret', 'generic', 'password', '--namespace=shop', '--from-literal=it=secret')
    await admin('delete', 'namespace', 'shop', '--timeout=20s')
    await admin('create', 'namespace', 'shop')
    expect(await admin('get', 'pods,deployments,secrets', '--namespace=shop', '--output=name')).toBe('')
  })

  test('cluster roles that aggregate others follow them', async () => {
    const manifest = join(folder, 'role.json')
    writeFileSync(
      manifest,
      JSON.stringify({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'see-carts', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
        rules: [{ apiGroups: ['shop.example'], resources: ['carts'], verbs: ['get'] }],
      }),
    )
    await admin('apply', '--filename', manifest)
    // view is aggregated to edit, and edit to admin.
    for (const role of ['view', 'edit', 'admin'])
      await until(
        `${role} has the rule`,
        async () => (await admin('get', 'clusterrole', role, '--output=json')).includes('shop.example'),
        10_000,
      )
    await admin('delete', 'clusterrole', 'see-carts')
    await until(
      'it is gone again',
      async () => !(await admin('get', 'clusterrole', 'admin', '--output=json')).includes('shop.example'),
      10_000,
    )
  })
})

describe('the supervisor', () => {
  test.each(['kube-apiserver', 'etcd'])('starts %s again when it is killed', async name => {
    const pid = pidOf(name)
    process.kill(pid, 'SIGKILL')
    await until('another process runs', () => pidOf(name) !== pid)
    await until(
      'it answers again',
      () =>
        admin('get', 'namespace', 'default').then(
          () => true,
          () => false,
        ),
      60_000,
    )
    expect(options.log.lines.map(({ message }) => message)).toContain('a process ended by itself and is started again')
  })

  test('knows nothing of our environment, which may hold a master key', () => {
    for (const name of ['kube-apiserver', 'etcd'])
      if (process.platform === 'linux')
        expect(readFileSync(`/proc/${pidOf(name)}/environ`, 'utf8').match(/^(GATEHOUSE|AWS|VITEST)/m)).toBeNull()
  })

  test('takes another key that signs while tokens of the old one go on', async () => {
    const before = await admin('create', 'token', 'app')
    const next = makeKeys()
    const renewedAt = performance.now()
    await cluster.renew({ keys: { signingKey: next.signingKey, publicKeys: options.keys.publicKeys + next.publicKeys } })
    console.log(`another key signs after ${Math.round(performance.now() - renewedAt)} ms`)
    const after = await admin('create', 'token', 'app')
    await jwtVerify(after, await importSPKI(next.publicKeys, 'RS256'), { issuer })
    for (const token of [before, after]) expect(await whoAmI(token)).toMatchObject({ username: 'system:serviceaccount:default:app' })
  })

  test('takes a new serving certificate without starting anything again; watches go on', async () => {
    const pid = pidOf('kube-apiserver')
    const watching = ['--kubeconfig', cluster.administratorKubeconfig, 'get', 'configmaps', '-n', 'default', '--watch', '-o', 'name']
    const watch = spawn('kubectl', watching, { stdio: ['ignore', 'pipe', 'inherit'] })
    let seen = ''
    watch.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString('utf8')))
    try {
      await until('the watch is open', () => seen.includes('kube-root-ca.crt'))
      await cluster.renew({ servingCertificate: authority.server(['localhost', '127.0.0.1', 'renewed.test']) })
      await until('it is shown', async () => (await certificateShown()).includes('renewed.test'), 70_000)
      await admin('create', 'configmap', 'after-renewal', '-n', 'default')
      await until('the watch sees what comes afterwards', () => seen.includes('configmap/after-renewal'))
      expect(watch.exitCode).toBeNull()
    } finally {
      watch.kill()
    }
    expect(pidOf('kube-apiserver')).toBe(pid)
    expect(isAlive(pid)).toBe(true)
  })

  test('stops both processes; a start on the same data has the same objects at the same endpoint', async () => {
    await admin('create', 'configmap', 'kept', '--from-literal=it=is')
    const pids = ['etcd', 'kube-apiserver'].map(name => pidOf(name))
    const { endpoint } = cluster
    const stoppedAt = performance.now()
    await cluster.stop()
    console.log(`stopped in ${Math.round(performance.now() - stoppedAt)} ms`)
    expect(pids.map(isAlive)).toEqual([false, false])

    const startedAt = performance.now()
    cluster = await startControlPlane(options)
    console.log(`ready again in ${Math.round(performance.now() - startedAt)} ms`)
    expect(cluster.endpoint).toBe(endpoint)
    expect(await cluster.find('/api/v1/namespaces/default/configmaps/kept')).toMatchObject({ data: { it: 'is' } })
    expect(await cluster.find('/api/v1/namespaces/default/configmaps/missing')).toBeUndefined()
  })

  test('ends both processes when its own is killed', async () => {
    const own = join(folder, 'killed')
    const { parent, pids } = await startElsewhere(own)
    expect(pids.map(isAlive)).toEqual([true, true])
    parent.kill('SIGKILL')
    const killedAt = performance.now()
    await until('both have ended', () => !pids.some(isAlive), 20_000)
    console.log(`both ended ${Math.round(performance.now() - killedAt)} ms after their parent was killed`)
  })

  test('is killed, and started again before its processes have ended: they make way, and it goes on at its endpoint', async () => {
    const own = join(folder, 'killed')
    const { parent, pids, plain, endpoint } = await startElsewhere(own)
    parent.kill('SIGKILL')
    const second = await startControlPlane({ ...plain, log: options.log })
    try {
      expect(pids.map(isAlive)).toEqual([false, false])
      expect(second.endpoint).toBe(endpoint)
    } finally {
      await second.stop()
    }
  })

  test('says what is wrong, with the log, when a process cannot run', async () => {
    const wrong = { ...optionsFor(options.assetsFolder, join(folder, 'wrong'), authority, webhooks.url), issuer: 'not a URL: \n' }
    await expect(startControlPlane(wrong)).rejects.toThrow(/ends each time it is started[\s\S]*issuer/)
    await expect(startControlPlane({ ...wrong, assetsFolder: folder })).rejects.toThrow(/does not hold etcd/)
  })
})

/** Starts a control plane in a process of its own. */
async function startElsewhere(own: string) {
  const starter = fileURLToPath(new URL('support/start-control-plane.ts', import.meta.url))
  const { log: _log, ...made } = optionsFor(options.assetsFolder, own, authority, webhooks.url)
  const plain = { ...made, etcdKey: options.etcdKey }
  const parent = spawn(process.execPath, [starter], { stdio: ['pipe', 'pipe', 'inherit'] })
  parent.stdin.end(JSON.stringify({ ...plain, etcdKey: Buffer.from(plain.etcdKey).toString('base64') }))
  const [endpoint] = await once(parent.stdout, 'data')
  return { parent, plain, endpoint: String(endpoint).trim(), pids: ['etcd', 'kube-apiserver'].map(name => pidOf(name, own)) }
}

const certificateShown = () =>
  new Promise<string>((resolve, reject) => {
    const socket = connect(
      { host: '127.0.0.1', port: Number(new URL(cluster.endpoint).port), ca: authority.certificatePem, servername: 'localhost' },
      () => {
        resolve(socket.getPeerCertificate().subjectaltname ?? '')
        socket.destroy()
      },
    )
    socket.on('error', reject)
  })

/** What the API server says of a token's holder. */
async function whoAmI(token: string): Promise<object> {
  return JSON.parse(await withToken(token, 'auth', 'whoami', '--output=json')).status.userInfo
}

function withToken(token: string, ...words: string[]): Promise<string> {
  return kubectl(
    '/dev/null',
    '--server',
    cluster.endpoint,
    '--certificate-authority',
    join(data, 'files', 'ca.pem'),
    '--token',
    token,
    ...words,
  )
}
