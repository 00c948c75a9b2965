import Sqlite from 'better-sqlite3'
import { join } from 'node:path'

/** What lists are measured of, and the columns of its table beside those that all have. */
const kinds = {
  users: { prefix: 'AIDA', more: {} },
  groups: { prefix: 'AGPA', more: {} },
  roles: {
    prefix: 'AROA',
    more: {
      trustPolicy:
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}',
      maxSessionSeconds: 3600,
    },
  },
  instanceProfiles: { prefix: 'AIPA', more: {} },
  policies: { prefix: 'ANPA', more: { defaultVersion: 1, nextVersion: 2, updatedAt: 0 } },
} as const

/**
 * Fills a stopped Gatehouse's database with so many users, groups, roles, instance profiles and policies each: calls would take hours.
 * @param from  those with lower numbers are there already
 */
export function addEntities(data: string, account: string, from: number, to: number): void {
  const database = new Sqlite(join(data, 'gatehouse.db'))
  database.pragma('synchronous = OFF')
  for (const [table, { prefix, more }] of Object.entries(kinds)) {
    const columns = [
      'id',
      'account',
      'name',
      'nameKey',
      'path',
      'createdAt',
      ...(table === 'policies' ? ['arn'] : []),
      ...Object.keys(more),
    ]
    const insert = database.prepare(
      `INSERT INTO "${table}" (${columns.map(name => `"${name}"`).join()}) VALUES (${columns.map(() => '?').join()})`,
    )
    const insertAll = database.transaction(() => {
      for (let number = from; number < to; number++) {
        const digits = String(number).padStart(17, '0')
        const name = `Entity${digits}`
        const path = `/team${number % 100}/`
        const arn = table === 'policies' ? [`arn:aws:iam::${account}:policy${path}${name}`] : []
        insert.run(`${prefix}${digits}`, account, name, name.toLowerCase(), path, 0, ...arn, ...Object.values(more))
      }
    })
    insertAll()
  }
  database.exec('ANALYZE')
  database.close()
}
