import { Command } from 'commander'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProcess } from '../node/run-process.ts'
import { readClientSettings } from '../server/client-settings.ts'
import type { Configuration } from '../server/configuration.ts'
import { startRestartable } from '../server/restartable.ts'
import type { Gatehouse } from '../server/start.ts'
import { clientVariables } from './environment.ts'
import { readSeed } from './seed.ts'
import { withPassphrase } from './passphrase-prompt.ts'
import { giveUp, readOrExplain, type ServerOptions, untilToldToStop, withSettings } from './server-options.ts'
import { welcome } from './start.ts'
import { keepState } from './state.ts'

interface UpOptions {
  readonly ephemeral?: boolean
  readonly seed?: string
  readonly json?: boolean
}

/** `gatehouse up`: a server for a test run, or for one command. */
export function upCommand(): Command {
  const command = new Command('up')
    .description('start Gatehouse for a test run: gatehouse up --ephemeral [--seed FILE] [-- COMMAND]')
    .option('--ephemeral', 'on a new data folder that is gone afterwards, and on free ports')
    .option('--seed <file>', 'what the account holds, in YAML; see "gatehouse seed"')
    .option('--json', 'print one line of JSON for programs when ready: the endpoints and the variables of clients')
    .argument('[command...]', 'a command to run with the variables of clients set, after --; Gatehouse stops with it')
  return withSettings(command).action(async (words: string[], { ephemeral, seed, json, ...flags }: UpOptions & ServerOptions) => {
    const folder = ephemeral ? mkdtempSync(join(tmpdir(), 'gatehouse-')) : undefined
    try {
      const configuration = readOrExplain(folder === undefined ? flags : { port: '0', httpPort: '0', ...flags, data: folder })
      if (configuration) await serve(configuration, words, { ...(seed !== undefined && { seed }), json: json === true })
    } finally {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    }
  })
}

async function serve(
  configuration: Configuration,
  words: readonly string[],
  { seed, json }: { seed?: string; json: boolean },
): Promise<void> {
  const content = seed === undefined ? undefined : readSeed(seed)
  const gatehouse = await startRestartable(await withPassphrase(configuration), giveUp)
  try {
    if (content) {
      await gatehouse.seed(content)
      // What a test run resets to is what it began with, where there is a reset.
      if (configuration.store === undefined) await keepState(configuration.data)
    }
    if (words.length === 0) {
      const toldToStop = untilToldToStop()
      console.log(json ? JSON.stringify(forPrograms(gatehouse)) : welcome(gatehouse))
      await toldToStop
    } else process.exitCode = await runProcess(words, { ...withoutIdentity(process.env), ...variablesOf(gatehouse) })
  } finally {
    await gatehouse.stop()
  }
}

const variablesOf = ({ configuration }: Gatehouse) => {
  const client = readClientSettings(configuration.data)
  return clientVariables(client, client.endpoint)
}

const forPrograms = (gatehouse: Gatehouse) => ({
  endpoint: gatehouse.endpoints.https,
  httpEndpoint: gatehouse.endpoints.http,
  data: gatehouse.configuration.data,
  environment: variablesOf(gatehouse),
})

/** A command that `up` runs is the administrator, whoever its caller is to AWS. */
const withoutIdentity = ({ AWS_SESSION_TOKEN: _token, AWS_PROFILE: _profile, ...rest }: NodeJS.ProcessEnv) => rest
