import { Command } from 'commander'
import { type DatabaseToken, startRdsProxy } from '../node/rds-proxy.ts'
import { readNamedJson } from './named-file.ts'
import { printReady, readyJson } from './result.ts'
import { CallError, callRestJson, type Client, openClient, send } from './client.ts'

interface RdsProxyOptions {
  readonly hostname: string
  readonly dbiResourceId: string
  readonly upstream: string
  readonly bind: string
  readonly port: string
  readonly signedPort?: string
  readonly passwords?: string
  readonly data?: string
  readonly json?: boolean
}

/** `gatehouse rds-proxy`: IAM database authentication before a PostgreSQL, until it is told to stop. */
export function rdsProxyCommand(): Command {
  return new Command('rds-proxy')
    .description('let clients log on to a PostgreSQL with the tokens of aws rds generate-db-auth-token')
    .requiredOption(
      '--hostname <name>',
      "the database's name, as tokens are made for: one with the label rds, such as orders.rds.localhost",
    )
    .requiredOption('--dbi-resource-id <id>', 'the DbiResourceId in rds-db ARNs, such as db-ABCDEFGHIJKL01234')
    .requiredOption('--upstream <host:port>', 'the PostgreSQL behind it')
    .option('--bind <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port; 0 takes a free one', '5432')
    .option('--signed-port <number>', 'the port that tokens are made for, when another')
    .option('--passwords <file>', "JSON of the users' passwords upstream, for SCRAM; without, the upstream must trust the proxy")
    .option('--data <folder>', 'the data folder of the running Gatehouse, instead of AWS_ENDPOINT_URL and keys in the environment')
    .option(...readyJson)
    .action(serve)
}

async function serve({
  hostname,
  dbiResourceId,
  upstream,
  bind,
  port,
  signedPort,
  passwords,
  data,
  json = false,
}: RdsProxyOptions): Promise<void> {
  const client = openClient(data)
  const issued = await certificateOf(client, hostname)
  const known = passwords === undefined ? {} : (readNamedJson(passwords) as { readonly [user: string]: string })
  const [, host, upstreamPort] = /^(.+):(\d{1,5})$/.exec(upstream) ?? []
  if (host === undefined) throw new Error(`--upstream ${upstream}: must be host:port`)
  const proxy = await startRdsProxy({
    host: bind,
    port: portOf('--port', port),
    hostname,
    ...(signedPort !== undefined && { signedPort: portOf('--signed-port', signedPort) }),
    upstream: { host, port: Number(upstreamPort) },
    certificate: issued,
    authorize: token => mayConnect(client, token, { dbiResourceId, account: issued.accountId }),
    passwordOf: user => (Object.hasOwn(known, user) ? known[user] : undefined),
  })
  const renewing = setInterval(() => void renew(client, hostname, proxy), renewalMilliseconds).unref()
  printReady({ json }, { hostname, address: bind, port: proxy.port }, `The proxy of ${hostname} is ready on ${bind}:${proxy.port}`)
  await new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  clearInterval(renewing)
  await proxy.close()
}

const renewalMilliseconds = 24 * 3_600_000

interface Issued {
  readonly accountId: string
  readonly certificatePem: string
  readonly keyPem: string
}

const certificateOf = async (client: Client, hostname: string): Promise<Issued> =>
  (await callRestJson(
    client,
    'gatehouse-databases',
    'POST',
    `/databases/${encodeURIComponent(hostname)}/server-certificate`,
  )) as unknown as Issued

async function renew(client: Client, hostname: string, proxy: { replaceCertificate(certificate: Issued): void }): Promise<void> {
  try {
    proxy.replaceCertificate(await certificateOf(client, hostname))
  } catch (problem) {
    console.error(`The certificate could not be renewed: ${problem instanceof Error ? problem.message : String(problem)}`)
  }
}

/** A token is a request that its user signed: Gatehouse is sent it as it is, and authenticates, decides and records it as any other. */
async function mayConnect(
  { endpoint, certificateAuthorityPem }: Client,
  { query, host }: DatabaseToken,
  { dbiResourceId, account }: { readonly dbiResourceId: string; readonly account: string },
): Promise<boolean> {
  try {
    const headers = { host, 'gatehouse-dbi-resource-id': dbiResourceId, 'gatehouse-db-account': account }
    await send(`${endpoint}/?${query}`, { method: 'GET', headers, certificateAuthorityPem })
    return true
  } catch (problem) {
    console.error(`Refused: ${problem instanceof CallError ? problem.message : `Gatehouse could not be asked: ${String(problem)}`}`)
    return false
  }
}

function portOf(flag: string, text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new Error(`${flag} ${text}: must be a port`)
  return Number(text)
}
