import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type TestGatehouse, withoutAws } from './gatehouse.ts'

/** Where the programs over the AWS SDK for Go are built. */
const clients = process.env['GATEHOUSE_TEST_GO_CLIENTS']

/** Runs one of them against a Gatehouse. @returns what it saw */
export async function seenByGo(program: string, gatehouse: TestGatehouse): Promise<{ readonly [what: string]: unknown }> {
  if (!clients) throw new Error('GATEHOUSE_TEST_GO_CLIENTS is not set: run the tests with npm test')
  const { stdout } = await promisify(execFile)(join(clients, program), [], {
    env: { ...withoutAws(process.env), ...gatehouse.environment, HOME: gatehouse.data },
    timeout: 120_000,
  })
  return JSON.parse(stdout) as { readonly [what: string]: unknown }
}
