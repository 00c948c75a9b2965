import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { freePort } from '../free-port.ts'
import { command, discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

// The Helm chart, by helm and by a real API server's dry run; the root file system of the image, run as the image runs it; the systemd unit. docs/packaging.md

const helm = process.env['GATEHOUSE_TEST_HELM']
const assets = process.env['GATEHOUSE_TEST_CONTROL_PLANE']
const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!helm || !assets || !clients) throw new Error('GATEHOUSE_TEST_HELM or another variable is not set: run the tests with npm test')

const chart = join(root, 'packaging/helm/gatehouse')
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-packaging-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const render = (...values: string[]) =>
  spawnSync(
    helm,
    ['template', 'gatehouse', chart, '--namespace', 'identity', '--kube-version', '1.34.0', ...values.flatMap(each => ['--set', each])],
    {
      encoding: 'utf8',
      env: { ...process.env, HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder },
    },
  )

interface Document {
  readonly kind: string
  /** What is looked at of a deployment's, and of a service's. */
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly env: readonly object[] }[] } }
    readonly ports: readonly { readonly port: number; readonly targetPort: string }[]
  }
  readonly data?: { readonly [name: string]: string }
}
const documentsOf = (text: string) => parseAllDocuments(text).map(document => document.toJS() as Document)

const everything = [
  'serviceMonitor.enabled=true',
  'podIdentityWebhook.enabled=true',
  'podIdentityWebhook.clusterId=0123456789ABCDEF0123456789ABCDEF',
  'podIdentityWebhook.caBundle=Y2E=',
]

describe('the chart', () => {
  test('is fine by helm lint', () => {
    expect(spawnSync(helm, ['lint', '--kube-version', '1.34.0', chart], { encoding: 'utf8' })).toMatchObject({ status: 0 })
  })

  test('has what it says by default', () => {
    const { status, stdout } = render()
    expect(status).toBe(0)
    expect(
      documentsOf(stdout)
        .map(({ kind }) => kind)
        .toSorted(),
    ).toEqual(['ConfigMap', 'Deployment', 'NetworkPolicy', 'PersistentVolumeClaim', 'Service', 'ServiceAccount'])
  })

  test('settings that it renders are settings that Gatehouse takes', () => {
    const config = documentsOf(render('settings.historyDays=30').stdout).find(({ kind }) => kind === 'ConfigMap')
    const file = join(folder, 'gatehouse.yaml')
    const text = config?.data?.['gatehouse.yaml'] as string
    expect(text).toContain('hostname: "gatehouse.identity.svc"')
    writeFileSync(
      file,
      text
        .replace(/host: .*/, 'host: 127.0.0.1')
        .replace(/: (4443|4480|9464)$/gm, ': 0')
        .replace(/^(httpPort|port|metricsPort): 0$/gm, '$1: 0'),
    )
    const { status, stdout } = spawnSync(process.execPath, [command, 'up', '--config', file, '--', 'true'], {
      encoding: 'utf8',
      // Not where whoever runs the tests has a Gatehouse of their own.
      env: { ...withoutAws(process.env), GATEHOUSE_DATA: join(folder, 'data') },
    })
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
  }, 60_000)

  test('keeps its data in a folder of its own in the volume, whatever the image and the settings say', () => {
    const documents = documentsOf(render('settings.data=/elsewhere').stdout)
    const deployment = documents.find(({ kind }) => kind === 'Deployment')
    expect(deployment?.spec.template.spec.containers[0]?.env).toEqual([{ name: 'GATEHOUSE_DATA', value: '/data/gatehouse' }])
    expect(documents.find(({ kind }) => kind === 'ConfigMap')?.data?.['gatehouse.yaml']).not.toContain('elsewhere')
  })

  test('answers at the ports that Gatehouse tells of itself', () => {
    const documents = documentsOf(render().stdout)
    const config = documents.find(({ kind }) => kind === 'ConfigMap')?.data?.['gatehouse.yaml'] ?? ''
    const service = documents.find(({ kind }) => kind === 'Service')
    for (const [setting, targetPort] of [
      ['port', 'https'],
      ['httpPort', 'http'],
    ] as const)
      expect(service?.spec.ports).toContainEqual(
        expect.objectContaining({ port: Number(new RegExp(`^${setting}: (\\d+)$`, 'm').exec(config)?.[1]), targetPort }),
      )
  })

  test.each([
    [['replicas=2'], 'several replicas need a database that they share'],
    [['podIdentityWebhook.enabled=true'], 'podIdentityWebhook.clusterId is the id of the attached cluster'],
  ])('with %o it says what is missing', (values, message) => {
    expect(render(...values)).toMatchObject({ status: 1, stderr: expect.stringContaining(message) })
  })
})

