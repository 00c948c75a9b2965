import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { writeAttachFiles } from '../../../src/cli/attach-files.ts'

const nodeFolder = '/var/lib/gatehouse'
let folder: string
let page: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-attach-'))
  const attachment = {
    clusterName: 'edge',
    clusterId: 'A1',
    webhookToken: 'secret',
    origin: 'https://gatehouse.example.com:4599',
    certificateAuthorityPem: 'pem\n',
    admission: { failurePolicy: 'Ignore' },
  } as const
  writeAttachFiles(attachment, folder, nodeFolder)
  page = readFileSync(join(folder, 'INSTRUCTIONS.md'), 'utf8')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What a distribution's part of the page says, and the configuration in it. */
function partOf(distribution: string) {
  const text = page.split('\n## ').find(part => part.startsWith(`${distribution}\n`)) ?? ''
  return { text, configuration: parse(/```yaml\n([^`]*)```/.exec(text)?.[1] ?? '') as { [name: string]: unknown } }
}

const flags = () =>
  (/## Any kube-apiserver\n\n```\n([^`]*)```/.exec(page)?.[1] ?? '')
    .trim()
    .split('\n')
    .map(line => line.slice(2).split('=') as [string, string])

describe('the page of instructions of an attached cluster', () => {
  test('has the flags of any API server, each for a file of the folder', () => {
    const named = flags().filter(([, value]) => value.startsWith(nodeFolder))
    expect(named.map(([name]) => name)).toEqual([
      'authentication-token-webhook-config-file',
      'authorization-webhook-config-file',
      'admission-control-config-file',
    ])
    for (const [, value] of named) expect(readFileSync(join(folder, value.slice(nodeFolder.length + 1)), 'utf8')).not.toBe('')
  })

  test('kubeadm takes them as a list, in the version of its configuration that has one', () => {
    expect(partOf('kubeadm').configuration).toMatchObject({
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      apiServer: { extraArgs: flags().map(([name, value]) => ({ name, value })) },
    })
  })

  test('kind takes them as a map and without a version, which its patches of any version of Kubernetes do', () => {
    const { configuration } = partOf('kind')
    expect(configuration).toEqual({
      kind: 'ClusterConfiguration',
      apiServer: { extraArgs: Object.fromEntries(flags()), extraVolumes: [expect.objectContaining({ hostPath: nodeFolder })] },
    })
  })

  test('k3s takes them as they are', () => {
    expect(partOf('k3s').configuration).toEqual({ 'kube-apiserver-arg': flags().map(words => words.join('=')) })
  })

  test('RKE2 gets the admission configuration by its own setting, and is told to keep Pod Security in it', () => {
    const { text, configuration } = partOf('RKE2')
    expect(configuration).toEqual({
      'kube-apiserver-arg': flags()
        .filter(([name]) => name !== 'admission-control-config-file')
        .map(words => words.join('=')),
      'kube-apiserver-extra-mount': [`${nodeFolder}:${nodeFolder}:ro`],
      'pod-security-admission-config-file': `${nodeFolder}/admission.yaml`,
    })
    expect(text).toContain('/etc/rancher/rke2/rke2-pss.yaml')
  })

  test('Talos has fields for what it refuses as flags, and an API server that does not run as root', () => {
    const { text, configuration } = partOf('Talos')
    expect(configuration).toMatchObject({
      cluster: {
        apiServer: {
          extraVolumes: [{ hostPath: nodeFolder, mountPath: nodeFolder, readonly: true }],
          authorizationConfig: [{ type: 'Webhook', name: 'gatehouse' }],
          admissionControl: [{ name: 'MutatingAdmissionWebhook' }],
        },
      },
    })
    const { extraArgs } = (configuration['cluster'] as { apiServer: { extraArgs: object } }).apiServer
    expect(Object.keys(extraArgs).filter(name => !name.startsWith('authentication-token-webhook-'))).toEqual([])
    expect(text).toContain('permissions: 0o444')
  })
})
