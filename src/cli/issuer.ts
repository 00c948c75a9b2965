import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Command } from 'commander'
import { callRestJson, type Client, fetchJson, openClient } from './client.ts'
import { printResult } from './result.ts'

interface IssuerOptions {
  readonly cluster: string
  readonly data?: string
  readonly json?: boolean
}

/** `gatehouse issuer`: what verifiers of tokens read, as files; and new keys. */
export function issuerCommand(): Command {
  const issuer = new Command('issuer').description("a cluster's OpenID Connect issuer: export its documents, rotate its keys")
  aimed(issuer.command('export'))
    .description('write discovery document and key set, to be hosted on any web server below the URL of the issuer')
    .requiredOption('--out <folder>', 'folder to write to')
    .action(async ({ out, ...options }: IssuerOptions & { readonly out: string }) => {
      const written = await exportIssuer(openClient(options.data), options.cluster, out)
      printResult(options, written, written.map(({ file, url }) => `${file} is ${url}`).join('\n'))
    })
  aimed(issuer.command('rotate'))
    .description('make a new key: published at once, signing an hour later; the old one stays published until its tokens have expired')
    .option('--immediately', 'for a key that leaked: sign with the new one at once, and refuse tokens of the old ones')
    .action(async ({ immediately = false, ...options }: IssuerOptions & { readonly immediately?: boolean }) => {
      const client = openClient(options.data)
      const path = `/clusters/${encodeURIComponent(options.cluster)}/rotate-issuer-key`
      const { keyId } = await callRestJson(client, 'gatehouse-issuers', 'POST', path, { input: { immediately } })
      const text = `${String(keyId)} is published${immediately ? ' and signs' : ', and signs in an hour'}`
      printResult(options, { keyId, signs: immediately ? 'now' : 'in an hour' }, text)
    })
  return issuer
}

const aimed = (command: Command): Command =>
  command
    .requiredOption('--cluster <name>', 'cluster')
    .option('--data <folder>', 'the data folder of the running Gatehouse, instead of AWS_ENDPOINT_URL and keys in the environment')
    .option('--json', 'as JSON')

interface WrittenDocument {
  readonly file: string
  readonly url: string
}

/** Gatehouse itself is asked, wherever the issuer is hosted: its files may not be there yet. */
async function exportIssuer(client: Client, clusterName: string, folder: string): Promise<readonly WrittenDocument[]> {
  const { cluster } = (await callRestJson(client, 'eks', 'GET', `/clusters/${encodeURIComponent(clusterName)}`)) as {
    cluster: { readonly identity: { readonly oidc: { readonly issuer: string } } }
  }
  const { issuer } = cluster.identity.oidc
  const own = `${client.endpoint}/id/${issuer.slice(issuer.lastIndexOf('/') + 1)}`
  const written: WrittenDocument[] = []
  for (const path of ['.well-known/openid-configuration', 'keys']) {
    const file = join(folder, path)
    const document = await fetchJson(client, `${own}/${path}`)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify(document))
    written.push({ file, url: `${issuer}/${path}` })
  }
  return written
}
