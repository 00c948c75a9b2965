import { parse as parseYaml } from 'yaml'

/** What an account is to hold: in this order, stacks, calls, access keys. */
export interface Seed {
  readonly stacks: readonly SeedStack[]
  readonly calls: readonly SeedCall[]
  readonly accessKeys: readonly SeedAccessKey[]
}

/** A CloudFormation stack. */
export interface SeedStack {
  readonly name: string
  /** The template itself. */
  readonly template: string
  readonly parameters: { readonly [name: string]: string }
}

/** A call by the administrator, as `iam:CreateUser: {UserName: ann}`. */
export interface SeedCall {
  /** The service's signing name. */
  readonly service: string
  readonly operation: string
  readonly input: { readonly [name: string]: unknown }
}

/** An access key whose id and secret are known beforehand, which the IAM API has no way to make. */
export interface SeedAccessKey {
  readonly user: string
  readonly id: string
  readonly secret: string
}

/** A seed that cannot be taken; the message names the place. */
export class SeedError extends Error {
  override readonly name = 'SeedError'
}

/**
 * Reads a seed.
 * @param text          YAML
 * @param readTemplate  gives the text of a template by the path that the seed has for it
 * @throws              SeedError
 */
export function parseSeed(text: string, readTemplate: (path: string) => string): Seed {
  let content: unknown
  try {
    content = parseYaml(text, { maxAliasCount: 100, logLevel: 'error' })
  } catch (problem) {
    throw new SeedError((problem as Error).message.split('\n')[0])
  }
  const top = record(content ?? {}, 'the seed')
  for (const name of Object.keys(top))
    if (!['stacks', 'calls', 'accessKeys'].includes(name)) throw new SeedError(`${name}: a seed has stacks, calls and accessKeys`)
  return {
    stacks: list(top['stacks'], 'stacks').map((entry, index) => stackOf(entry, `stacks[${index}]`, readTemplate)),
    calls: list(top['calls'], 'calls').map((entry, index) => callOf(entry, `calls[${index}]`)),
    accessKeys: list(top['accessKeys'], 'accessKeys').map((entry, index) => accessKeyOf(entry, `accessKeys[${index}]`)),
  }
}

function stackOf(entry: unknown, place: string, readTemplate: (path: string) => string): SeedStack {
  const { name, template, parameters = {} } = record(entry, place)
  return {
    name: text(name, `${place}.name`),
    template: readTemplate(text(template, `${place}.template`)),
    parameters: Object.fromEntries(
      Object.entries(record(parameters, `${place}.parameters`)).map(([key, value]) => [key, text(value, `${place}.parameters.${key}`)]),
    ),
  }
}

function callOf(entry: unknown, place: string): SeedCall {
  const [pair, ...more] = Object.entries(record(entry, place))
  const [, service, operation] = /^([a-z0-9-]+):(\w+)$/.exec(pair?.[0] ?? '') ?? []
  if (!pair || !service || !operation || more.length > 0)
    throw new SeedError(`${place} must be one call, such as iam:CreateUser: {UserName: ann}`)
  return { service, operation, input: record(pair[1] ?? {}, `${place}.${pair[0]}`) }
}

function accessKeyOf(entry: unknown, place: string): SeedAccessKey {
  const { user, id, secret } = record(entry, place)
  const key = { user: text(user, `${place}.user`), id: text(id, `${place}.id`), secret: text(secret, `${place}.secret`) }
  if (!/^AKIA[A-Z0-9]{12,124}$/.test(key.id)) throw new SeedError(`${place}.id must be AKIA and upper-case letters and digits`)
  if (!/^[\x21-\x7e]{16,128}$/.test(key.secret))
    throw new SeedError(`${place}.secret must be 16 to 128 printable characters without spaces`)
  return key
}

function list(value: unknown, place: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new SeedError(`${place} must be a list`)
  return value
}

function record(value: unknown, place: string): { readonly [name: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SeedError(`${place} must have names and values`)
  return value as { readonly [name: string]: unknown }
}

function text(value: unknown, place: string): string {
  // Account ids lose leading zeros as YAML numbers.
  if (typeof value === 'number') throw new SeedError(`${place}: write numbers in quotes`)
  if (typeof value !== 'string' || value === '') throw new SeedError(`${place} must be a text`)
  return value
}
