import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { command, discard, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

const execute = promisify(execFile)
let gatehouse: TestGatehouse
beforeAll(async () => {
  gatehouse = await startGatehouse({ environment: { GATEHOUSE_LOOK_UP_RATE: '2' } })
})
afterAll(() => discard(gatehouse))

/** Six look-ups at once, by threads of one process: one after the other they would keep to the rate by themselves. */
const program = (attempts: number) => `
import boto3, botocore.config, concurrent.futures
config = botocore.config.Config(retries={"total_max_attempts": ${attempts}, "mode": "standard"})
client = boto3.client("cloudtrail", config=config)
def look(_):
    try:
        client.lookup_events(MaxResults=1)
        return "found"
    except client.exceptions.ClientError as error:
        return error.response["Error"]["Code"] + ": " + error.response["Error"]["Message"]
with concurrent.futures.ThreadPoolExecutor(6) as pool:
    print("\\n".join(sorted(pool.map(look, range(6)))))
`
const lookUp = async (attempts: number) => {
  const environment = { ...withoutAws(process.env), ...gatehouse.environment }
  const { stdout } = await execute(join(clients, 'python3'), ['-c', program(attempts)], { env: environment })
  return stdout.trim().split('\n')
}

test('more than two look-ups a second are throttled in AWS’s words, and boto3 tries again', async () => {
  const once = await lookUp(1)
  expect(once).toContain('ThrottlingException: Rate exceeded')
  expect(once).toContain('found')
  expect(await lookUp(12)).toEqual(Array.from({ length: 6 }, () => 'found'))
})

test('gatehouse trail walks the whole history all the same', async () => {
  await lookUp(1)
  const { stdout } = await execute(process.execPath, [command, 'trail', '--principal', 'administrator', '--data', gatehouse.data], {
    env: withoutAws(process.env),
  })
  expect(stdout).toMatch(/cloudtrail:LookupEvents {2}ThrottlingException/)
})
