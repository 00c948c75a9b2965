import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { createProgram } from '../../src/cli/main.ts'
import { manualPage } from '../../src/cli/manual.ts'

// Every command's help is a page of a manual: what it does, its flags, examples, exit codes.

const leaves = (command: Command, words: readonly string[] = []): { words: readonly string[]; command: Command }[] =>
  command.commands.flatMap(each =>
    each.commands.length > 0 ? leaves(each, [...words, each.name()]) : [{ words: [...words, each.name()], command: each }],
  )
const commands = leaves(createProgram())

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: written => (text += written) })
  command.outputHelp()
  return text
}

test.each(commands.map(({ words, command }) => [words.join(' '), command, words] as const))(
  'gatehouse %s --help',
  (_name, command, words) => {
    const help = helpOf(command)
    expect(help).toMatch(/\nExamples:\n {2}\S.*\n {6}\S/)
    expect(help).toMatch(/\nExit codes:\n {2}0 +\S.*\n {2}1 +\S/)
    expect(command.options.every(({ description }) => description.length > 0)).toBe(true)
    // An example is of the command itself, with flags that it has.
    const flags = new Set(command.options.map(({ long }) => long))
    for (const [line] of manualPage(words)?.examples ?? []) {
      expect(line).toContain(`gatehouse ${words.join(' ')}`)
      const own = line.split(' -- ')[0]?.split(' | ')[0] ?? ''
      expect([...own.matchAll(/ (--[a-z-]+)/g)].map(([, flag]) => flag).filter(flag => !flags.has(flag))).toEqual([])
    }
  },
)

test('every command prints what it comes to as JSON, too, or says why it does not', () => {
  const without = commands.filter(({ command }) => !command.options.some(({ long }) => long === '--json'))
  const excused = commands.filter(({ words }) => manualPage(words)?.noJson !== undefined)
  expect(without.map(({ words }) => words.join(' '))).toEqual(excused.map(({ words }) => words.join(' ')))
  expect(excused.length).toBeLessThanOrEqual(4)
  for (const { command } of excused) expect(helpOf(command)).toContain('\nNo --json: ')
})

test.each(['keys', 'irsa', 'issuer', 'cluster'])('gatehouse %s --help has the examples and exit codes of its commands', name => {
  const group = createProgram().commands.find(command => command.name() === name) as Command
  const help = helpOf(group)
  for (const { words } of commands.filter(({ words: [first] }) => first === name)) expect(help).toContain(`  gatehouse ${words.join(' ')}`)
  expect(help).toMatch(/\nExit codes:\n {2}0 +\S.*\n {2}1 +\S/)
})
