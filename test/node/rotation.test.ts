import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { roleArn, startWorkload, type Workload } from './workload.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
const sessionSeconds = 10
/** Calls until three sessions have followed each other; each call must succeed. Prints the access keys that it was seen to have. */
const python = `
import boto3, json, threading, time
session = boto3.Session()
sts = session.client("sts")
seen, failures, calls = set(), [], 0
def work():
    global calls
    while len(seen) < 3 and calls < 20000:
        try:
            sts.get_caller_identity()
            calls += 1
            seen.add(session.get_credentials().get_frozen_credentials().access_key)
            time.sleep(0.2)
        except Exception as problem:
            failures.append(str(problem))
            return
threads = [threading.Thread(target=work) for _ in range(THREADS)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps({"sessions": len(seen), "failures": failures}))
`
const javascript = `
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
const sts = new STSClient({})
const seen = new Set()
const failures = []
for (let calls = 0; seen.size < 3 && calls < 20000 && failures.length === 0; calls++) {
  try {
    await sts.send(new GetCallerIdentityCommand({}))
    seen.add((await sts.config.credentials()).accessKeyId)
    await new Promise(resolve => setTimeout(resolve, 100))
  } catch (problem) {
    failures.push(String(problem))
  }
}
console.log(JSON.stringify({ sessions: seen.size, failures }))
`
const programs = [
  { name: 'boto3', words: [`${clients}/python`, '-c', python.replace('THREADS', '1')] },
  { name: 'boto3 with 50 threads', words: [`${clients}/python`, '-c', python.replace('THREADS', '50')] },
  { name: 'the JavaScript SDK', words: [process.execPath, '--input-type=module', '-e', javascript] },
]

let workload: Workload
beforeAll(async () => {
  workload = await startWorkload(['--service-session-seconds', String(sessionSeconds)])
  await workload.createRole('checkout', 'pods.eks.amazonaws.com', ['sts:AssumeRole', 'sts:TagSession'])
  await workload.aws(
    'eks',
    'create-pod-identity-association',
    '--cluster-name',
    'demo',
    '--namespace',
    'shop',
    '--service-account',
    'checkout',
    '--role-arn',
    roleArn('checkout'),
  )
  await workload.createRole('node', 'ec2.amazonaws.com')
  await workload.aws('iam', 'create-instance-profile', '--instance-profile-name', 'node')
  await workload.aws('iam', 'add-role-to-instance-profile', '--instance-profile-name', 'node', '--role-name', 'node')
})
afterAll(() => workload?.close())

const ways = [
  {
    way: 'EKS Pod Identity',
    words: ['--cluster', 'demo', '--namespace', 'shop', '--service-account', 'checkout', '--pod-identity'],
    programs,
  },
  // botocore takes credentials of instance metadata with less than a quarter of an hour left for those of a service in trouble, and uses them past their end.
  {
    way: 'an instance profile',
    words: ['--instance-profile', 'node'],
    programs: programs.filter(({ name }) => name.includes('JavaScript')),
  },
]

describe.each(ways)('sessions of a few seconds follow each other and no call fails, by $way', ({ words, programs: fitting }) => {
  test.each(fitting)('with $name', async program => {
    const before = await assumptions()
    expect(JSON.parse(await workload.gatehouseCommand('run', ...words, '--', ...program.words))).toEqual({ sessions: 3, failures: [] })
    // However many threads there are, each session is asked for once.
    expect((await assumptions()) - before).toBeLessThanOrEqual(8)
  })
})

/** How often a service assumed a role. */
async function assumptions(): Promise<number> {
  const answer = await workload.aws(
    'cloudtrail',
    'lookup-events',
    '--lookup-attributes',
    'AttributeKey=EventName,AttributeValue=AssumeRole',
    '--query',
    'length(Events)',
  )
  return Number(answer)
}
