import { Command } from 'commander'
import { dataFolderOf } from '../server/read-configuration.ts'
import { startRestartable } from '../server/restartable.ts'
import type { Gatehouse } from '../server/start.ts'
import { withPassphrase } from './passphrase-prompt.ts'
import { printReady, readyJson } from './result.ts'
import { giveUp, readOrExplain, type ServerOptions, untilToldToStop, withSettings } from './server-options.ts'

/** `gatehouse start`: runs the server until it is told to stop. */
export function startCommand(): Command {
  const command = new Command('start').description('start Gatehouse; Ctrl-C stops it').option(...readyJson)
  return withSettings(command).action(async ({ json = false, ...flags }: ServerOptions & { readonly json?: boolean }) => {
    const configuration = readOrExplain(flags)
    if (!configuration) return
    const gatehouse = await startRestartable(await withPassphrase(configuration), giveUp)
    // Before it says that it is ready: who waits for that may stop it at once.
    const toldToStop = untilToldToStop()
    printReady({ json }, placeOf(gatehouse), welcome(gatehouse))
    await toldToStop
    await gatehouse.stop()
  })
}

/** What a program is told: nothing secret, as standard output of a service goes to a log. `gatehouse env --json` has the keys. */
const placeOf = ({ endpoints, configuration, metricsUrl, firstStart }: Gatehouse) => ({
  endpoint: endpoints.https,
  httpEndpoint: endpoints.http,
  data: configuration.data,
  account: configuration.account,
  firstStart,
  ...(metricsUrl !== undefined && { metricsUrl }),
})

/** What a person is told who has started it. */
export const welcome = ({ endpoints, configuration, metricsUrl, firstStart, administratorArn }: Gatehouse): string =>
  `Gatehouse is ready${firstStart ? `: made account ${configuration.account} with a root user and ${administratorArn}` : ''}.

  HTTPS  ${endpoints.https}
  HTTP   ${endpoints.http}
  data   ${configuration.data}${metricsUrl === undefined ? '' : `\n  metrics  ${metricsUrl}`}

Point a shell's AWS CLI, SDKs and kubectl at it:

  eval "$(npx gatehouse env${configuration.data === defaultData() ? '' : ` --data ${configuration.data}`})"
`

const defaultData = () => dataFolderOf(undefined, { ...process.env, GATEHOUSE_DATA: undefined })
