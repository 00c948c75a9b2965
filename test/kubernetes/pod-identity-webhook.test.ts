import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type PodAdmission, reviewPod } from '../../src/kubernetes/pod-identity-webhook/admission-review.ts'
import {
  eksDefaults,
  type PodIdentityConfiguration,
  webhookConfiguration,
} from '../../src/kubernetes/pod-identity-webhook/configuration.ts'
import { mutatePod, type PatchOperation } from '../../src/kubernetes/pod-identity-webhook/mutate-pod.ts'
import type { Container, Pod, PodSpec } from '../../src/kubernetes/pod-identity-webhook/pod.ts'
import type { ServiceAccount } from '../../src/kubernetes/pod-identity-webhook/pod-credentials.ts'
import { projectedEnvironment } from '../../src/kubernetes/pod-identity-webhook/projected-environment.ts'
import { testLog } from './support/cluster.ts'

const configuration: PodIdentityConfiguration = { ...eksDefaults, region: 'us-west-2' }
const roleArn = 'arn:aws:iam::111122223333:role/s3-reader'
const annotated = (more: { [name: string]: string } = {}): ServiceAccount => ({
  annotations: Object.fromEntries(
    Object.entries({ 'role-arn': roleArn, ...more }).map(([name, value]) => [`eks.amazonaws.com/${name}`, value]),
  ),
})
const associated: ServiceAccount = { podIdentityAssociation: true }

const apiAccess = { name: 'kube-api-access-x2v5z', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }
const container = (part: Partial<Container> = {}): Container => ({ name: 'app', ...part })
const podOf = (spec: PodSpec = { containers: [container()] }, annotations: { [name: string]: string } = {}): Pod => ({
  metadata: { name: 'checkout', namespace: 'shop', annotations },
  spec: { serviceAccountName: 'checkout', ...spec },
})

