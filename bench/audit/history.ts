import Sqlite from 'better-sqlite3'
import { lookupResourcesOf } from '../../src/audit/lookup-resources.ts'
import { buildRecord, type TrailRecord } from '../../src/audit/record.ts'

export const account = '111122223333'
export const region = 'us-east-1'
const role = (n: number) => `arn:aws:iam::${account}:role/role-${n}`
const users = 1_000

/** How a history is made, and values to look up in it. */
export const spread = {
  begun: Date.UTC(2026, 0, 1),
  /** Milliseconds between records. */
  step: 500,
  frequentUser: 'user-0',
  rareUser: 'user-777',
  accessKey: 'ASIAUSER0000000777',
  frequentResource: role(0),
  eventId: eventId(4_321),
}

function eventId(n: number): string {
  return `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
}

/** Half of all records are of one user; of the rest each user has as many. */
const userOf = (n: number) => (n % 2 === 0 ? 0 : (n >> 1) % users)
const names = ['GetCallerIdentity', 'ListUsers', 'GetRole', 'AssumeRole', 'DescribeCluster', 'ListRoles', 'GetUser', 'LookupEvents']

/** A record of a history, about as long as those of real calls. */
export function recordAt(n: number, change: boolean): TrailRecord {
  const user = userOf(n)
  const eventName = change ? 'TagRole' : (names[n % names.length] as string)
  const named = change || eventName === 'AssumeRole'
  return buildRecord({
    eventId: eventId(n),
    requestId: eventId(n),
    at: spread.begun + n * spread.step,
    eventSource: eventName === 'AssumeRole' || eventName === 'GetCallerIdentity' ? 'sts.amazonaws.com' : 'iam.amazonaws.com',
    eventName,
    region,
    account,
    userIdentity: {
      type: 'AssumedRole',
      principalId: `AROAEXAMPLE:user-${user}`,
      arn: `arn:aws:sts::${account}:assumed-role/Developer/user-${user}`,
      accountId: account,
      accessKeyId: `ASIAUSER${String(user).padStart(10, '0')}`,
      sessionContext: { attributes: { creationDate: '2026-01-01T00:00:00Z', mfaAuthenticated: 'false' } },
    },
    sourceIp: '203.0.113.7',
    userAgent: 'aws-cli/2.13.5 Python/3.11.4 Linux/6.1 exe/x86_64 prompt/off',
    readOnly: !change,
    requestParameters: { roleName: `role-${n % 100}` },
    responseElements: null,
    resources: named ? [{ ARN: role(n % 3 === 0 ? 0 : n % 100), accountId: account, type: 'AWS::IAM::Role' }] : undefined,
    tls: { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256' },
    host: 'localhost:4443',
  })
}

/** Fills a store's file in large transactions: only reading is measured of it. Every twentieth record is of a change. @param begin  those with lower numbers are there already */
export function fill(file: string, count: number, begin = 0): void {
  const database = new Sqlite(file)
  database.pragma('synchronous = OFF')
  const record = database.prepare(
    'INSERT INTO "records" ("eventId", "account", "region", "at", "eventName", "eventSource", "username", "accessKeyId", "readOnly", "json") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const resource = database.prepare(
    'INSERT INTO "recordResources" ("seq", "account", "region", "type", "name", "at") VALUES (?, ?, ?, ?, ?, ?)',
  )
  const some = database.transaction((from: number, to: number) => {
    for (let n = from; n < to; n++) {
      const made = recordAt(n, n % 20 === 0)
      const at = Date.parse(made.eventTime)
      const { lastInsertRowid } = record.run(
        made.eventID,
        account,
        region,
        at,
        made.eventName,
        made.eventSource,
        `user-${userOf(n)}`,
        made.userIdentity['accessKeyId'],
        made.readOnly ? 1 : 0,
        JSON.stringify(made),
      )
      for (const { type, name } of lookupResourcesOf(made)) resource.run(lastInsertRowid, account, region, type, name, at)
    }
  })
  const batch = 50_000
  for (let from = begin; from < count; from += batch) some(from, Math.min(count, from + batch))
  database.close()
}
