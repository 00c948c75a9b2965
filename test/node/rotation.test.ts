import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../e2e/gatehouse.ts'
import { roleArn, startWorkload, type Workload } from './workload.ts'

const python = `${process.env['GATEHOUSE_TEST_CLIENTS']}/python`
const goClients = process.env['GATEHOUSE_TEST_GO_CLIENTS']
const javaClients = process.env['GATEHOUSE_TEST_JAVA_CLIENTS']
if (!goClients || !javaClients) throw new Error('the clients for Go and Java are not there: run the tests with npm test')

const [tokenSeconds, sessionSeconds] = [20, 20]
/** Two tokens and two sessions end while a program runs. */
const seconds = '50'
/** Programs that find their credentials as people's do. All run side by side. */
const programs = {
  boto3: [python, join(root, 'test/node/programs/rotation.py'), seconds, '1'],
  'boto3 with 50 threads': [python, join(root, 'test/node/programs/rotation.py'), seconds, '50'],
  // botocore exchanges a token for each call of a session with less than ten minutes left: whether threads share what was exchanged shows when that is less.
  'boto3 with 50 threads, renewing late': [python, join(root, 'test/node/programs/rotation.py'), seconds, '50', '2'],
  'the JavaScript SDK': [process.execPath, join(root, 'test/node/programs/rotation.mjs'), seconds],
  'the Go SDK': [join(goClients, 'rotation'), seconds],
  'the Java SDK': ['java', '-cp', `${javaClients}/classes:${javaClients}/lib/*`, 'gatehouse.Rotation', seconds],
} satisfies { readonly [name: string]: readonly string[] }
type Program = keyof typeof programs

interface Seen {
  readonly arn: string
  readonly calls: number
  readonly sessions: number
  readonly failures: readonly string[]
}

interface Way {
  readonly way: string
  readonly words: readonly string[]
  readonly role: string
  readonly names: readonly Program[]
}

const asPodOf = (serviceAccount: string) => ['--cluster', 'demo', '--namespace', 'shop', '--service-account', serviceAccount]
const ways: readonly Way[] = [
  {
    way: 'IRSA',
    words: asPodOf('cart'),
    role: 'cart',
    names: ['boto3', 'the JavaScript SDK', 'the Go SDK', 'the Java SDK'],
  },
  { way: 'IRSA', words: asPodOf('crowd'), role: 'crowd', names: ['boto3 with 50 threads, renewing late'] },
  {
    way: 'EKS Pod Identity',
    words: [...asPodOf('checkout'), '--pod-identity'],
    role: 'checkout',
    names: ['boto3', 'the JavaScript SDK', 'the Go SDK', 'the Java SDK'],
  },
  { way: 'EKS Pod Identity', words: [...asPodOf('queue'), '--pod-identity'], role: 'queue', names: ['boto3 with 50 threads'] },
  // botocore takes credentials of instance metadata with less than a quarter of an hour left for those of a service in trouble, and uses them past their end.
  { way: 'an instance profile', words: ['--instance-profile', 'node'], role: 'node', names: ['the JavaScript SDK'] },
]
const runs = ways.flatMap(({ names, ...way }) => names.map(name => ({ ...way, name })))

let workload: Workload
let results: ReadonlyMap<string, Seen>
const key = ({ way, name }: { readonly way: string; readonly name: string }) => `${way} ${name}`

beforeAll(async () => {
  workload = await startWorkload(['--service-session-seconds', String(sessionSeconds), '--pod-token-seconds', String(tokenSeconds)])
  for (const name of ['cart', 'crowd', 'queue']) await workload.kubectl('create', 'serviceaccount', name, '-n', 'shop')
  for (const name of ['cart', 'crowd']) await enableIrsa(name)
  for (const name of ['checkout', 'queue']) await associate(name)
  await workload.createRole('node', 'ec2.amazonaws.com')
  await workload.aws('iam', 'create-instance-profile', '--instance-profile-name', 'node')
  await workload.aws('iam', 'add-role-to-instance-profile', '--instance-profile-name', 'node', '--role-name', 'node')
  const javaOptions = await trustStore()
  results = new Map(
    await Promise.all(
      runs.map(async run => {
        const words = ['run', ...run.words, '--', 'env', `JAVA_TOOL_OPTIONS=${javaOptions}`, ...programs[run.name]]
        return [key(run), JSON.parse(await workload.gatehouseCommand(...words)) as Seen] as const
      }),
    ),
  )
}, 200_000)
afterAll(() => workload?.close())

async function enableIrsa(serviceAccount: string): Promise<void> {
  const policy = ['--policy-arn', 'arn:aws:iam::aws:policy/IAMReadOnlyAccess']
  await workload.gatehouseCommand('irsa', 'enable', ...asPodOf(serviceAccount), ...policy, '--role-name', serviceAccount)
}

async function associate(serviceAccount: string): Promise<void> {
  await workload.createRole(serviceAccount, 'pods.eks.amazonaws.com', ['sts:AssumeRole', 'sts:TagSession'])
  const association = ['--cluster-name', 'demo', '--namespace', 'shop', '--service-account', serviceAccount]
  await workload.aws('eks', 'create-pod-identity-association', ...association, '--role-arn', roleArn(serviceAccount))
}

/** Java knows no AWS_CA_BUNDLE: it trusts what its trust store holds. */
async function trustStore(): Promise<string> {
  const { data, environment } = workload.gatehouse
  const store = join(data, 'trust.p12')
  const keystore = ['-keystore', store, '-storetype', 'PKCS12', '-storepass', 'changeit']
  const certificate = ['-alias', 'gatehouse', '-file', environment['AWS_CA_BUNDLE'] ?? '']
  await promisify(execFile)('keytool', ['-importcert', '-noprompt', ...certificate, ...keystore])
  return `-Djavax.net.ssl.trustStore=${store} -Djavax.net.ssl.trustStorePassword=changeit`
}

describe('tokens and sessions of a few seconds follow each other and no call fails', () => {
  test.each(runs)('by $way with $name', run => {
    const { arn, calls, sessions, failures } = results.get(key(run)) as Seen
    expect(failures).toEqual([])
    expect(arn).toContain(`:assumed-role/${run.role}/`)
    expect(sessions).toBeGreaterThanOrEqual(3)
    expect(calls).toBeGreaterThan(20)
  })
})

describe('however many threads there are, each session is asked for once', () => {
  test.each([
    { way: 'IRSA', name: 'boto3 with 50 threads, renewing late', role: 'crowd', event: 'AssumeRoleWithWebIdentity' },
    { way: 'EKS Pod Identity', name: 'boto3 with 50 threads', role: 'queue', event: 'AssumeRole' },
  ])('by $way', async ({ role, event, ...run }) => {
    const { calls, sessions } = results.get(key(run)) as Seen
    expect(calls).toBeGreaterThan(150)
    // What the program called last may have been renewed after it had looked.
    expect(await exchanges(event, role)).toBeLessThanOrEqual(sessions + 1)
  })
})

/** How often somebody got a session of the role. */
async function exchanges(event: string, role: string): Promise<number> {
  const attributes = `AttributeKey=ResourceName,AttributeValue=${roleArn(role)}`
  const query = ['--query', `length(Events[?EventName=='${event}'])`]
  return Number(await workload.aws('cloudtrail', 'lookup-events', '--lookup-attributes', attributes, ...query))
}
