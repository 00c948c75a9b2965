import { podsService } from '../../types/pods-service.ts'
import type { JsonObject } from '../../types/json.ts'

/** Where a walk begins. */
export type Start =
  | { readonly by: 'Username' | 'AccessKeyId'; readonly value: string }
  | { readonly by: 'pod'; readonly name: string; readonly namespace: string | undefined }

/** One attribute of LookupEvents, newest first; `cut` when the history has more than was read. */
export type Look = (
  key: 'Username' | 'AccessKeyId' | 'EventName',
  value: string,
) => Promise<{ events: readonly JsonObject[]; cut: boolean }>

export interface Walk {
  /** Records, oldest first, each once. */
  readonly records: readonly JsonObject[]
  /** What was not read to its end, such as `AccessKeyId ASIA...`: the walk may lack records there. */
  readonly unread: readonly string[]
}

const mostKeys = 100

/**
 * Follows a person, session, access key or pod through the history: its own records, then those of every credential that these
 * gave out, and so on, and the records that made the roles that were used.
 */
export async function follow(start: Start, look: Look): Promise<Walk> {
  const records = new Map<string, JsonObject>()
  const unread: string[] = []
  const read = async (key: Parameters<Look>[0], value: string) => {
    const { events, cut } = await look(key, value)
    if (cut) unread.push(`${key} ${value}`)
    return events
  }
  const keep = (found: readonly JsonObject[]) => {
    for (const record of found) records.set(String(record['eventID']), record)
    return found.flatMap(accessKeyGivenBy)
  }

  const followed = new Set<string>()
  const waiting = keep(start.by === 'pod' ? await exchangesOf(start, read) : await read(start.by, start.value))
  for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
    if (followed.has(key)) continue
    if (followed.size === mostKeys) {
      unread.push(`AccessKeyId ${key}`)
      break
    }
    followed.add(key)
    waiting.push(...keep(await read('AccessKeyId', key)))
  }

  const roles = new Set([...records.values()].flatMap(rolesOf))
  if (roles.size > 0) keep((await read('EventName', 'CreateRole')).filter(record => roles.has(roleMadeBy(record) ?? '')))
  return { records: [...records.values()].toSorted(byTime), unread }
}

/** The calls with which a pod got credentials, by either way: a web identity, or an association. */
async function exchangesOf(
  { name, namespace }: Extract<Start, { by: 'pod' }>,
  read: (key: 'EventName', value: string) => Promise<readonly JsonObject[]>,
) {
  const found = [...(await read('EventName', 'AssumeRoleWithWebIdentity')), ...(await read('EventName', 'AssumeRole'))]
  return found.filter(record => {
    const pod = podOf(record)
    return pod?.name === name && (namespace === undefined || pod.namespace === namespace)
  })
}

/** The pod that a record tells of: by the session tags of EKS Pod Identity, or by what we add for web identities. */
function podOf(record: JsonObject): { name: unknown; namespace: unknown } | undefined {
  const kubernetes = at(record, 'additionalEventData', 'kubernetes')
  if (isObject(kubernetes)) return { name: kubernetes['pod'], namespace: kubernetes['namespace'] }
  const invokedBy = at(record, 'userIdentity', 'invokedBy')
  const tags = at(record, 'requestParameters', 'tags')
  // Anyone may give tags of these names to a session of their own: only EKS's are a pod's.
  if (invokedBy !== podsService || !Array.isArray(tags)) return undefined
  const tag = (key: string) => tags.filter(isObject).find(each => each['key'] === key)?.['value']
  return { name: tag('kubernetes-pod-name'), namespace: tag('kubernetes-namespace') }
}

function accessKeyGivenBy(record: JsonObject): string[] {
  const key = at(record, 'responseElements', 'credentials', 'accessKeyId') ?? at(record, 'responseElements', 'accessKey', 'accessKeyId')
  return typeof key === 'string' ? [key] : []
}

const rolesOf = (record: JsonObject) =>
  [at(record, 'userIdentity', 'sessionContext', 'sessionIssuer', 'arn'), at(record, 'requestParameters', 'roleArn')].filter(
    arn => typeof arn === 'string',
  )

function roleMadeBy(record: JsonObject): string | undefined {
  const arn = at(record, 'responseElements', 'role', 'arn')
  return typeof arn === 'string' ? arn : undefined
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

const at = (record: JsonObject, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), record)

/** Ids of events begin with their time, to the millisecond: they order those of one second. */
function byTime(one: JsonObject, other: JsonObject): number {
  const [left, right] = [one, other].map(record => `${String(record['eventTime'])} ${String(record['eventID'])}`) as [string, string]
  return left < right ? -1 : left > right ? 1 : 0
}
