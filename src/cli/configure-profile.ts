import { Command } from 'commander'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { readClientSettings } from '../server/client-settings.ts'
import { writeFileAtomically } from '../server/files.ts'
import { dataFolder } from './data-folder.ts'
import { ownCommand } from './own-command.ts'
import { printResult } from './result.ts'

/** `gatehouse configure-profile`: a profile of the AWS CLI and SDKs for a running Gatehouse. */
export function configureProfileCommand(): Command {
  return new Command('configure-profile')
    .description('write a profile for AWS clients into ~/.aws/config: aws --profile gatehouse ...')
    .argument('[name]', 'name of the profile', 'gatehouse')
    .option('--data <folder>', 'the data folder of the running Gatehouse (environment: GATEHOUSE_DATA)')
    .option('--role-arn <arn>', 'be this role instead of the administrator')
    .option('--http', 'use the plain HTTP endpoint')
    .option('--json', 'as JSON')
    .action((name: string, options: { data?: string; roleArn?: string; http?: boolean; json?: boolean }) => {
      if (!/^[\w.@+=,-]{1,64}$/.test(name)) throw new Error(`${name}: a profile's name has letters, digits and _.@+=,- alone`)
      const data = dataFolder(options.data)
      const client = readClientSettings(data)
      const file = process.env['AWS_CONFIG_FILE'] || join(homedir(), '.aws', 'config')
      const role = options.roleArn === undefined ? [] : ['--role-arn', options.roleArn]
      const words = ['credentials', '--data', data, ...role]
      const lines = [
        `region = ${client.region}`,
        `endpoint_url = ${options.http ? client.httpEndpoint : client.endpoint}`,
        `ca_bundle = ${client.certificateAuthorityFile}`,
        // No secret in the file: clients ask for it.
        `credential_process = ${[...ownCommand(), ...words].map(quoted).join(' ')}`,
      ]
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      const known = existsSync(file) ? readFileSync(file, 'utf8') : ''
      writeFileAtomically(file, withSection(known, name === 'default' ? 'default' : `profile ${name}`, lines), 0o600)
      printResult(options, { profile: name, file }, `wrote profile ${name} to ${file}`)
    })
}

/** What the AWS clients' parser of credential_process takes as one word. AWS SDKs and Tools Reference Guide, "Process credential provider". */
const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `"${word.replaceAll(/["\\]/g, '\\$&')}"`)

/** A section in place of the one of the same name, or at the end; all else as it was. */
function withSection(text: string, name: string, lines: readonly string[]): string {
  const section = `[${name}]\n${lines.join('\n')}\n`
  const all = text.split('\n')
  const start = all.findIndex(line => line.trim() === `[${name}]`)
  if (start === -1) return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${text === '' ? '' : '\n'}${section}`
  const length = all.slice(start + 1).findIndex(line => line.trim().startsWith('['))
  const rest = length === -1 ? [] : all.slice(start + 1 + length)
  return [...all.slice(0, start), ...section.split('\n'), ...rest].join('\n')
}
