import { Command } from 'commander'
import { follow, type Look, type Start } from '../services/cloudtrail/following.ts'
import { ocsfEvent, ocsfVersion } from '../services/cloudtrail/ocsf.ts'
import type { JsonObject } from '../types/json.ts'
import { type Client, openClient } from './client.ts'
import { readHistory } from './event-history.ts'
import { following, type Narrowing } from './trail-follow.ts'

interface TrailOptions {
  readonly principal?: string
  readonly session?: string
  readonly accessKey?: string
  readonly pod?: string
  readonly json?: boolean
  readonly ocsf?: boolean
  readonly follow?: boolean
  readonly data?: string
}

/** `gatehouse trail`: what a person, session, access key or pod did, through every credential that it got, in one timeline. */
export function trailCommand(): Command {
  return new Command('trail')
    .description('follow a person or a pod through the event history: gatehouse trail --pod shop/cart-1')
    .option('--principal <name>', 'a user by name or ARN, or root')
    .option('--session <name>', 'a role session by name or ARN')
    .option('--access-key <id>', 'an access key')
    .option('--pod <name>', 'a pod, as name or namespace/name')
    .option('--follow', 'all records as they come, or those of one --principal, --session or --access-key; Ctrl-C ends it')
    .option('--json', 'the records as JSON lines')
    .option('--ocsf', `the records as JSON lines in the Open Cybersecurity Schema Framework, version ${ocsfVersion}`)
    .option('--data <folder>', 'the data folder of the Gatehouse to ask')
    .addHelpText('after', "\nReads the last ninety days of the caller's account in the configured region, as LookupEvents does.")
    .action(async (options: TrailOptions) => {
      if (options.follow) return tell(options)
      const start = startOf(options)
      const { records, unread } = await follow(start, lookWith(openClient(options.data)))
      for (const record of records) console.log(shown(record, options))
      if (records.length === 0)
        console.error(`gatehouse: the last ninety days have no call of ${start.by === 'pod' ? start.name : start.value}`)
      for (const what of unread) console.error(`gatehouse: not read to its end, records may be missing: ${what}`)
    })
}

const shown = (record: JsonObject, { json, ocsf }: TrailOptions): string =>
  ocsf ? JSON.stringify(ocsfEvent(record)) : json ? JSON.stringify(record) : line(record)

/** Prints records as they come, until somebody ends it or nobody reads any more. */
async function tell(options: TrailOptions): Promise<void> {
  const { principal, session, accessKey, pod } = options
  if (pod !== undefined) throw new Error('--follow knows no pods: name the session or the access key')
  const start = [principal, session, accessKey].every(name => name === undefined) ? undefined : startOf(options)
  const narrowing: Narrowing | undefined = start && start.by !== 'pod' ? { attributeKey: start.by, attributeValue: start.value } : undefined
  const gap = () => console.error('gatehouse: more records came than are read at a time: some may be missing')
  process.stdout.on('error', () => process.exit(0))
  for await (const record of following(openClient(options.data), narrowing, gap)) console.log(shown(record, options))
}

function startOf({ principal, session, accessKey, pod }: TrailOptions): Start {
  const [start, ...others] = [
    ...[principal, session].filter(name => name !== undefined).map((name): Start => ({ by: 'Username', value: usernameOf(name) })),
    ...(accessKey === undefined ? [] : [{ by: 'AccessKeyId', value: accessKey } as const]),
    ...(pod === undefined ? [] : [podStart(pod)]),
  ]
  if (!start || others.length > 0) throw new Error('give one of --principal, --session, --access-key and --pod')
  return start
}

/** The name that the event history knows somebody by: of an ARN the end, which is a user's name, a session's, or root. */
const usernameOf = (name: string): string => (name.startsWith('arn:') ? (name.split(/[:/]/).at(-1) as string) : name)

function podStart(text: string): Start {
  const [first = '', second] = text.split('/')
  return second === undefined ? { by: 'pod', name: first, namespace: undefined } : { by: 'pod', name: second, namespace: first }
}

/** 2,000 records. */
const mostPages = 2

function lookWith(client: Client): Look {
  return (attributeKey, attributeValue) => readHistory(client, { attributeKey, attributeValue }, mostPages)
}

function line(record: JsonObject): string {
  const identity = record['userIdentity'] as JsonObject
  const caller = identity['arn'] ?? identity['userName']
  const service = identity['invokedBy']
  const who =
    caller === undefined ? (service ?? identity['type']) : service === undefined ? caller : `${String(caller)} via ${String(service)}`
  const ended = record['errorCode'] ?? 'ok'
  // Names come from callers: what a terminal would act on is shown, not sent.
  return [
    record['eventTime'],
    who,
    `${String(record['eventSource']).split('.')[0]}:${String(record['eventName'])}`,
    ended,
    record['eventID'],
  ]
    .map(part => String(part).replace(/\p{Cc}/gu, character => JSON.stringify(character).slice(1, -1)))
    .join('  ')
}