const tokenFile = '/var/run/secrets/eks.amazonaws.com/serviceaccount/token'
const irsaVariables = [
  { name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' },
  { name: 'AWS_DEFAULT_REGION', value: 'us-west-2' },
  { name: 'AWS_REGION', value: 'us-west-2' },
  { name: 'AWS_ROLE_ARN', value: roleArn },
  { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: tokenFile },
]
const irsaMount = { name: 'aws-iam-token', readOnly: true, mountPath: '/var/run/secrets/eks.amazonaws.com/serviceaccount' }
const irsaVolume = (audience = 'sts.amazonaws.com', expirationSeconds = 86_400) => ({
  name: 'aws-iam-token',
  projected: { defaultMode: 420, sources: [{ serviceAccountToken: { audience, expirationSeconds, path: 'token' } }] },
})
const podIdentityVariables = [
  ...irsaVariables.slice(0, 3),
  { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'http://169.254.170.23/v1/credentials' },
  {
    name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
    value: '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token',
  },
]
const podIdentityMount = {
  name: 'eks-pod-identity-token',
  readOnly: true,
  mountPath: '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount',
}
const podIdentityVolume = (expirationSeconds = 86_400) => ({
  name: 'eks-pod-identity-token',
  projected: {
    defaultMode: 420,
    sources: [{ serviceAccountToken: { audience: 'pods.eks.amazonaws.com', expirationSeconds, path: 'eks-pod-identity-token' } }],
  },
})

/** RFC 6902, as far as patches of ours go. */
function applied(pod: Pod, patch: readonly PatchOperation[]): Pod {
  const copy = structuredClone(pod) as never
  for (const { path, value } of patch) {
    const keys = path.slice(1).split('/')
    const last = keys.pop() as string
    const target = keys.reduce((node: never, key) => node[key as never], copy) as unknown
    if (Array.isArray(target)) target.splice(last === '-' ? target.length : Number(last), 0, structuredClone(value))
    else (target as { [key: string]: unknown })[last] = structuredClone(value)
  }
  return copy
}

const patchOf = (pod: Pod, serviceAccount: ServiceAccount, how = configuration) => {
  const { pod: mutated, patch, warning } = mutatePod(pod, serviceAccount, how)
  expect(applied(pod, patch)).toEqual(mutated)
  const again = mutatePod(mutated, serviceAccount, how)
  expect(again.patch).toEqual([])
  expect(again.pod).toEqual(mutated)
  return { patch, warning }
}
const environmentOf = (spec: PodSpec, serviceAccount = annotated(), how = configuration) =>
  mutatePod(podOf(spec), serviceAccount, how).pod.spec?.containers?.[0]?.env

describe('roles for service accounts: exact patches', () => {
  test('a plain pod', () => {
    expect(patchOf(podOf(), annotated()).patch).toEqual([
      { op: 'add', path: '/spec/volumes', value: [irsaVolume()] },
      { op: 'add', path: '/spec/containers/0/env', value: irsaVariables },
      { op: 'add', path: '/spec/containers/0/volumeMounts', value: [irsaMount] },
    ])
  })

  test('a pod with volumes, variables, mounts and init containers of its own', () => {
    const pod = podOf({
      volumes: [{ name: apiAccess.name }],
      initContainers: [container({ name: 'init' })],
      containers: [container({ env: [{ name: 'A', value: '1' }], volumeMounts: [apiAccess] }), container({ name: 'sidecar', env: [] })],
    })
    expect(patchOf(pod, annotated()).patch).toEqual([
      { op: 'add', path: '/spec/volumes/0', value: irsaVolume() },
      { op: 'add', path: '/spec/initContainers/0/env', value: irsaVariables },
      { op: 'add', path: '/spec/initContainers/0/volumeMounts', value: [irsaMount] },
      ...irsaVariables.map(value => ({ op: 'add', path: '/spec/containers/0/env/-', value })),
      { op: 'add', path: '/spec/containers/0/volumeMounts/-', value: irsaMount },
      ...irsaVariables.map(value => ({ op: 'add', path: '/spec/containers/1/env/-', value })),
      { op: 'add', path: '/spec/containers/1/volumeMounts', value: [irsaMount] },
    ])
  })

  test('no annotation, no change', () => {
    expect(patchOf(podOf(), {}).patch).toEqual([])
    expect(patchOf(podOf(), annotated({ 'role-arn': '' })).patch).toEqual([])
  })

  test.each(['s3-reader', 'arn:aws:iam::1:role/x', 'arn:aws:iam::111122223333:user/x', `${roleArn}\n`])(
    '%j is no role: no change, and a warning',
    wrong => {
      const { patch, warning } = patchOf(podOf(), annotated({ 'role-arn': wrong }))
      expect(patch).toEqual([])
      expect(warning).toContain('eks.amazonaws.com/role-arn is not the ARN of an IAM role')
    },
  )

  test('a cluster without roles for service accounts refuses the pod and says why', () => {
    const why = 'local clusters on AWS Outposts have no IAM roles for service accounts'
    const without = { ...configuration, webIdentityUnavailable: why }
    expect(() => patchOf(podOf(), annotated(), without)).toThrow(why)
    expect(patchOf(podOf(), {}, without)).toEqual({ patch: [] })
  })
})

describe('annotations and their defaults', () => {
  const volumeOf = (serviceAccount: ServiceAccount, podAnnotations: { [name: string]: string } = {}) =>
    mutatePod(podOf(undefined, podAnnotations), serviceAccount, configuration).pod.spec?.volumes?.[0]
  const onPod = (value: string) => ({ 'eks.amazonaws.com/token-expiration': value })

  test.each([
    { name: 'audience', account: annotated({ audience: 'vault' }), volume: irsaVolume('vault') },
    { name: 'an empty audience', account: annotated({ audience: '' }), volume: irsaVolume() },
    {
      name: 'token-expiration of the service account',
      account: annotated({ 'token-expiration': '3600' }),
      volume: irsaVolume(undefined, 3600),
    },
    {
      name: 'token-expiration of the pod goes before',
      account: annotated({ 'token-expiration': '3600' }),
      pod: onPod('7200'),
      volume: irsaVolume(undefined, 7200),
    },
    { name: 'less than the least', account: annotated({ 'token-expiration': '60' }), volume: irsaVolume(undefined, 600) },
    { name: 'no number', account: annotated({ 'token-expiration': '1h' }), volume: irsaVolume() },
    {
      name: 'no number on the pod',
      account: annotated({ 'token-expiration': '3600' }),
      pod: onPod('-1'),
      volume: irsaVolume(undefined, 3600),
    },
    { name: 'Pod Identity, token-expiration of the pod', account: associated, pod: onPod('900'), volume: podIdentityVolume(900) },
  ])('$name', ({ account, pod, volume }) => {
    expect(volumeOf(account, pod)).toEqual(volume)
  })

  test.each([
    { name: 'regional by default', account: annotated(), regional: true },
    { name: 'global by annotation', account: annotated({ 'sts-regional-endpoints': 'false' }), regional: false },
    { name: 'a value that is no truth value', account: annotated({ 'sts-regional-endpoints': 'no' }), regional: true },
    {
      name: 'regional by annotation',
      account: annotated({ 'sts-regional-endpoints': 'true' }),
      how: { ...configuration, regionalSts: false },
      regional: true,
    },
    { name: 'global by configuration', account: annotated(), how: { ...configuration, regionalSts: false }, regional: false },
  ])('sts-regional-endpoints: $name', ({ account, how, regional }) => {
    const names = environmentOf({ containers: [container()] }, account, how)?.map(({ name }) => name)
    expect(names?.includes('AWS_STS_REGIONAL_ENDPOINTS')).toBe(regional)
  })

  test('skip-containers leaves containers and init containers as they are', () => {
    const pod = podOf(
      { initContainers: [container({ name: 'init-first' })], containers: [container({ name: 'sidecar' }), container()] },
      { 'eks.amazonaws.com/skip-containers': 'init-first, sidecar' },
    )
    expect(patchOf(pod, annotated()).patch.map(({ path }) => path)).toEqual([
      '/spec/volumes',
      '/spec/containers/1/env',
      '/spec/containers/1/volumeMounts',
    ])
  })

  test('another prefix', () => {
    const how = { ...configuration, annotationPrefix: 'gatehouse.example.com' }
    expect(patchOf(podOf(), annotated(), how).patch).toEqual([])
    expect(patchOf(podOf(), { annotations: { 'gatehouse.example.com/role-arn': roleArn } }, how).patch).not.toEqual([])
  })
})

describe('what is there stays', () => {
  test.each([
    { name: 'a role of its own', env: [{ name: 'AWS_ROLE_ARN', value: 'x' }], added: irsaVariables.slice(0, 3) },
    { name: 'a token file of its own', env: [{ name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: 'x' }], added: irsaVariables.slice(0, 3) },
    { name: 'one of the regions', env: [{ name: 'AWS_REGION', value: 'x' }], added: [irsaVariables[0], ...irsaVariables.slice(3)] },
    { name: 'an endpoint choice', env: [{ name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'legacy' }], added: irsaVariables.slice(1) },
    {
      name: 'a value from elsewhere',
      env: [{ name: 'AWS_REGION', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      added: [irsaVariables[0], ...irsaVariables.slice(3)],
    },
  ])('a variable: $name', ({ env, added }) => {
    expect(environmentOf({ containers: [container({ env })] })).toEqual([...env, ...added])
  })

  test('a volume and a mount of the same name, and a mount at the same place', () => {
    const volumes = [{ name: 'aws-iam-token', emptyDir: {} }]
    const own = { name: 'aws-iam-token', mountPath: '/elsewhere' }
    const elsewhere = { ...irsaMount, name: 'mine' }
    const pod = podOf({ volumes, containers: [container({ volumeMounts: [own] }), container({ name: 'b', volumeMounts: [elsewhere] })] })
    const { pod: mutated } = mutatePod(pod, annotated(), configuration)
    expect(mutated.spec?.volumes).toEqual(volumes)
    expect(mutated.spec?.containers?.map(({ volumeMounts }) => volumeMounts)).toEqual([[own], [elsewhere]])
  })

  test('security contexts, fsGroup among them', () => {
    const spec = { securityContext: { runAsNonRoot: true }, containers: [{ ...container(), securityContext: { runAsUser: 1000 } }] }
    expect(mutatePod(podOf(spec), annotated(), configuration).pod.spec).toMatchObject(spec)
  })

  test.each(['kubernetes.io/os', 'beta.kubernetes.io/os'])(
    'Windows pods, told by the node selector %s, get Windows paths in variables',
    selector => {
      const spec = { nodeSelector: { [selector]: 'windows' }, containers: [container()] }
      expect(environmentOf(spec)).toContainEqual({
        name: 'AWS_WEB_IDENTITY_TOKEN_FILE',
        value: 'C:\\var\\run\\secrets\\eks.amazonaws.com\\serviceaccount\\token',
      })
      expect(mutatePod(podOf(spec), annotated(), configuration).pod.spec?.containers?.[0]?.volumeMounts).toEqual([irsaMount])
    },
  )

  test('variables by configuration only, and only where there are none', () => {
    const how = { ...configuration, extraEnvironment: { AWS_ENDPOINT_URL: 'https://gatehouse:8443', AWS_CA_BUNDLE: '/ca.pem' } }
    expect(environmentOf({ containers: [container({ env: [{ name: 'AWS_CA_BUNDLE', value: '/mine.pem' }] })] }, annotated(), how)).toEqual([
      { name: 'AWS_CA_BUNDLE', value: '/mine.pem' },
      ...irsaVariables,
      { name: 'AWS_ENDPOINT_URL', value: 'https://gatehouse:8443' },
    ])
  })
})

describe('EKS Pod Identity', () => {
  test('a plain pod', () => {
    expect(patchOf(podOf(), associated).patch).toEqual([
      { op: 'add', path: '/spec/volumes', value: [podIdentityVolume()] },
      { op: 'add', path: '/spec/containers/0/env', value: podIdentityVariables },
      { op: 'add', path: '/spec/containers/0/volumeMounts', value: [podIdentityMount] },
    ])
  })

  test('an association goes before the annotation', () => {
    expect(patchOf(podOf(), { ...annotated(), ...associated }).patch).toEqual(patchOf(podOf(), associated).patch)
  })

  test('Windows pods get a Windows path to the token, and the address of the agent as it is', () => {
    const env = environmentOf({ nodeSelector: { 'kubernetes.io/os': 'windows' }, containers: [container()] }, associated)
    expect(env).toContainEqual({
      name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
      value: 'C:\\var\\run\\secrets\\pods.eks.amazonaws.com\\serviceaccount\\eks-pod-identity-token',
    })
    expect(env).toContainEqual({ name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'http://169.254.170.23/v1/credentials' })
  })

  test('skip-containers and token-expiration of the pod hold here too', () => {
    const pod = podOf(
      { initContainers: [container({ name: 'init' })], containers: [container(), container({ name: 'sidecar' })] },
      { 'eks.amazonaws.com/skip-containers': 'init, sidecar', 'eks.amazonaws.com/token-expiration': '3600' },
    )
    expect(patchOf(pod, associated).patch).toEqual([
      { op: 'add', path: '/spec/volumes', value: [podIdentityVolume(3_600)] },
      { op: 'add', path: '/spec/containers/0/env', value: podIdentityVariables },
      { op: 'add', path: '/spec/containers/0/volumeMounts', value: [podIdentityMount] },
    ])
  })

  test('a container that points at an agent of its own keeps it, and gets no half of ours', () => {
    const own = [{ name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'http://127.0.0.1:8080/' }]
    expect(environmentOf({ containers: [container({ env: own })] }, associated)).toEqual([...own, ...podIdentityVariables.slice(0, 3)])
  })

  test('the agent at an IPv6 address', () => {
    const podIdentity = { ...configuration.podIdentity, credentialsUri: 'http://[fd00:ec2::23]/v1/credentials' }
    expect(environmentOf({ containers: [container()] }, associated, { ...configuration, podIdentity })).toContainEqual({
      name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI',
      value: 'http://[fd00:ec2::23]/v1/credentials',
    })
  })
})

describe('AdmissionReview', () => {
  const admission = (found: ServiceAccount | undefined = annotated()): PodAdmission => ({
    cluster: { name: 'demo' },
    configuration,
    serviceAccount: async (namespace, name) => (namespace === 'shop' && name === 'checkout' ? found : undefined),
  })
  const uid = '705ab4f5-6393-11e8-b7cc-42010a800002'
  const pods = { group: '', version: 'v1', resource: 'pods' }
  const body = (request: object, version = 'v1') =>
    JSON.stringify({
      apiVersion: `admission.k8s.io/${version}`,
      kind: 'AdmissionReview',
      request: { uid, operation: 'CREATE', namespace: 'shop', resource: pods, object: podOf(), ...request },
    })
  const patchIn = (answer: object) => {
    const { response } = answer as { response: { patch?: string } }
    return response.patch === undefined
      ? undefined
      : (JSON.parse(Buffer.from(response.patch, 'base64').toString('utf8')) as PatchOperation[])
  }

  test.each(['v1', 'v1beta1'])('%s: allowed, with the patch', async version => {
    const { status, body: answer } = await reviewPod(body({}, version), admission(), testLog())
    expect(status).toBe(200)
    expect(answer).toEqual({
      apiVersion: `admission.k8s.io/${version}`,
      kind: 'AdmissionReview',
      response: { uid, allowed: true, patchType: 'JSONPatch', patch: expect.any(String) },
    })
    expect(patchIn(answer)).toEqual(mutatePod(podOf(), annotated(), configuration).patch)
  })

  test.each([
    { name: 'another service account', request: { object: podOf({ serviceAccountName: 'other', containers: [] }) } },
    { name: 'no service account named', request: { object: { spec: { containers: [] } } } },
    { name: 'another namespace', request: { namespace: 'other' } },
    { name: 'an update', request: { operation: 'UPDATE' } },
    { name: 'a subresource', request: { subResource: 'ephemeralcontainers' } },
    { name: 'another resource', request: { resource: { group: 'apps', resource: 'deployments' } } },
    { name: 'lists that are null', request: { object: { spec: { serviceAccountName: 'other', containers: null } } } },
  ])('allowed as it is: $name', async ({ request }) => {
    expect((await reviewPod(body(request), admission(), testLog())).body).toMatchObject({ response: { uid, allowed: true } })
    expect(patchIn((await reviewPod(body(request), admission(), testLog())).body)).toBeUndefined()
  })

  test("the request's namespace counts: a pod need not name its own", async () => {
    const object = { spec: { serviceAccountName: 'checkout', containers: [container()] } }
    expect(patchIn((await reviewPod(body({ object }), admission(), testLog())).body)).toHaveLength(3)
  })

  test('a pod of the doctor is told that it was seen, and gets what it would get', async () => {
    const metadata = { annotations: { 'gatehouse/doctor': 'dry run' } }
    const { body: answer } = await reviewPod(body({ object: { ...podOf(), metadata } }), admission(), testLog())
    expect(answer).toMatchObject({ response: { allowed: true, patchType: 'JSONPatch', warnings: ['Gatehouse was shown this pod'] } })
  })

  test('a wrong annotation is told to who makes the pod, and logged', async () => {
    const log = testLog()
    const { body: answer } = await reviewPod(body({}), admission(annotated({ 'role-arn': 'x' })), log)
    expect(answer).toMatchObject({ response: { allowed: true, warnings: [expect.stringContaining('is not the ARN of an IAM role')] } })
    expect(log.lines).toMatchObject([{ level: 'warn' }])
  })

  test('a look-up that fails admits the pod as it is, says so, and logs why', async () => {
    const log = testLog()
    const broken = { ...admission(), serviceAccount: () => Promise.reject(new Error('etcd is away')) }
    const { status, body: answer } = await reviewPod(body({}), broken, log)
    expect(status).toBe(200)
    expect(answer).toMatchObject({
      kind: 'AdmissionReview',
      response: { uid, allowed: true, warnings: ['service account checkout could not be looked up: the pod gets no AWS credentials'] },
    })
    expect(patchIn(answer)).toBeUndefined()
    expect(JSON.stringify(answer)).not.toContain('etcd')
    expect(log.lines).toContainEqual(expect.objectContaining({ level: 'error' }))
  })

  test('an association counts before the service account is made', async () => {
    const found = { ...admission(associated) }
    expect(patchIn((await reviewPod(body({}), found, testLog())).body)).toEqual(mutatePod(podOf(), associated, configuration).patch)
  })

  test.each([
    { name: 'not JSON', text: '{', reason: 'the body is not JSON' },
    { name: 'another version', text: body({}, 'v2'), reason: 'apiVersion is not one of' },
    { name: 'no uid', text: body({ uid: undefined }), reason: 'request.uid is missing' },
    { name: 'no pod', text: body({ object: null }), reason: 'request.object is not an object' },
    { name: 'no spec', text: body({ object: {} }), reason: 'spec is not an object' },
    {
      name: 'containers that are no list',
      text: body({ object: { spec: { containers: {} } } }),
      reason: 'spec.containers is not a list of named objects',
    },
    {
      name: 'a variable without a name',
      text: body({ object: { spec: { containers: [{ name: 'a', env: [{}] }] } } }),
      reason: 'env is not a list',
    },
    {
      name: 'an annotation that is no text',
      text: body({ object: { metadata: { annotations: { a: 1 } }, spec: {} } }),
      reason: 'metadata.annotations is not text',
    },
    { name: 'huge', text: ' '.repeat(3_145_729), reason: 'the body is longer than' },
  ])('400 with a reason: $name', async ({ text, reason }) => {
    expect(await reviewPod(text, admission(), testLog())).toMatchObject({ status: 400, body: { message: expect.stringContaining(reason) } })
  })

  test('any bytes and any pod get an answer', async () => {
    const objects = fc.json().map(object => body({ object: JSON.parse(object) as unknown }))
    const specs = fc.record(
      {
        serviceAccountName: fc.constant('checkout'),
        containers: fc.jsonValue(),
        volumes: fc.jsonValue(),
        initContainers: fc.jsonValue(),
        nodeSelector: fc.jsonValue(),
      },
      { requiredKeys: ['serviceAccountName'] },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array(),
          fc.json(),
          objects,
          specs.map(spec => body({ object: { spec } })),
        ),
        async bytes => {
          expect([200, 400]).toContain((await reviewPod(bytes, admission(), testLog())).status)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('the configuration that makes a cluster call it', () => {
    expect(webhookConfiguration({ url: 'https://gatehouse:8443/x' }, 'PEM')).toMatchObject({
      kind: 'MutatingWebhookConfiguration',
      webhooks: [{ clientConfig: { url: 'https://gatehouse:8443/x', caBundle: 'UEVN' }, failurePolicy: 'Ignore', sideEffects: 'None' }],
    })
  })
})

describe('what a process in a container would see', () => {
  const { pod } = mutatePod(
    podOf({
      volumes: [{ name: apiAccess.name, projected: { sources: [{ serviceAccountToken: { path: 'token' } }, {}] } }],
      containers: [
        container({
          volumeMounts: [apiAccess],
          env: [
            { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'WHERE', value: '$(POD).$(NOBODY) $$(POD)' },
            { name: 'TEAM', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['team']" } } },
            { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
            { name: 'EMPTY' },
          ],
        }),
        container({ name: 'other' }),
      ],
    }),
    annotated(),
    configuration,
  )

  test('variables, token files, and what only a cluster knows', () => {
    expect(projectedEnvironment(pod)).toEqual({
      environment: {
        POD: 'checkout',
        WHERE: 'checkout.$(NOBODY) $(POD)',
        TEAM: '',
        EMPTY: '',
        ...Object.fromEntries(irsaVariables.map(({ name, value }) => [name, value])),
      },
      tokens: [
        { path: '/var/run/secrets/kubernetes.io/serviceaccount/token', volume: apiAccess.name, expirationSeconds: 3600 },
        { path: tokenFile, volume: 'aws-iam-token', audience: 'sts.amazonaws.com', expirationSeconds: 86_400 },
      ],
      unresolved: ['PASSWORD'],
    })
  })

  test('a container by name', () => {
    expect(projectedEnvironment(pod, 'other').tokens).toHaveLength(1)
    expect(() => projectedEnvironment(pod, 'none')).toThrow('the pod has no container none')
    expect(() => projectedEnvironment({})).toThrow('the pod has no container')
  })
})
