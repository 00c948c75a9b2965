import type { Call } from './call.ts'

/** The AWS CLI command that makes the same call. */
export const awsCliCommand = ({ service, operation, input, region }: Call): string =>
  [
    `aws ${service} ${hyphenated(operation)}`,
    ...Object.entries(input).flatMap(([name, value]) => option(`--${hyphenated(name)}`, value)),
    ...(region === undefined ? [] : [`--region ${region}`]),
  ].join(' ')

function option(name: string, value: unknown): string[] {
  if (value === undefined) return []
  if (typeof value === 'boolean') return [value ? name : name.replace('--', '--no-')]
  if (Array.isArray(value)) return [`${name} ${value.every(isScalar) ? value.map(quoted).join(' ') : quoted(JSON.stringify(value))}`]
  return [`${name} ${quoted(isScalar(value) ? value : JSON.stringify(value))}`]
}

const isScalar = (value: unknown): value is string | number | Date => typeof value !== 'object' || value instanceof Date

/** As POSIX shells read it. */
export function quoted(value: string | number | Date): string {
  const text = value instanceof Date ? value.toISOString() : String(value)
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** A name of the model as the AWS CLI writes it: ListMFADevices is list-mfa-devices. */
export const hyphenated = (name: string): string =>
  name
    .replace(/[A-Z]{2,}s$/, plural => `-${plural.toLowerCase()}`)
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1-$2')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
