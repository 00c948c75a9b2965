import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { account, programs, startWorkload, type Workload } from './workload.ts'

let workload: Workload
const target = ['--cluster', 'demo', '--namespace', 'shop', '--service-account', 'checkout']
const policy = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess'
const enable = (...more: string[]) => workload.gatehouseCommand('irsa', 'enable', ...target, '--policy-arn', policy, ...more)
const check = (...more: string[]) => workload.gatehouseCommand('irsa', 'check', ...target, ...more)
const broken = async (...more: string[]) => {
  const { code, stdout } = await workload.failure('irsa', 'check', ...target, ...more)
  expect(code).toBe(1)
  return stdout
}
const roleArn = `arn:aws:iam::${account}:role/demo-shop-checkout`

beforeAll(async () => {
  workload = await startWorkload()
})
afterAll(() => workload?.close())

describe('gatehouse irsa', () => {
  test('check names the annotation first, where nothing is done yet', async () => {
    expect(await broken()).toMatch(/^broken {2}annotation: the service account has no annotation eks.amazonaws.com\/role-arn$/m)
  })

  test('enable --dry-run shows each call and makes none', async () => {
    const shown = await enable('--dry-run')
    expect(shown.split('\n').map(line => line.split(' --')[0])).toEqual([
      'aws iam create-open-id-connect-provider',
      'aws iam create-role',
      'aws iam attach-role-policy',
      expect.stringMatching(/^kubectl annotate$/),
    ])
    expect(await workload.aws('iam', 'list-open-id-connect-providers', '--query', 'OpenIDConnectProviderList')).toBe('[]')
  })

  test('enable makes them, and the second time there is nothing to do', async () => {
    await enable()
    expect(await enable()).toContain('# nothing to do')
    expect(await workload.kubectl('get', 'serviceaccount', 'checkout', '-n', 'shop', '-o', 'jsonpath={.metadata.annotations}')).toContain(
      roleArn,
    )
  })

  test.each(programs)('$name becomes the role', async ({ words }) => {
    expect(await workload.gatehouseCommand('run', ...target, '--', ...words)).toContain(':assumed-role/demo-shop-checkout/')
  })

  test('check follows the whole chain, to the exchange', async () => {
    const lines = (await check('--sdk', 'boto3@1.44.8')).split('\n').map(line => line.split(':')[0])
    expect(lines).toEqual(
      ['cluster', 'issuer', 'annotation', 'provider', 'role', 'trust policy', 'pods', 'SDK', 'exchange'].map(link => `ok      ${link}`),
    )
  })

  describe('check names the first broken link', () => {
    const annotate = (...words: string[]) =>
      workload.kubectl('annotate', '--overwrite', 'serviceaccount', 'checkout', '-n', 'shop', ...words)
    const trust = async (change: (text: string) => string) => {
      const document = await workload.aws(
        'iam',
        'get-role',
        '--role-name',
        'demo-shop-checkout',
        '--query',
        'Role.AssumeRolePolicyDocument',
        '--output',
        'json',
      )
      const set = (text: string) =>
        workload.aws('iam', 'update-assume-role-policy', '--role-name', 'demo-shop-checkout', '--policy-document', text)
      await set(change(document))
      return () => set(document)
    }

    test('a typo in the annotation', async () => {
      await annotate('eks.amazonaws.com/role-arn-', `eks.amazonaws.com/rolearn=${roleArn}`)
      expect(await broken()).toContain('has the annotation eks.amazonaws.com/rolearn, which nobody reads')
      await annotate('eks.amazonaws.com/rolearn-', `eks.amazonaws.com/role-arn=${roleArn}`)
    })

    test('a role that is not there', async () => {
      await annotate(`eks.amazonaws.com/role-arn=${roleArn}x`)
      expect(await broken()).toContain('broken  role: there is no role demo-shop-checkoutx')
      await annotate(`eks.amazonaws.com/role-arn=${roleArn}`)
    })

    test('a trust policy with a wildcard under StringEquals', async () => {
      const restore = await trust(text => text.replace('shop:checkout', 'shop:*'))
      expect(await broken()).toMatch(/broken {2}trust policy: .* use StringLike/)
      await restore()
    })

    test('an audience that the provider does not take', async () => {
      await annotate('eks.amazonaws.com/audience=vault')
      expect(await broken()).toContain('broken  audience:')
      await annotate('eks.amazonaws.com/audience-')
    })

    test('an SDK that is too old', async () => {
      expect(await broken('--sdk', 'boto3@1.9.100')).toContain('broken  SDK: boto3 1.9.100 does not know this way: use 1.9.220 or newer')
    })

    test('a cluster that is not there', async () => {
      const { stdout } = await workload.failure('irsa', 'check', '--cluster', 'none', '--service-account', 'checkout')
      expect(stdout).toContain('broken  cluster: ResourceNotFoundException: No cluster found for name: none.')
    })
  })

  describe('with an association of EKS Pod Identity, which goes before the annotation, check', () => {
    const associated = ['--cluster-name', 'demo', '--namespace', 'shop', '--service-account', 'checkout']
    let id = ''

    test('follows that way', async () => {
      await workload.createRole('agent', 'pods.eks.amazonaws.com', ['sts:AssumeRole', 'sts:TagSession'])
      const create = ['eks', 'create-pod-identity-association', ...associated, '--role-arn', `arn:aws:iam::${account}:role/agent`]
      id = await workload.aws(...create, '--query', 'association.associationId', '--output', 'text')
      const lines = (await check('--sdk', 'boto3@1.44.8')).split('\n').map(line => line.split(':')[0])
      const links = ['cluster', 'issuer', 'association', 'role', 'trust policy', 'pods', 'SDK'].map(link => `ok      ${link}`)
      expect(lines).toEqual([...links.slice(0, 3), 'warning association', ...links.slice(3)])
    })

    test('names an SDK that knows IRSA and not this way', async () => {
      expect(await broken('--sdk', 'boto3@1.20.0')).toContain('broken  SDK: boto3 1.20.0 does not know this way: use 1.34.41 or newer')
    })

    test('names a trust policy that does not let the service tag sessions', async () => {
      const document = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
      await workload.aws('iam', 'update-assume-role-policy', '--role-name', 'agent', '--policy-document', document)
      expect(await broken()).toContain('broken  trust policy: does not let pods.eks.amazonaws.com do sts:TagSession')
      await workload.aws('eks', 'delete-pod-identity-association', '--cluster-name', 'demo', '--association-id', id)
    })
  })

  test('disable undoes what enable did, and check says so', async () => {
    expect(await workload.gatehouseCommand('irsa', 'disable', ...target)).toContain('aws iam delete-role --role-name demo-shop-checkout')
    expect(await workload.aws('iam', 'list-open-id-connect-providers', '--query', 'OpenIDConnectProviderList')).toBe('[]')
    expect(await workload.gatehouseCommand('irsa', 'disable', ...target)).toContain('# nothing to do')
    expect(await broken()).toContain('broken  annotation:')
  })
})
