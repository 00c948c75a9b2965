import { Command } from 'commander'
import { type LeastPrivilege, leastPrivilege } from '../analysis/least-privilege/least-privilege.ts'
import { type ArnOfName, placeholdersOf } from '../analysis/least-privilege/resources.ts'
import { parseArn } from '../types/arn.ts'
import type { JsonObject } from '../types/json.ts'
import { type Client, openClient, type XmlElement } from './client.ts'
import { queryRecords, readHistory } from './event-history.ts'
import { heldPolicies, readAccount } from './principal-policies.ts'
import { timeOf } from './times.ts'

interface LeastPrivilegeOptions {
  readonly principal: string
  readonly since: string
  readonly eventDataStore?: string
  readonly json?: boolean
  readonly data?: string
}

/** As `gatehouse simulate` ends when something is not allowed. */
const exitCodeOfRefusal = 3

/** `gatehouse least-privilege`: the smallest policy that covers what a user or role did, proved by replaying the record. */
export function leastPrivilegeCommand(): Command {
  return new Command('least-privilege')
    .description(
      'write the smallest policy that covers what a user or a role did: gatehouse least-privilege --principal deployer --since 30d',
    )
    .requiredOption('--principal <name>', 'a user or a role, by ARN or by name')
    .option('--since <when>', 'how far back: 12h, 30d, or a date such as 2026-01-15', '90d')
    .option(
      '--event-data-store <id>',
      'ask this event data store, which may go further back and have data events, instead of the event history',
    )
    .option('--json', 'the policy with what was dropped and what was replayed, as JSON')
    .option('--data <folder>', 'the data folder of the Gatehouse to ask')
    .addHelpText(
      'after',
      `\nThe policy goes to standard output, what was left out to standard error. Ends with ${exitCodeOfRefusal} when a replayed call is not allowed.\nThe event history has no data events, such as reads of S3's objects.`,
    )
    .action(async (options: LeastPrivilegeOptions) => {
      const client = openClient(options.data)
      const account = await readAccount(client)
      const arn = arnOf(account, options.principal)
      const { principal } = await heldPolicies(client, account, arn)
      const from = timeOf('--since', options.since, Date.now())
      const { events, cut } = await (options.eventDataStore === undefined
        ? recordsOf(client, arn, from)
        : storedRecordsOf(client, arn, from, options.eventDataStore))
      const result = leastPrivilege(events, principal, namesOf(account))
      if (options.json) console.log(JSON.stringify({ ...result, cut }, undefined, 2))
      else if (result.policy) console.log(JSON.stringify(result.policy, undefined, 2))
      else console.error(`gatehouse: no call of ${arn} is on record that a policy could allow: there is no policy to write`)
      if (!options.json) for (const line of report(result, cut)) console.error(`gatehouse: ${line}`)
      if (result.refused.length > 0) process.exitCode = exitCodeOfRefusal
    })
}

type Account = Awaited<ReturnType<typeof readAccount>>

const named = (elements: readonly XmlElement[], member: string, name: string): string | undefined => {
  const found = elements.find(element => String(element[member]).toLowerCase() === name.toLowerCase())
  return found && String(found['Arn'])
}

function arnOf({ users, roles }: Account, text: string): string {
  if (/^arn:[^:]+:iam::\d{12}:(user|role)\//.test(text)) return text
  const arn = named(users, 'UserName', text) ?? named(roles, 'RoleName', text)
  if (arn === undefined) throw new Error(`the account has no user and no role ${text}`)
  return arn
}

const namesOf =
  ({ users, roles, groups, policies }: Account): ArnOfName =>
  (type, name) => {
    const last = name.slice(name.lastIndexOf('/') + 1)
    if (type === 'user') return named(users, 'UserName', last)
    if (type === 'role') return named(roles, 'RoleName', last)
    if (type === 'group') return named(groups, 'GroupName', last)
    return type === 'policy' ? named(policies, 'PolicyName', last) : undefined
  }

/** 50,000 events: of a role every event is looked at, as the history does not know roles. */
const mostPages = 50

async function recordsOf(client: Client, arn: string, from: number) {
  const isUser = parseArn(arn)?.resource.startsWith('user/')
  const attribute = isUser ? { attributeKey: 'Username', attributeValue: arn.slice(arn.lastIndexOf('/') + 1) } : {}
  const { events, cut } = await readHistory(client, { startTime: from, ...attribute }, mostPages)
  return { events: events.filter(record => madeBy(record) === arn), cut }
}

/** The user, or the role of the session, that a record is of. */
function madeBy(record: JsonObject): unknown {
  const identity = record['userIdentity'] as JsonObject
  const context = identity['sessionContext'] as { readonly sessionIssuer?: { readonly arn?: string } } | undefined
  return identity['type'] === 'AssumedRole' ? context?.sessionIssuer?.arn : identity['arn']
}

async function storedRecordsOf(client: Client, arn: string, from: number, store: string) {
  const id = store.slice(store.lastIndexOf('/') + 1)
  const text = `'${arn.replaceAll("'", "''")}'`
  const time = new Date(from).toISOString().replace('T', ' ').slice(0, -1)
  const whose = `(userIdentity.arn = ${text} OR userIdentity.sessionContext.sessionIssuer.arn = ${text})`
  return { events: await queryRecords(client, `SELECT eventJson FROM ${id} WHERE eventTime >= '${time}' AND ${whose}`), cut: false }
}

function report({ calls, uses, dropped, replayed, refused }: LeastPrivilege, cut: boolean): string[] {
  const times = (count: number) => (count === 1 ? '1 call' : `${count} calls`)
  return [
    `${times(calls)} used ${uses.length} permissions on their resources; ${times(replayed)} replayed under this policy alone, ${refused.length} refused`,
    ...refused.map(({ action, resource, eventId }) => `refused: ${action} on ${resource}, event ${eventId}`),
    ...dropped.map(
      ({ eventSource, eventName, reason, calls: count }) => `left out: ${eventSource} ${eventName}, ${times(count)}: ${reason}`,
    ),
    ...uses
      .filter(({ action, resources }) => resources.includes('*') && placeholdersOf(action) !== undefined)
      .map(({ action }) => `on every resource: ${action}, as the record does not show which`),
    ...(cut ? ['the history has more events than were read: shorten --since, or ask an event data store'] : []),
  ]
}
