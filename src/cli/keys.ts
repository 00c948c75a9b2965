import { Command } from 'commander'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { readClientSettings } from '../server/client-settings.ts'
import { readConfiguration } from '../server/read-configuration.ts'
import {
  changeFor,
  type DataKeyState,
  isUnderway,
  type KeyChange,
  type KeyListing,
  type MasterKeySummary,
  openKeys,
  type Replacement,
} from '../server/master-key-control.ts'
import { isInUse } from '../server/snapshots/state-changes.ts'
import { send } from './client.ts'
import { withPassphrase } from './passphrase-prompt.ts'
import { printResult } from './result.ts'

interface Aim {
  readonly config?: string
  readonly data?: string
  readonly store?: string
  readonly masterKeyCommand?: string
  readonly masterKeyPassphraseFile?: string
  readonly json?: boolean
}

/** `gatehouse keys`: the keys that open a data folder, or a store that nodes share. docs/keys.md. */
export function keysCommand(): Command {
  const keys = new Command('keys').description('the keys that open the state: which there are, another one, one less')
  aimed(keys.command('list'))
    .description('list the master keys that open the state, and the data keys that it is sealed under')
    .action(async (aim: Aim) => print(aim, await changed(aim)))
  aimed(keys.command('rotate'))
    .description('replace the master key in the data folder; with --new-..., let one that is kept elsewhere open the state too')
    .option('--new-key-file <file>', 'file with the new key, 64 hexadecimal digits')
    .option('--new-key-command <command>', 'command, for a shell, that prints the new key')
    .option('--new-passphrase-file <file>', 'file with a passphrase that the new key is derived from')
    .action(async ({ newKeyFile, newKeyCommand, newPassphraseFile, ...aim }: Aim & Replacement) => {
      const change = await changeFor({ newKeyFile, newKeyCommand, newPassphraseFile })
      const after = await changed(aim, change)
      print(aim, after)
      const former = after.masterKeys.find(({ inUse }) => inUse)
      if (change.action === 'add' && !aim.json)
        console.log(
          `start every node with the new one, then run: gatehouse keys retire ${former?.id ?? 'ID'}, and give it the new one as well`,
        )
    })
  aimed(keys.command('renew'))
    .description('make another data key, and seal everything under it anew while calls go on')
    .action(async (aim: Aim) => {
      let listing = await changed(aim, { action: 'renew' })
      for (const end = Date.now() + mostMilliseconds; isUnderway(listing.dataKeys); listing = await changed(aim)) {
        if (Date.now() > end) throw new Error('it goes on: "gatehouse keys list" tells when everything is sealed under the new data key')
        await wait(lookMilliseconds)
      }
      print(aim, listing)
    })
  aimed(keys.command('retire'))
    .description('let a master key, or a former data key, open nothing any more')
    .argument('<id>', 'its id, as "gatehouse keys list" tells')
    .option('--end-sessions', 'of a data key: at once, which ends every session that it signed')
    .action(async (id: string, { endSessions, ...aim }: Aim & { readonly endSessions?: boolean }) =>
      print(aim, await changed(aim, { action: 'retire', id, ...(endSessions && { endSessions }) })),
    )
  return keys
}

const aimed = (command: Command): Command =>
  command
    .option('--config <file>', 'settings of the server, from a YAML or JSON file')
    .option('--data <folder>', 'the data folder (environment: GATEHOUSE_DATA)')
    .option('--store <url>', 'PostgreSQL database that nodes share (environment: GATEHOUSE_STORE)')
    .option('--master-key-command <command>', 'where the master key comes from, as "gatehouse start" has it')
    .option('--master-key-passphrase-file <file>', 'the same')
    .option('--json', 'as JSON')

const lookMilliseconds = 500
/** How long the command watches; what it watches goes on without it. */
const mostMilliseconds = 3_600_000

/** Makes a change, when there is one, where the state is: in the Gatehouse that runs on it, or in a store that nobody else needs to have open. */
async function changed({ config, json: _json, ...flags }: Aim, change?: KeyChange): Promise<KeyListing> {
  const configuration = readConfiguration(flags, process.env, config)
  const { data, store } = configuration
  if (store === undefined && isInUse(data)) return askRunning(data, change)
  if (store === undefined && !existsSync(join(data, 'gatehouse.db'))) throw new Error(`the data folder ${data} holds no state`)
  return openKeys(await withPassphrase(configuration), change)
}

async function askRunning(data: string, change: KeyChange | undefined): Promise<KeyListing> {
  const { endpoint, ownerToken, certificateAuthorityFile } = readClientSettings(data)
  return (await send(`${endpoint}/_gatehouse/master-keys`, {
    method: change ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${ownerToken}`, 'content-type': 'application/json' },
    certificateAuthorityPem: readFileSync(certificateAuthorityFile, 'utf8'),
    ...(change && { body: JSON.stringify(change) }),
  })) as unknown as KeyListing
}

const deeds = { next: 'is to seal soon', sealing: 'seals', former: 'opens what it sealed' } as const

function print(aim: Aim, { masterKeys, dataKeys }: KeyListing): void {
  const dataKeyLine = ({ id, madeAt, stage, resealed }: DataKeyState) =>
    [
      'data key',
      id.padEnd(16),
      ...(madeAt === 0 ? [] : [new Date(madeAt).toISOString()]),
      resealed ? 'opens sessions that it signed' : deeds[stage],
    ].join('  ')
  const line = ({ id, kind, madeAt, inUse }: MasterKeySummary) =>
    [
      id.padEnd(16),
      kind.padEnd(10),
      madeAt === 0 ? 'of an earlier version' : new Date(madeAt).toISOString(),
      ...(inUse ? ['in use'] : []),
    ].join('  ')
  printResult(aim, { masterKeys, dataKeys }, [...masterKeys.map(line), ...dataKeys.map(dataKeyLine)].join('\n'))
}
