import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { command, discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'
import { elsewhere, failing, notHere } from './shown-commands.ts'
import { Shell, shownBlocksOf } from './transcript.ts'

// Blocks that documents show without what they print: run in one made-up world, document by document, or named in a table that says who runs them or why nobody can.

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

const documents = ['README.md', ...readdirSync(join(root, 'docs')).flatMap(name => (name.endsWith('.md') ? [`docs/${name}`] : []))]
const blocks = documents.flatMap(file =>
  shownBlocksOf(readFileSync(join(root, file), 'utf8')).map(({ line, commands }) => ({
    at: `${file}:${line}`,
    key: `${file}: ${
      commands
        .split('\n')[0]
        ?.split(/ {2,}#| {5}#/)[0]
        ?.trim() ?? ''
    }`,
    commands,
  })),
)
const run = blocks.filter(({ key }) => !Object.hasOwn(elsewhere, key) && !Object.hasOwn(notHere, key))

describe('every block is run here, run by another suite, or named with the reason why not', () => {
  test('what the tables name is shown', () => {
    const keys = new Set(blocks.map(({ key }) => key))
    expect(Object.keys({ ...elsewhere, ...notHere, ...failing }).filter(key => !keys.has(key))).toEqual([])
  })

  test('suites that are said to run a block are there', () => {
    expect(Object.values(elsewhere).filter(suite => !existsSync(join(root, suite)))).toEqual([])
  })
})

describe('blocks', () => {
  let gatehouse: TestGatehouse
  let shell: Shell
  let folder: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-shown-'))
    gatehouse = await startGatehouse({ flags: ['--account', '111122223333'] })
    shell = new Shell(folder, {
      ...withoutAws(process.env),
      PATH: `${clients}:${process.env['PATH']}`,
      HOME: folder,
      GATEHOUSE_DATA: gatehouse.data,
      NODE: process.execPath,
      GATEHOUSE: command,
      AWS_PAGER: '',
    })
    const prepared = await shell.run(`. ${join(root, 'test/e2e/programs/shown-world.sh')} </dev/null`, 120_000)
    expect(prepared).toMatch(/world is made\s*$/)
  }, 200_000)
  afterAll(async () => {
    shell?.close()
    await discard(gatehouse)
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(run)(
    '$at: $key',
    async ({ commands, key }) => {
      const printed = await shell.run(
        `failed=(); trap 'failed+=("$?")' ERR\n{\n${commands.replaceAll(/^\$ /gm, '')}\n} </dev/null\ntrap - ERR; printf '\\nfailed: %s\\n' "\${failed[@]}"`,
      )
      const failed = [...printed.matchAll(/^failed: (\d+)$/gm)].map(([, code]) => Number(code))
      expect(failed, printed).toEqual(failing[key] ?? [])
    },
    120_000,
  )
})
