import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../../src/types/json.ts'
import { clusterEnvironment, createCluster, useToken } from './cluster.ts'
import { command, discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

// An embedded cluster asks no webhook: what it decides is on record all the same, linked to the session that asked.

const execute = promisify(execFile)
const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

let gatehouse: TestGatehouse
let folder: string
const environment = () => clusterEnvironment(gatehouse, folder)
const aws = (...words: string[]) => execute(join(clients, 'aws'), words, { env: environment(), timeout: 60_000 })
const kubectl = (...words: string[]) => execute('kubectl', ['--context', 'demo', ...words], { env: environment(), timeout: 60_000 })

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-embedded-records-'))
  gatehouse = await startGatehouse()
  await createCluster(environment(), 'demo', 'embedded')
  await useToken(environment(), 'demo')
}, 180_000)
afterAll(async () => {
  await discard(gatehouse)
  rmSync(folder, { recursive: true, force: true })
})

/** What the timeline of the administrator has of a kind. */
async function timeline(eventName: string): Promise<JsonObject[]> {
  const words = [command, 'trail', '--principal', 'administrator', '--json', '--data', gatehouse.data]
  const { stdout } = await execute(process.execPath, words, { env: withoutAws(process.env), maxBuffer: 50_000_000 })
  const records = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as JsonObject)
  return records.filter(record => record['eventName'] === eventName)
}

test('who asked with kubectl, and by which policy it was allowed', async () => {
  await kubectl('get', 'pods')
  await kubectl('get', 'pods')
  const taken = await timeline('TokenReview')
  expect(taken).toHaveLength(1)
  expect(taken[0]).toMatchObject({
    eventSource: 'eks.amazonaws.com',
    eventType: 'AwsServiceEvent',
    userIdentity: { type: 'IAMUser', accessKeyId: gatehouse.environment['AWS_ACCESS_KEY_ID'] },
    serviceEventDetails: { clusterName: 'demo', decision: 'authenticated' },
  })
  const ofPods = (await timeline('SubjectAccessReview')).filter(record => JSON.stringify(record).includes('"pods"'))
  expect(ofPods).toHaveLength(1)
  expect(ofPods[0]).toMatchObject({ serviceEventDetails: { decision: 'allowed' } })
})

test('a token that is refused, by the access key that it names', async () => {
  await expect(kubectl('--token', 'k8s-aws-v1.bm9uZQ', 'get', 'pods')).rejects.toThrow(/Unauthorized|logged in/)
  const { stdout } = await aws('cloudtrail', 'lookup-events', '--lookup-attributes', 'AttributeKey=EventName,AttributeValue=TokenReview')
  const records = (JSON.parse(stdout) as { Events: { CloudTrailEvent: string }[] }).Events.map(
    ({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent) as JsonObject,
  )
  expect(records[0]).toMatchObject({
    errorCode: 'AccessDenied',
    userIdentity: { type: 'Unknown' },
    serviceEventDetails: { decision: 'refused' },
  })
})

test('a pod that is given credentials', async () => {
  const principal = { Service: 'pods.eks.amazonaws.com' }
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: ['sts:AssumeRole', 'sts:TagSession'] }],
  }
  writeFileSync(join(folder, 'trust.json'), JSON.stringify(trust))
  await aws('iam', 'create-role', '--role-name', 'cart', '--assume-role-policy-document', `file://${join(folder, 'trust.json')}`)
  const of = ['--cluster-name', 'demo', '--namespace', 'default', '--service-account', 'default']
  await aws('eks', 'create-pod-identity-association', ...of, '--role-arn', 'arn:aws:iam::111122223333:role/cart')
  await kubectl('run', 'cart-1', '--image=nginx')
  const { stdout } = await aws(
    'cloudtrail',
    'lookup-events',
    '--lookup-attributes',
    'AttributeKey=EventName,AttributeValue=MutatePodIdentity',
  )
  const [event] = (JSON.parse(stdout) as { Events: { CloudTrailEvent: string }[] }).Events
  expect(JSON.parse(event?.CloudTrailEvent ?? '{}')).toMatchObject({
    serviceEventDetails: { clusterName: 'demo', namespace: 'default', serviceAccount: 'default', pod: 'cart-1' },
  })
})
