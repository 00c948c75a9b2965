import { execFile } from 'node:child_process'
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeAuthority } from '../../src/identity/certificate.ts'
import { metadata } from '../services/sts/identity-provider.ts'
import { discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'
import { GoCalls } from './infrastructure/go-calls.ts'
import { callsOf, LivedResource, readTable, type ResourceLife } from './infrastructure/resource-tables.ts'

// Terraform's aws provider: the calls of every resource of IAM, EKS and Access Analyzer over its life, and of the data sources, by the SDK that it is built on.

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

let gatehouse: TestGatehouse
let calls: GoCalls
const facts: { [name: string]: unknown } = {}

const policy = (...Action: string[]) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] })
const trusting = (Service: string, ...Action: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service }, Action }] })

beforeAll(async () => {
  gatehouse = await startGatehouse()
  calls = new GoCalls({ ...withoutAws(process.env), ...gatehouse.environment, HOME: gatehouse.data })
  const { output } = await calls.call('sts', 'GetCallerIdentity')
  const account = (output as { Account: string }).Account
  const made = makeAuthority(
    { subject: { commonName: 'example.com' }, notBefore: Date.now() - 86_400_000, notAfter: Date.now() + 86_400_000 * 90 },
    { bytes: size => randomBytes(size), uuid: () => randomUUID() },
  )
  Object.assign(facts, {
    account,
    trust: trusting('ec2.amazonaws.com', 'sts:AssumeRole'),
    trustMore: trusting('eks.amazonaws.com', 'sts:AssumeRole'),
    allow: policy('s3:ListBucket'),
    allowMore: policy('s3:ListBucket', 's3:GetObject'),
    readOnly: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
    viewOnly: 'arn:aws:iam::aws:policy/job-function/ViewOnlyAccess',
    viewPolicy: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy',
    thumbprint: '9e99a48a9960b14926bb7f3b02e22da2b0ab7280',
    subnets: ['subnet-0a1b2c3d', 'subnet-1a2b3c4d'],
    certificate: made.certificatePem,
    privateKey: made.keyPem,
    publicKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }),
    metadata,
    metadataMore: metadata.replace('<EntityDescriptor', '<EntityDescriptor ID="next"'),
  })
  const roles = {
    clusterRole: ['shared-cluster', trusting('eks.amazonaws.com', 'sts:AssumeRole')],
    nodeRole: ['shared-nodes', trusting('ec2.amazonaws.com', 'sts:AssumeRole')],
    fargateRole: ['shared-fargate', trusting('eks-fargate-pods.amazonaws.com', 'sts:AssumeRole')],
    podRole: ['shared-pods', trusting('pods.eks.amazonaws.com', 'sts:AssumeRole', 'sts:TagSession')],
    capabilityRole: ['shared-capability', trusting('capabilities.eks.amazonaws.com', 'sts:AssumeRole', 'sts:TagSession')],
    connectorRole: ['shared-connector', trusting('ssm.amazonaws.com', 'sts:AssumeRole')],
    reader: ['shared-reader', trusting('ec2.amazonaws.com', 'sts:AssumeRole')],
  }
  for (const [fact, [RoleName = '', AssumeRolePolicyDocument]] of Object.entries(roles)) {
    await calls.call('iam', 'CreateRole', { RoleName, AssumeRolePolicyDocument })
    facts[fact] = `arn:aws:iam::${account}:role/${RoleName}`
  }
  await new LivedResource(calls, facts).make([
    {
      'eks.CreateCluster': {
        name: 'shared',
        roleArn: '${clusterRole}',
        resourcesVpcConfig: { subnetIds: '${subnets}' },
        accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
      },
    },
    { 'eks.DescribeCluster': { name: 'shared' }, until: { 'Cluster.Status': 'ACTIVE' } },
  ])
})
afterAll(async () => {
  calls?.close()
  await discard(gatehouse)
})

const resources = [...readTable('iam'), ...readTable('eks')]
const dataSources = readTable('data-sources')

describe.each(resources)('%s', (_name, life: ResourceLife) => {
  test('is created, read, changed, imported, deleted, and gone', async () => {
    const resource = new LivedResource(calls, facts)
    await resource.make(life.before)
    await resource.make(life.create)
    await resource.make(life.read)
    const created = resource.compared(life.is)
    expect(created.actual).toEqual(created.wanted)
    if (life.update) {
      await resource.make(life.update)
      await resource.make(life.read)
      const updated = resource.compared(life.becomes)
      expect(updated.actual).toEqual(updated.wanted)
    }
    await resource.make(life.delete)
    await resource.read(life.read)
    const gone = resource.compared(life.gone)
    expect(gone.actual).toEqual(gone.wanted)
    await resource.make(life.after)
  })
})

describe('data sources', () => {
  test.each(dataSources)('%s', async (_name, life: ResourceLife) => {
    const resource = new LivedResource(calls, facts)
    await resource.make(life.before)
    await resource.make(life.read)
    const { actual, wanted } = resource.compared(life.is)
    expect(actual).toEqual(wanted)
    await resource.make(life.after)
  })
})

/** The registry's lists; a resource that the provider gains belongs into the tables. */
test('the tables have every resource of IAM, EKS and Access Analyzer', () => {
  const of = (prefix: string) => resources.filter(([name]) => name.startsWith(prefix)).length
  expect({ iam: of('aws_iam_'), eks: of('aws_eks_'), accessAnalyzer: of('aws_accessanalyzer_'), dataSources: dataSources.length }).toEqual({
    iam: 36,
    eks: 10,
    accessAnalyzer: 2,
    dataSources: 45,
  })
  expect(new Set([...resources, ...dataSources].flatMap(([, life]) => callsOf(life))).size).toBeGreaterThan(170)
})

/** What modules for EKS look up of other services: answered truly, or refused so that the reason is plain. */
describe('other services', () => {
  const aws = (...words: string[]) =>
    promisify(execFile)(join(clients, 'aws'), [...words, '--output', 'json'], {
      env: { ...withoutAws(process.env), ...gatehouse.environment, HOME: gatehouse.data },
      timeout: 60_000,
    }).then(
      ({ stdout }) => stdout,
      (problem: { stderr: string }) => problem.stderr.trim(),
    )

  test.each([
    [['ec2', 'describe-vpcs'], /"IsDefault": true/],
    [['ec2', 'describe-subnets'], /"SubnetId": "subnet-/],
    [['ec2', 'describe-availability-zones'], /"ZoneName": "us-east-1a"/],
    [['ec2', 'describe-security-groups'], /"GroupName": "default"/],
    [['ec2', 'describe-launch-templates'], /InvalidAction/],
    [['kms', 'describe-key', '--key-id', 'alias/aws/eks'], /Gatehouse does not serve/],
    [['ssm', 'get-parameter', '--name', '/cdk-bootstrap/hnb659fds/version'], /Gatehouse does not serve/],
    [['ecr', 'describe-repositories'], /Gatehouse does not serve/],
  ])('aws %s', async (words, expected) => {
    expect(await aws(...words)).toMatch(expected)
  })
})
