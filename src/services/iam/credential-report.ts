import { rootArn, userArn } from '../../identity/arns.ts'
import type { Transaction } from '../../store/index.ts'
import { anyResource } from './access.ts'
import { iam } from './service.ts'
import { putSetting, settingOf } from '../../identity/account-settings.ts'

/** A report is made anew after this time. IAM User Guide, "Generate credential reports for your AWS account": every four hours. */
const lifetime = 4 * 3_600_000
const day = 86_400_000

const columns = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  ...[1, 2].flatMap(n =>
    ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service'].map(part => `access_key_${n}_${part}`),
  ),
  ...[1, 2].flatMap(n => [`cert_${n}_active`, `cert_${n}_last_rotated`]),
  'additional_credentials_info',
]

/** There are never more than two keys or certificates. */
const nothingMore = 'N/A'

/** GenerateCredentialReport: STARTED when a new one is made, COMPLETE when a fresh one is there. IAM API Reference, same name. */
export const GenerateCredentialReport = iam.operation('GenerateCredentialReport', {
  // It reads, says CloudTrail; the report is kept all the same.
  transaction: 'write',
  access: () => anyResource,

  reach: (_input, { world }) => world.lastUses.flush(),

  async handle(_, { tx, account, now }) {
    const report = await settingOf(tx, account, 'credentialReport')
    if (report && report.generatedAt + lifetime > now) return { State: 'COMPLETE' }
    await putSetting(tx, account, 'credentialReport', { generatedAt: now, content: await contentOf(tx, account) })
    return { State: 'STARTED', Description: 'No report exists. Starting a new report generation task' }
  },
})

/** GetCredentialReport. IAM API Reference, "GetCredentialReport". */
export const GetCredentialReport = iam.operation('GetCredentialReport', {
  access: () => anyResource,

  async handle(_, { tx, account, now }) {
    const report = await settingOf(tx, account, 'credentialReport')
    if (!report) throw new iam.ReportNotPresent('Report is not present. Please call GenerateCredentialReport first.')
    if (report.generatedAt + lifetime <= now) throw new iam.ReportExpired('Report has expired. Please call GenerateCredentialReport again.')
    return { Content: Buffer.from(report.content), ReportFormat: 'text/csv', GeneratedTime: new Date(report.generatedAt) }
  },
})

const instant = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}+00:00`
const instantOr = (at: number | null | undefined, otherwise: string): string => (at === null || at === undefined ? otherwise : instant(at))

async function contentOf(tx: Transaction, account: string): Promise<string> {
  const lines = [columns, await rootLine(tx, account)]
  const users = await tx
    .selectFrom('users')
    .leftJoin('loginProfiles', 'loginProfiles.userId', 'users.id')
    .select(['users.id', 'name', 'path', 'users.createdAt', 'passwordLastUsedAt', 'changedAt'])
    .where('users.account', '=', account)
    .orderBy('nameKey')
    .execute()
  const keys = Map.groupBy(await keysOf(tx, account), key => key.userId)
  const certificates = Map.groupBy(await certificatesOf(tx, account), certificate => certificate.userId)
  const devices = await tx.selectFrom('mfaDevices').select('ownerId').where('account', '=', account).execute()
  const withMfa = new Set(devices.map(({ ownerId }) => ownerId))
  const maxAge = (await settingOf(tx, account, 'passwordPolicy'))?.maxAge
  for (const user of users) {
    const hasPassword = user.changedAt !== null
    lines.push([
      user.name,
      userArn(account, user.path, user.name),
      instant(user.createdAt),
      String(hasPassword),
      hasPassword ? instantOr(user.passwordLastUsedAt, 'no_information') : 'N/A',
      instantOr(user.changedAt, 'N/A'),
      user.changedAt !== null && maxAge !== undefined ? instant(user.changedAt + maxAge * day) : 'N/A',
      String(withMfa.has(user.id)),
      ...keyColumns(keys.get(user.id) ?? []),
      ...certificateColumns(certificates.get(user.id) ?? []),
      nothingMore,
    ])
  }
  // Names and ARNs have no commas but names may: such fields are quoted. RFC 4180.
  return lines.map(line => line.map(field => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',')).join('\n')
}

async function rootLine(tx: Transaction, account: string): Promise<string[]> {
  const row = await tx.selectFrom('accounts').select('createdAt').where('id', '=', account).executeTakeFirst()
  const device = await tx.selectFrom('mfaDevices').select('serial').where('ownerId', '=', account).executeTakeFirst()
  const keys = (await keysOf(tx, account)).filter(key => key.userId === null)
  const password = await settingOf(tx, account, 'rootPassword')
  return [
    '<root_account>',
    rootArn(account),
    instant(row?.createdAt ?? 0),
    String(password !== undefined),
    password === undefined ? 'N/A' : instantOr(password.usedAt, 'no_information'),
    instantOr(password?.changedAt, 'N/A'),
    'not_supported',
    String(device !== undefined),
    ...keyColumns(keys),
    ...certificateColumns((await certificatesOf(tx, account)).filter(certificate => certificate.userId === account)),
    nothingMore,
  ]
}

const keysOf = (tx: Transaction, account: string) =>
  tx
    .selectFrom('accessKeys')
    .select(['userId', 'status', 'createdAt', 'lastUsedAt', 'lastUsedRegion', 'lastUsedService'])
    .where('account', '=', account)
    .orderBy('createdAt')
    .execute()

const certificatesOf = (tx: Transaction, account: string) =>
  tx
    .selectFrom('signingCertificates')
    .select(['userId', 'status', 'uploadedAt'])
    .where('account', '=', account)
    .orderBy('uploadedAt')
    .execute()

const keyColumns = (keys: Awaited<ReturnType<typeof keysOf>>): string[] =>
  [0, 1].flatMap(i => {
    const key = keys[i]
    if (!key) return ['false', 'N/A', 'N/A', 'N/A', 'N/A']
    const active = key.status === 'Active'
    return [
      String(active),
      active ? instant(key.createdAt) : 'N/A',
      instantOr(key.lastUsedAt, 'N/A'),
      key.lastUsedService === 's3' ? 'N/A' : (key.lastUsedRegion ?? 'N/A'),
      key.lastUsedService ?? 'N/A',
    ]
  })

const certificateColumns = (certificates: Awaited<ReturnType<typeof certificatesOf>>): string[] =>
  [0, 1].flatMap(i => {
    const certificate = certificates[i]
    return certificate?.status === 'Active' ? ['true', instant(certificate.uploadedAt)] : ['false', 'N/A']
  })
