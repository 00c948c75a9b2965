// Writes docs/reference.md, every command, flag and setting, from the code. `npm run generate` runs it; `--check` fails when the page is not what it would write.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createProgram } from '../src/cli/main.ts'
import { everyExitCode, manualPage } from '../src/cli/manual.ts'
import { settings } from '../src/server/settings.ts'
import { flagOf } from '../src/server/read-configuration.ts'

const file = fileURLToPath(new URL('../docs/reference.md', import.meta.url))
const cell = text => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ')

function commandSection(command, path) {
  const name = [...path, command.name()]
  const help = command.createHelp()
  const words = command.registeredArguments.map(argument => (argument.required ? `<${argument.name()}>` : `[${argument.name()}]`))
  const options = help.visibleOptions(command).filter(({ long }) => long !== '--help')
  const isServer = options.filter(({ long }) => settings.some(({ key }) => flagOf(key) === long)).length > 10
  const own = isServer ? options.filter(({ long }) => !settings.some(({ key }) => flagOf(key) === long)) : options
  const table = own.length
    ? [
        '',
        '| Flag | |',
        '|---|---|',
        ...own.map(
          ({ flags, description, defaultValue }) =>
            `| \`${cell(flags)}\` | ${cell(description)}${defaultValue === undefined ? '' : ` (default: ${cell(defaultValue)})`} |`,
        ),
      ]
    : []
  const explained = command.registeredArguments
    .filter(({ description }) => description)
    .map(argument => `- \`${argument.name()}\`: ${argument.description}`)
  const section =
    command.commands.length === 0
      ? [
          `### \`${[...name, ...words].join(' ')}\``,
          '',
          `${command.description()}.`,
          ...(explained.length ? ['', ...explained] : []),
          ...table,
          ...(isServer ? ['', 'Beside these, every setting below is a flag.'] : []),
          ...manual(name.slice(1)),
          '',
        ]
      : []
  return [...section, ...command.commands.flatMap(each => commandSection(each, name))]
}

/** Examples, and the exit codes that not every command has. */
function manual(words) {
  const { examples, exitCodes, noJson } = manualPage(words)
  const own = Object.entries(exitCodes).filter(([code, meaning]) => meaning !== everyExitCode[code])
  return [
    '',
    ...examples.map(([line, what]) => `    ${line}     # ${what}`),
    ...(own.length ? ['', `Exit codes: ${own.map(([code, meaning]) => `${code}, ${meaning}`).join('; ')}.`] : []),
    ...(noJson ? ['', `No \`--json\`: ${noJson}.`] : []),
  ]
}

const program = createProgram()
const page = `# Reference

Written by \`npm run generate\` from the code; \`gatehouse COMMAND --help\` says the same. Exit codes of every command: ${Object.entries(
  everyExitCode,
)
  .map(([code, meaning]) => `${code}, ${meaning}`)
  .join('; ')}. Those that a command has beside or instead are with it.

## Commands

${commandSection(program, []).join('\n')}
## Settings

Of \`gatehouse start\` and \`gatehouse up\`: by flag, by environment, or by name in the file that \`--config\` or \`GATEHOUSE_CONFIG\` names, in that order.

| Flag | Environment | In the file | Default | |
|---|---|---|---|---|
${settings.map(({ key, environment, description, fallback }) => `| \`${flagOf(key)}\` | \`${environment}\` | \`${key}\` | ${fallback?.({ HOME: '~' }) === undefined || fallback({}) === '' ? '' : `\`${cell(key === 'data' ? '~/.local/share/gatehouse' : fallback({}))}\``} | ${cell(description)} |`).join('\n')}
`

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== page) {
    console.error('docs/reference.md is not what the code says: npm run generate')
    process.exitCode = 1
  }
} else writeFileSync(file, page)
