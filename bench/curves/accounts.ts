import Sqlite from 'better-sqlite3'
import { join } from 'node:path'

const idOf = (number: number): string => String(500_000_000_000 + number)

/** Fills a stopped Gatehouse's organization with so many member accounts, each with all that a new one has of policies. @param from  those with lower numbers are there already */
export function addAccounts(data: string, from: number, to: number): void {
  const database = new Sqlite(join(data, 'gatehouse.db'))
  database.pragma('synchronous = OFF')
  const organization = database.prepare('SELECT "id", "rootId" FROM "organizations"').get() as { id: string; rootId: string }
  const account = database.prepare('INSERT INTO "accounts" ("id", "rootEmail", "createdAt") VALUES (?, ?, 0)')
  const member = database.prepare(
    `INSERT INTO "organizationAccounts" ("accountId", "organizationId", "parentId", "name", "email", "joinedMethod", "joinedAt", "status") VALUES (?, ?, ?, ?, ?, 'CREATED', 0, 'ACTIVE')`,
  )
  const target = database.prepare(
    'INSERT INTO "organizationPolicyTargets" ("organizationId", "targetId", "policyId") VALUES (?, ?, \'p-FullAWSAccess\')',
  )
  const all = database.transaction(() => {
    for (let number = from; number < to; number++) {
      const [id, email] = [idOf(number), `account${number}@example.com`]
      account.run(id, email)
      member.run(id, organization.id, organization.rootId, `Account ${number}`, email)
      target.run(organization.id, id)
    }
  })
  all()
  database.exec('ANALYZE')
  database.close()
}
