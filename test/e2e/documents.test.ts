import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { command, discard, root, startGatehouse, type TestGatehouse, withoutAws } from './gatehouse.ts'
import { difference, Shell, stepsOf } from './transcript.ts'

// Every document's `console` blocks, command by command, each document on a Gatehouse of its own. The quick start has a suite of its own.

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

const documents = readdirSync(join(root, 'docs'))
  .filter(name => name.endsWith('.md') && name !== 'quick-start.md')
  .map(name => ({ name, steps: stepsOf(readFileSync(join(root, 'docs', name), 'utf8')) }))
  .filter(({ steps }) => steps.length > 0)

describe.each(documents)('docs/$name', ({ steps }) => {
  let gatehouse: TestGatehouse
  let shell: Shell
  let folder: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-document-'))
    gatehouse = await startGatehouse()
    const environment = {
      ...withoutAws(process.env),
      PATH: `${clients}:${process.env['PATH']}`,
      GATEHOUSE_DATA: gatehouse.data,
      AWS_PAGER: '',
    }
    shell = new Shell(folder, environment)
    await shell.run(`npx() { shift; ${process.execPath} ${command} "$@"; }`)
  }, 160_000)

  afterAll(async () => {
    shell?.close()
    await discard(gatehouse)
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(steps)('line $line: $command', async ({ command, expected }) => {
    expect(difference(expected, await shell.run(command))).toBeUndefined()
  })
})

test.each(['generate-reference.mjs', 'generate-operations.mjs'])('pages that %s writes are what the code says', script => {
  const { status, stderr } = spawnSync(join(root, 'node_modules/.bin/node'), [join(root, 'scripts', script), '--check'], {
    encoding: 'utf8',
    env: withoutAws(process.env),
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

test('every link between documents leads somewhere', () => {
  const files = [
    'README.md',
    'CHANGELOG.md',
    ...readdirSync(join(root, 'docs'))
      .filter(name => name.endsWith('.md'))
      .map(name => `docs/${name}`),
  ]
  const broken = files.flatMap(file =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)]*)?\)/g)]
      .map(([, target]) => target as string)
      .filter(target => !existsSync(join(root, file, '..', target)))
      .map(target => `${file}: ${target}`),
  )
  expect(broken).toEqual([])
})

/** The anchors of a document's headings, as they are made of their words. */
const anchorsOf = (file: string) =>
  new Set(
    [...readFileSync(join(root, file), 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )

test('every link to a part of a document leads to a heading', () => {
  const files = ['README.md', ...readdirSync(join(root, 'docs')).flatMap(name => (name.endsWith('.md') ? [`docs/${name}`] : []))]
  const broken = files.flatMap(file =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)]
      .filter(([, target = '', anchor = '']) => !anchorsOf(target === '' ? file : join(file, '..', target)).has(anchor))
      .map(([, target, anchor]) => `${file}: ${target}#${anchor}`),
  )
  expect(broken).toEqual([])
})

test('completion, as bash does it', () => {
  const script = `source <(node ${command} completion bash)
    complete_words() { COMP_WORDS=("$@"); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _gatehouse; echo "\${COMPREPLY[@]}"; }
    complete_words gatehouse esc; complete_words gatehouse cluster att; complete_words gatehouse up --eph; complete_words gatehouse start --metrics`
  const { stdout } = spawnSync('bash', ['-c', script], {
    encoding: 'utf8',
    env: { ...withoutAws(process.env), PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}` },
  })
  expect(stdout.trim().split('\n')).toEqual(['escalations', 'attach', '--ephemeral', '--metrics-port'])
})

/** How zsh and fish are asked what a line becomes; zsh's emulation of bash runs the function so. */
const completers: { readonly [shell: string]: (line: string) => readonly string[] } = {
  zsh: line => [
    '-fc',
    `autoload -Uz compinit; compinit -u -D; source <(node ${command} completion zsh)
     complete_words() { emulate -L sh; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _gatehouse; echo "\${COMPREPLY[@]}"; }
     complete_words ${line}`,
  ],
  fish: line => ['-c', `node ${command} completion fish | source; complete -C ${JSON.stringify(line)}`],
}

test.skipIf(spawnSync('fish', ['--version']).error !== undefined)('fish offers no file in the place of a command', () => {
  const { stdout } = spawnSync('fish', completers['fish']?.('gatehouse p') ?? [], {
    encoding: 'utf8',
    cwd: root,
    env: { ...withoutAws(process.env), TERM: 'dumb', PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}` },
  })
  expect(stdout.split('\n').map(line => line.split('\t')[0])).toEqual(['path', ''])
})

describe.each(Object.keys(completers))('completion, as %s does it', shell => {
  const installed = spawnSync(shell, ['--version']).error === undefined
  test.skipIf(!installed).each([
    ['gatehouse esc', 'escalations'],
    ['gatehouse cluster att', 'attach'],
    ['gatehouse up --eph', '--ephemeral'],
    ['gatehouse start --metrics', '--metrics-port'],
  ])('%s', (line, word) => {
    const { stdout } = spawnSync(shell, completers[shell]?.(line) ?? [], {
      encoding: 'utf8',
      timeout: 30_000,
      env: { ...withoutAws(process.env), TERM: 'dumb', PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}` },
    })
    expect(stdout).toContain(word)
  })
})
