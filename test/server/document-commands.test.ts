import type { Command } from 'commander'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createProgram } from '../../src/cli/main.ts'
import { services } from '../../src/services/index.ts'

// Commands that documents show without their output, in `sh` blocks, blocks without a language and indented ones. test/e2e/documents executes the `console` blocks; what is
// only shown (a server for everybody's network, an account of the reader's own) must at least be commands that are there: with flags of theirs, and operations that are served.

const root = fileURLToPath(new URL('../..', import.meta.url))
const documents = ['README.md', ...readdirSync(join(root, 'docs')).flatMap(name => (name.endsWith('.md') ? [`docs/${name}`] : []))]

interface Shown {
  readonly at: string
  readonly command: string
}

const shown: readonly Shown[] = documents.flatMap(file => shownIn(file, readFileSync(join(root, file), 'utf8')))

/** Lines that begin with a program, in the blocks of a document that are not transcripts; those that end in a backslash go on. */
function shownIn(file: string, document: string): Shown[] {
  const found: Shown[] = []
  let fence: string | undefined
  let open: Shown | undefined
  document.split('\n').forEach((text, index) => {
    const mark = /^```(\w*)/.exec(text)
    if (mark) fence = fence === undefined ? mark[1] : undefined
    const inside = fence === undefined ? text.startsWith('    ') : fence === '' || fence === 'sh'
    if (mark || !inside) open = undefined
    else if (open) open = { ...open, command: `${open.command.slice(0, -1)} ${text.trim()}` }
    else if (/^(\w+=\$\()?((npx )?gatehouse|aws) /.test(text.trim())) open = { at: `${file}:${index + 1}`, command: text.trim() }
    if (open && !open.command.endsWith('\\')) {
      found.push(open)
      open = undefined
    }
  })
  return found
}

/** The words of its own: before a pipe, a comment, or a command that it runs. */
const ownWords = (command: string) =>
  (
    command
      .replace(/^\w+=\$\(/, '')
      .replaceAll(/'[^']*'/g, "''")
      .split(/ (?:-- |# |\|)/)[0] ?? ''
  )
    .split(/\s+/)
    .filter(word => word !== '' && word !== 'npx')

/** The command that words begin with, and the words after it. */
function commandOf(words: readonly string[]): { readonly at: Command; readonly rest: readonly string[] } {
  let at: Command = createProgram()
  let rest = words
  while (rest.length > 0) {
    const next = at.commands.find(each => each.name() === rest[0])
    if (!next) break
    at = next
    rest = rest.slice(1)
  }
  return { at, rest }
}

test('documents show commands', () => expect(shown.length).toBeGreaterThan(80))

test.each(shown.filter(({ command }) => /^(npx )?gatehouse /.test(command)))('$at: $command', ({ command }) => {
  const { at, rest: words } = commandOf(ownWords(command).slice(1))
  expect(at.commands, `${command} names no command`).toEqual([])
  const flags = new Set([...at.options, ...at.createHelp().visibleOptions(at)].map(({ long }) => long))
  expect(words.filter(word => /^--\w/.test(word) && !flags.has(word.split('=')[0]))).toEqual([])
  const required = at.options.filter(({ mandatory }) => mandatory).map(({ long }) => long)
  expect(required.filter(flag => !words.includes(flag as string))).toEqual([])
})

const inText = documents.flatMap(file =>
  readFileSync(join(root, file), 'utf8')
    .split('\n')
    .flatMap((text, index) =>
      [...text.matchAll(/`(?:npx )?gatehouse ([a-z][^`]*)`/g)].map(([, command = '']) => ({ at: `${file}:${index + 1}`, command })),
    ),
)

test.each(inText)('$at, in the text: gatehouse $command', ({ command }) => {
  // Several commands at once are written with commas: `gatehouse irsa enable`, `disable`.
  const { at, rest } = commandOf(ownWords(command))
  const flags = new Set([...at.options, ...at.createHelp().visibleOptions(at)].map(({ long }) => long))
  expect(at.name(), `${command} names no command`).not.toBe('gatehouse')
  expect(rest.filter(word => /^--\w/.test(word) && !flags.has(word.split('=')[0]))).toEqual([])
})

/** Names of the AWS CLI's for services, where they are others than ours. */
const cliNames: { readonly [name: string]: string } = { s3api: 's3', accessanalyzer: 'access-analyzer' }
/** What the AWS CLI does by itself. */
const ofTheCli =
  /^(s3 \w+|rds generate-db-auth-token|\w+ wait|eks (get-token|update-kubeconfig)|cloudtrail (validate-logs|verify-query-results)|configure .*|kms decrypt)$/

test.each(shown.filter(({ command }) => /^(\w+=\$\()?aws /.test(command)))('$at: $command', ({ command }) => {
  const [, service = '', operation = ''] = ownWords(command)
  if (ofTheCli.test(`${service} ${operation}`)) return
  const served = services
    .find(each => each.service.name === (cliNames[service] ?? service))
    ?.operations.map(({ name }) => name.toLowerCase())
  expect(served).toContain(operation.replaceAll('-', ''))
})
