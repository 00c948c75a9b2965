import { describe, expect, test } from 'vitest'
import { egressPolicyOf, metadataKeptFrom } from '../../../src/analysis/graph/import/network-policies.ts'

const [v4, v6] = ['169.254.169.254', 'fd00:ec2::254']
const pod = { namespace: 'shop', labels: { app: 'web', tier: 'front' } }
const policy = (spec: object, namespace = 'shop') => ({ kind: 'NetworkPolicy', metadata: { name: 'p', namespace }, spec })
const egress = (...rules: object[]) => policy({ podSelector: {}, policyTypes: ['Egress'], egress: rules })
const to = (cidr: string, ...except: string[]) => ({ to: [{ ipBlock: { cidr, except } }] })
const keptFrom = (...policies: object[]) =>
  metadataKeptFrom(
    pod,
    policies.flatMap(each => egressPolicyOf(each as never)),
  )

/** Kubernetes documentation, "Network Policies"; the API reference of NetworkPolicySpec. */
describe('which addresses of instance metadata network policies keep a pod from', () => {
  test.each([
    ['no policy', [], []],
    ['one of ingress alone', [policy({ podSelector: {}, policyTypes: ['Ingress'] })], []],
    ['one without types or egress rules, which is of ingress', [policy({ podSelector: {} })], []],
    ['one without types, whose rules make it one of egress', [policy({ podSelector: {}, egress: [to('10.0.0.0/8')] })], [v4, v6]],
    ['deny all', [egress()], [v4, v6]],
    ['allow all', [egress({})], []],
    ['everywhere but there', [egress(to('0.0.0.0/0', '169.254.169.254/32'))], [v4, v6]],
    ['everywhere of both kinds but there', [egress(to('0.0.0.0/0', '169.254.0.0/16'), to('::/0', 'fd00:ec2::254/128'))], [v4, v6]],
    ['IPv6 forgotten', [egress(to('0.0.0.0/0', '169.254.169.254/32'), to('::/0'))], [v4]],
    ['an exception of another address', [egress(to('0.0.0.0/0', '169.254.169.253/32'))], [v6]],
    ['pods alone', [egress({ to: [{ podSelector: {} }, { namespaceSelector: {} }] })], [v4, v6]],
    ['only DNS', [egress({ ports: [{ protocol: 'UDP', port: 53 }] })], [v4, v6]],
    ['HTTPS alone', [egress({ ports: [{ port: 443 }] })], [v4, v6]],
    ['a range of ports with 80 in it', [egress({ ports: [{ port: 1, endPort: 100 }] })], []],
    ['a port by name, which is one of pods', [egress({ ports: [{ port: 'http' }] })], [v4, v6]],
    ['all of TCP', [egress({ ports: [{}] })], []],
    ['one that lets what another does not', [egress(), egress(to('169.254.169.254/32'))], [v6]],
    ['one of another namespace', [policy({ podSelector: {}, policyTypes: ['Egress'] }, 'pay')], []],
    ['one for other pods', [policy({ podSelector: { matchLabels: { app: 'api' } }, policyTypes: ['Egress'] })], []],
    [
      'one for these pods, by expression',
      [policy({ podSelector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['front'] }] }, policyTypes: ['Egress'] })],
      [v4, v6],
    ],
    ['an address that is none', [egress(to('nonsense'))], [v4, v6]],
  ] as const)('%s', (_, policies, expected) => {
    expect(keptFrom(...policies)).toEqual(expected)
  })
})
