import { Command, InvalidArgumentError } from 'commander'
import { type ClientSettings, readClientSettings } from '../server/client-settings.ts'
import { dataFolder } from './data-folder.ts'
import { printResult } from './result.ts'

/** `gatehouse env`: shell lines that point every AWS client at a running Gatehouse. */
export function environmentCommand(): Command {
  return new Command('env')
    .description('print shell lines that point AWS clients at Gatehouse: eval "$(gatehouse env)"')
    .option('--data <folder>', 'the data folder of the running Gatehouse (environment: GATEHOUSE_DATA)')
    .option('--http', 'use the plain HTTP endpoint')
    .option('--endpoint <url>', 'where clients reach it, if elsewhere: a forwarded port, a load balancer', endpointUrl)
    .option('--json', 'the variables as JSON')
    .action((options: { data?: string; http?: boolean; endpoint?: string; json?: boolean }) => {
      const client = readClientSettings(dataFolder(options.data))
      const endpoint = options.endpoint ?? (options.http ? client.httpEndpoint : client.endpoint)
      const all = Object.entries(clientVariables(client, endpoint))
      // Over a forwarded port the authority's file may not be there, and plain HTTP asks for none.
      const without = options.endpoint?.startsWith('http:') ? ofAuthority : []
      const variables = Object.fromEntries(all.filter(([name]) => !without.includes(name)))
      const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${shellQuoted(value)}`)
      printResult(options, variables, [...lines, 'unset AWS_SESSION_TOKEN AWS_PROFILE'].join('\n'))
    })
}

const ofAuthority = ['AWS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS']

/** @throws InvalidArgumentError for what is no URL of an endpoint */
function endpointUrl(text: string): string {
  const { protocol, origin } = URL.canParse(text) ? new URL(text) : { protocol: '', origin: '' }
  if ((protocol !== 'https:' && protocol !== 'http:') || text.replace(/\/$/, '') !== origin)
    throw new InvalidArgumentError('It must be http[s]://HOST[:PORT].')
  return origin
}

/** What points every AWS client at a running Gatehouse, as its administrator. */
export const clientVariables = (client: ClientSettings, endpoint: string): { readonly [name: string]: string } => ({
  AWS_ENDPOINT_URL: endpoint,
  // The SDK for Go makes the STS client that its credentials come from before it reads the variable above.
  AWS_ENDPOINT_URL_STS: endpoint,
  AWS_ACCESS_KEY_ID: client.accessKeyId,
  AWS_SECRET_ACCESS_KEY: client.secretAccessKey,
  AWS_REGION: client.region,
  AWS_DEFAULT_REGION: client.region,
  AWS_CA_BUNDLE: client.certificateAuthorityFile,
  // The JavaScript SDK trusts what Node trusts; the other SDKs and the CLI read AWS_CA_BUNDLE.
  NODE_EXTRA_CA_CERTS: client.certificateAuthorityFile,
})

/** POSIX single quotes: nothing inside is special but the quote itself. */
const shellQuoted = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