describe('a real API server', () => {
  let gatehouse: TestGatehouse
  let kubeconfig: string
  const kubectl = (words: string[], input = '') =>
    spawnSync('kubectl', ['--kubeconfig', kubeconfig, ...words], {
      input,
      encoding: 'utf8',
      env: { ...withoutAws(process.env), ...gatehouse.environment, PATH: `${clients}:${process.env['PATH']}` },
    })

  beforeAll(async () => {
    gatehouse = await startGatehouse({ environment: { KUBEBUILDER_ASSETS: assets } })
    kubeconfig = join(gatehouse.data, 'kubeconfig')
    const aws = (...words: string[]) =>
      execFileSync(join(clients, 'aws'), words, {
        env: { ...withoutAws(process.env), ...gatehouse.environment, KUBECONFIG: kubeconfig },
        encoding: 'utf8',
      })
    const trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    }
    aws('iam', 'create-role', '--role-name', 'eks', '--assume-role-policy-document', JSON.stringify(trust))
    aws(
      'eks',
      'create-cluster',
      '--name',
      'packaging',
      '--role-arn',
      'arn:aws:iam::111122223333:role/eks',
      '--resources-vpc-config',
      'subnetIds=subnet-1,subnet-2',
    )
    aws('eks', 'wait', 'cluster-active', '--name', 'packaging')
    aws('eks', 'update-kubeconfig', '--name', 'packaging', '--kubeconfig', kubeconfig)
  }, 200_000)
  afterAll(() => discard(gatehouse))

  test('takes everything that the chart makes, in a dry run', () => {
    expect(kubectl(['create', 'namespace', 'identity'])).toMatchObject({ status: 0 })
    // Of the Prometheus operator, only that there is such a kind.
    const serviceMonitors = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'servicemonitors.monitoring.coreos.com' },
      spec: {
        group: 'monitoring.coreos.com',
        scope: 'Namespaced',
        names: { kind: 'ServiceMonitor', plural: 'servicemonitors' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    }
    expect(kubectl(['apply', '-f', '-'], JSON.stringify(serviceMonitors))).toMatchObject({ status: 0 })
    expect(
      kubectl(['wait', '--for', 'condition=established', 'crd/servicemonitors.monitoring.coreos.com', '--timeout', '30s']),
    ).toMatchObject({ status: 0 })
    for (const values of [
      everything,
      [...everything, 'podIdentityWebhook.failurePolicy=Fail', 'replicas=2', 'settings.store=postgres://database/gatehouse'],
    ]) {
      const { stdout } = render(...values)
      const applied = kubectl(['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'], stdout)
      expect(applied).toMatchObject({ status: 0, stderr: '' })
      expect(applied.stdout.trim().split('\n')).toHaveLength(documentsOf(stdout).length)
    }
  }, 90_000)

  test('gets the chart installed, upgraded, rolled back and uninstalled; the volume stays', () => {
    const release = (words: string[], ...values: string[]) =>
      spawnSync(helm, [...words, '--namespace', 'helm', '--kubeconfig', kubeconfig, ...values.flatMap(each => ['--set', each])], {
        encoding: 'utf8',
        env: {
          ...withoutAws(process.env),
          ...gatehouse.environment,
          PATH: `${clients}:${process.env['PATH']}`,
          HELM_CACHE_HOME: folder,
          HELM_CONFIG_HOME: folder,
          HELM_DATA_HOME: folder,
        },
      })
    const settings = () => kubectl(['-n', 'helm', 'get', 'configmap', 'gatehouse', '-o', 'jsonpath={.data}']).stdout
    const kinds = 'deployments,services,configmaps,serviceaccounts,networkpolicies,persistentvolumeclaims,mutatingwebhookconfigurations'
    const there = () =>
      kubectl(['-n', 'helm', 'get', kinds, '-l', 'app.kubernetes.io/instance=gatehouse', '-o', 'name']).stdout.trim().split('\n')

    const installed = release(
      ['install', 'gatehouse', chart, '--create-namespace'],
      ...everything.filter(each => !each.includes('Monitor')),
    )
    expect(installed).toMatchObject({ status: 0, stderr: '' })
    expect(installed.stdout).toContain('STATUS: deployed')
    expect(installed.stdout).toContain('Gatehouse 0.1.0 is at https://gatehouse.helm.svc:4443 in this cluster.')
    expect(there()).toEqual([
      'deployment.apps/gatehouse',
      'service/gatehouse',
      'configmap/gatehouse',
      'serviceaccount/gatehouse',
      'networkpolicy.networking.k8s.io/gatehouse',
      'persistentvolumeclaim/gatehouse',
      'mutatingwebhookconfiguration.admissionregistration.k8s.io/gatehouse-pod-identity',
    ])
    expect(release(['upgrade', 'gatehouse', chart, '--reuse-values'], 'settings.historyDays=30')).toMatchObject({ status: 0, stderr: '' })
    expect(settings()).toContain('historyDays: 30')
    expect(release(['rollback', 'gatehouse', '1'])).toMatchObject({ status: 0, stderr: '' })
    expect(settings()).not.toContain('historyDays')
    expect(release(['uninstall', 'gatehouse'])).toMatchObject({ status: 0 })
    expect(there()).toEqual(['persistentvolumeclaim/gatehouse'])
  }, 90_000)
})

