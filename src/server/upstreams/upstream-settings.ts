import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { SigningCredentials } from '../../wire/sigv4/sign.ts'

/** A service that another server is, as the operator set it. */
export interface UpstreamSetting {
  readonly name: string
  readonly origin: string
  readonly region: string
  readonly credentials: SigningCredentials
  /** The service's model, when not one of those that Gatehouse has. */
  readonly modelFile?: string
}

/** Where services are, by name. */
export interface UpstreamOrigins {
  readonly [name: string]: string
}

/** Sections of a credentials file. */
export interface UpstreamCredentials {
  readonly [section: string]: { readonly [key: string]: string }
}

/** Those that decide about clusters and callers are Gatehouse's own; its S3 steps aside. */
const ownServices =
  /^(?:iam|sts|eks|eks-auth|cloudtrail|cloudtrail-data|cloudformation|organizations|access-analyzer|accessanalyzer|ec2|signin|rds-db|gatehouse.*)$/

const pairs = (text: string) =>
  text
    .split(',')
    .filter(part => part.trim() !== '')
    .map(part => part.trim().split(/=(.*)/s) as [string, string | undefined])

/** `s3=http://127.0.0.1:9000,dynamodb=http://127.0.0.1:8000`. @throws Error that completes "--upstream VALUE: ..." */
export function parseUpstreams(text: string): UpstreamOrigins {
  const origins: { [name: string]: string } = {}
  for (const [name, url = ''] of pairs(text)) {
    if (!/^[a-z][a-z0-9-]*$/.test(name) || !/^https?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?$/.test(url))
      throw new Error('must be SERVICE=URL, with commas between several; a URL is a scheme, a host and perhaps a port')
    if (ownServices.test(name)) throw new Error(`${name} is served by Gatehouse itself, and decides for all others`)
    if (name in origins) throw new Error(`${name} is named twice`)
    origins[name] = url
  }
  return origins
}

/** `sesv2=/models/sesv2.json`. @throws Error that completes "--upstream-model VALUE: ..." */
export function parseUpstreamModels(text: string): { readonly [name: string]: string } {
  return Object.fromEntries(
    pairs(text).map(([name, file = '']) => {
      if (!/^[a-z][a-z0-9-]*$/.test(name) || file === '') throw new Error("must be SERVICE=FILE, a service's model as botocore has it")
      return [name, resolve(file)]
    }),
  )
}

/**
 * A file in the form of AWS's credentials file, a section a service, which nobody but its owner may read.
 * @throws Error that completes "--upstream-credentials VALUE: ..."
 */
export function readUpstreamCredentials(text: string): UpstreamCredentials {
  if (text === '') return {}
  const file = resolve(text)
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found?.isFile()) throw new Error('is no file')
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) throw new Error('is readable by others than its owner: chmod 600')
  const sections: { [section: string]: { [key: string]: string } } = {}
  let section: { [key: string]: string } | undefined
  for (const line of readFileSync(file, 'utf8').split(/\r?\n/)) {
    const name = /^\s*\[\s*([^\]]+?)\s*\]\s*$/.exec(line)?.[1]
    if (name !== undefined) section = sections[name] ??= {}
    const [, key, value] = /^\s*([a-z_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (key !== undefined && value !== undefined && section) section[key] = value
  }
  return sections
}

/**
 * Joins what was set of each upstream: from the environment before the file.
 * @param problems  gets what is missing
 */
export function upstreamsOf(
  set: {
    readonly upstream?: UpstreamOrigins
    readonly upstreamModel?: { readonly [name: string]: string }
    readonly upstreamCredentials?: UpstreamCredentials
    readonly region?: string
  },
  environment: NodeJS.ProcessEnv,
  problems: string[],
): UpstreamSetting[] {
  const { upstream = {}, upstreamModel = {}, upstreamCredentials = {}, region = 'us-east-1' } = set
  for (const name of Object.keys(upstreamModel))
    if (!(name in upstream)) problems.push(`--upstream-model ${name}: there is no --upstream ${name}=URL`)
  return Object.entries(upstream).flatMap(([name, origin]) => {
    const start = `GATEHOUSE_UPSTREAM_${name.toUpperCase().replaceAll('-', '_')}_`
    const section = upstreamCredentials[name] ?? {}
    const of = (variable: string, key: string) => environment[start + variable] || section[key]
    const accessKeyId = of('ACCESS_KEY_ID', 'aws_access_key_id')
    const secretAccessKey = of('SECRET_ACCESS_KEY', 'aws_secret_access_key')
    const sessionToken = of('SESSION_TOKEN', 'aws_session_token')
    if (accessKeyId === undefined || secretAccessKey === undefined) {
      problems.push(
        `--upstream ${name}: set ${start}ACCESS_KEY_ID and ${start}SECRET_ACCESS_KEY, or give [${name}] in --upstream-credentials, for what requests to it are signed with`,
      )
      return []
    }
    const modelFile = upstreamModel[name]
    return [
      {
        name,
        origin,
        region: of('REGION', 'region') ?? region,
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
        ...(modelFile !== undefined && { modelFile }),
      },
    ]
  })
}
