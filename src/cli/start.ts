import { Command } from 'commander'
import { ConfigurationError, dataFolderOf, flagOf, readConfiguration } from '../server/configuration.ts'
import { settings } from '../server/settings.ts'
import { type Gatehouse, startGatehouse } from '../server/start.ts'

/** `gatehouse start`: runs the server until it is told to stop. */
export function startCommand(): Command {
  const command = new Command('start')
    .description('start Gatehouse; Ctrl-C stops it')
    .option('--config <file>', 'settings from a YAML or JSON file')
  for (const { key, environment, description } of settings)
    command.option(`${flagOf(key)} <${key === 'data' ? 'folder' : 'value'}>`, `${description} (environment: ${environment})`)
  return command.action(async (options: { config?: string; [key: string]: string | undefined }) => {
    const configuration = readOrExplain(options)
    if (!configuration) return
    const gatehouse = await startGatehouse(configuration)
    console.log(welcome(gatehouse))
    await untilToldToStop()
    await gatehouse.stop()
  })
}

/** Reads the configuration; on mistakes prints all of them and sets exit code 2, before anything has started. */
function readOrExplain(options: { config?: string; [key: string]: string | undefined }) {
  const { config, ...flags } = options
  try {
    return readConfiguration(flags, process.env, config)
  } catch (problem) {
    if (!(problem instanceof ConfigurationError)) throw problem
    for (const line of problem.problems) console.error(`gatehouse: ${line}`)
    process.exitCode = 2
    return undefined
  }
}

const welcome = ({ endpoints, configuration, metricsUrl, firstStart, administratorArn }: Gatehouse): string =>
  `Gatehouse is ready${firstStart ? `: made account ${configuration.account} with a root user and ${administratorArn}` : ''}.

  HTTPS  ${endpoints.https}
  HTTP   ${endpoints.http}
  data   ${configuration.data}${metricsUrl === undefined ? '' : `\n  metrics  ${metricsUrl}`}

Point a shell's AWS CLI, SDKs and kubectl at it:

  eval "$(npx gatehouse env${configuration.data === defaultData() ? '' : ` --data ${configuration.data}`})"
`

const defaultData = () => dataFolderOf(undefined, { ...process.env, GATEHOUSE_DATA: undefined })

function untilToldToStop(): Promise<void> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })
}
