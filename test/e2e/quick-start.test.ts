import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { command, discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'
import { difference, Shell, stepsOf } from './transcript.ts'

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

const steps = stepsOf(readFileSync(join(root, 'docs', 'quick-start.md'), 'utf8'))

const kinds = [
  { kind: 'embedded', assets: undefined },
  { kind: 'control plane', assets: process.env['GATEHOUSE_TEST_CONTROL_PLANE'] },
]

describe.each(kinds)('the quick start, on a cluster of the $kind kind', ({ kind, assets }) => {
  let gatehouse: TestGatehouse
  let shell: Shell
  let folder: string

  beforeAll(async () => {
    if (kind !== 'embedded' && !assets) throw new Error('GATEHOUSE_TEST_CONTROL_PLANE is not set: run the tests with npm test')
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-quick-start-'))
    gatehouse = await startGatehouse(assets === undefined ? {} : { environment: { KUBEBUILDER_ASSETS: assets } })
    const path = `${clients}:${process.env['PATH']}`
    shell = new Shell(folder, { ...withoutAws(process.env), PATH: path, GATEHOUSE_DATA: gatehouse.data, AWS_PAGER: '' })
    // The document is for people in the project's folder; the test's files go elsewhere.
    await shell.run(`npx() { shift; ${process.execPath} ${command} "$@"; }`)
  })

  afterAll(async () => {
    shell?.close()
    await discard(gatehouse)
    rmSync(folder, { recursive: true, force: true })
  })

  test('has steps', () => {
    expect(steps.length).toBeGreaterThan(30)
  })

  test.each(steps)('line $line: $command', async ({ command, expected }) => {
    expect(difference(expected, await shell.run(command))).toBeUndefined()
  })
})
