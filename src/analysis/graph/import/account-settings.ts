import type { SnapshotCredentials } from '../snapshot.ts'
import type { SnapshotBuilder } from './builder.ts'
import { type Fields, fieldsOf, isTrue, objectsOf, textOf, timeAs } from './fields.ts'

/** GetCredentialReport: comma-separated values in base64. IAM User Guide, "Generate credential reports for your AWS account". */
export function readCredentialReport({ Content }: Fields, builder: SnapshotBuilder): void {
  const [head = '', ...rows] = Buffer.from(textOf(Content), 'base64').toString('utf8').trim().split(/\r?\n/)
  const columns = head.split(',')
  const credentials = rows.map(row => {
    const cells = row.split(',')
    return credentialsOf(Object.fromEntries(columns.map((name, i) => [name, cells[i] ?? ''])))
  })
  builder.account = { ...builder.account, credentials }
}

const credentialsOf = (row: { readonly [column: string]: string }): SnapshotCredentials => ({
  user: row['user'] ?? '',
  // Reports of before root users could be without one say `not_supported` of theirs.
  hasPassword: row['password_enabled'] === 'true' || row['password_enabled'] === 'not_supported',
  ...timeAs('passwordUsedAt', row['password_last_used']),
  ...timeAs('passwordChangedAt', row['password_last_changed']),
  hasMfa: row['mfa_active'] === 'true',
  keys: ['1', '2']
    .filter(key => row[`access_key_${key}_active`] === 'true')
    .map(key => ({
      ...timeAs('rotatedAt', row[`access_key_${key}_last_rotated`]),
      ...timeAs('usedAt', row[`access_key_${key}_last_used_date`]),
    })),
})

/** GetAccountPasswordPolicy. */
export function readPasswordPolicy({ PasswordPolicy }: Fields, builder: SnapshotBuilder): void {
  const policy = fieldsOf(PasswordPolicy)
  const number = (name: string) => Number(policy[name] ?? 0)
  builder.account = {
    ...builder.account,
    passwordPolicy: { minimumLength: number('MinimumPasswordLength'), reusePrevention: number('PasswordReusePrevention') },
  }
}

/** DescribeTrails. */
export function readTrails({ trailList }: Fields, builder: SnapshotBuilder): void {
  const trails = objectsOf(trailList).map(trail => ({
    name: textOf(trail['Name']),
    isMultiRegion: isTrue(trail['IsMultiRegionTrail']),
    validatesLogs: isTrue(trail['LogFileValidationEnabled']),
  }))
  builder.account = { ...builder.account, trails }
}

/** ListAnalyzers. */
export function readAnalyzers({ analyzers }: Fields, builder: SnapshotBuilder): void {
  const external = objectsOf(analyzers).filter(({ type }) => /^(ACCOUNT|ORGANIZATION)$/.test(textOf(type)))
  builder.account = { ...builder.account, analyzers: [...(builder.account.analyzers ?? []), ...external.map(({ name }) => textOf(name))] }
}