const isRoot = process.getuid?.() === 0 && process.platform === 'linux'
const hasBuildah = spawnSync('buildah', ['--version']).error === undefined

describe.skipIf(!isRoot)('the image', () => {
  // Nothing of it stays on the machine.
  const storage = join(folder, 'storage')
  const environment = { ...process.env, STORAGE_DRIVER: 'vfs', CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf') }
  const buildah = (...words: string[]) => execFileSync('buildah', words, { encoding: 'utf8', env: environment }).trim()
  let rootfs = join(folder, 'rootfs')
  let server: ChildProcess | undefined
  const ports = { GATEHOUSE_PORT: '', GATEHOUSE_HTTP_PORT: '', GATEHOUSE_METRICS_PORT: '' }

  beforeAll(async () => {
    writeFileSync(
      join(folder, 'storage.conf'),
      `[storage]\ndriver = "vfs"\ngraphroot = ${JSON.stringify(storage)}\nrunroot = ${JSON.stringify(join(folder, 'run'))}\n`,
    )
    const words = hasBuildah ? [] : ['--rootfs-only', rootfs]
    const built = spawnSync(join(root, 'packaging/container/build.sh'), words, { encoding: 'utf8', env: environment })
    expect(built, built.stderr).toMatchObject({ status: 0 })
    if (hasBuildah) rootfs = buildah('mount', buildah('from', '--pull-never', 'localhost/gatehouse:0.1.0'))
    for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = String(await freePort())
  }, 200_000)
  afterAll(async () => {
    if (server?.exitCode === null) {
      const ended = new Promise(resolve => server?.once('exit', resolve))
      server.kill('SIGTERM')
      await ended
    }
    if (hasBuildah) buildah('rm', '--all')
  }, 60_000)

  /** As its user in its root, where nothing is his but the data. */
  const inside = (words: readonly string[]) => ['--userspec=65532:65532', rootfs, ...words]
  const program = ['/usr/bin/node', '/opt/gatehouse/node_modules/gatehouse/bin/gatehouse.js']

  test('has nothing but Gatehouse, Node and its libraries', () => {
    for (const name of ['bin/sh', 'usr/bin/npm', 'opt/gatehouse/node_modules/typescript'])
      expect(existsSync(join(rootfs, name))).toBe(false)
  })

  test('runs by itself, read by a user who owns nothing in it', async () => {
    server = spawn('/usr/sbin/chroot', inside([...program, 'start']), { env: { GATEHOUSE_DATA: '/data', ...ports }, stdio: 'ignore' })
    expect(await answers(`http://127.0.0.1:${ports.GATEHOUSE_METRICS_PORT}/readyz`)).toBe('ok\n')
    expect(await answers(`http://127.0.0.1:${ports.GATEHOUSE_HTTP_PORT}/console/`)).toContain('<!doctype html>')
  }, 60_000)

  test.skipIf(!hasBuildah)('says how it is run, and its health check tells a server that is ready from one that is not', () => {
    const { config } = (
      JSON.parse(buildah('inspect', '--type', 'image', 'localhost/gatehouse:0.1.0')) as { Docker: { config: ImageConfig } }
    ).Docker
    expect(config).toMatchObject({
      User: '65532:65532',
      Entrypoint: program,
      Cmd: ['start'],
      Volumes: { '/data': {} },
      ExposedPorts: { '4443/tcp': {}, '4480/tcp': {}, '9464/tcp': {} },
    })
    expect(config.Env).toEqual(expect.arrayContaining(['GATEHOUSE_DATA=/data', 'GATEHOUSE_HOST=0.0.0.0', 'GATEHOUSE_METRICS_PORT=9464']))
    const [form, ...check] = config.Healthcheck.Test
    expect(form).toBe('CMD')
    const health = (GATEHOUSE_METRICS_PORT: string) =>
      spawnSync('/usr/sbin/chroot', inside(check), { env: { GATEHOUSE_METRICS_PORT } }).status
    expect([health(ports.GATEHOUSE_METRICS_PORT), health('1')]).toEqual([0, 1])
  })
})

interface ImageConfig {
  readonly Env: readonly string[]
  readonly Healthcheck: { readonly Test: readonly string[] }
}

test('the unit is one that systemd understands', () => {
  const unit = readFileSync(join(root, 'packaging/systemd/gatehouse.service'), 'utf8')
  expect(unit).toContain('ExecStart=/usr/bin/gatehouse start --config /etc/gatehouse/gatehouse.yaml')
  const verify = spawnSync('systemd-analyze', ['verify', '--man=no', join(root, 'packaging/systemd/gatehouse.service')], {
    encoding: 'utf8',
  })
  // Without systemd, or without the command installed, there is nothing more to learn.
  if (verify.status !== null)
    expect(verify.stderr.split('\n').filter(line => line !== '' && !line.includes('/usr/bin/gatehouse'))).toEqual([])
})

/** What a URL answers once it does, within twenty seconds. */
async function answers(url: string): Promise<string> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok) return answer.text()
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`${url} does not answer`)
}
