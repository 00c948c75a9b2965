import type { PasswordPolicy } from '../../src/wire/models/iam.ts'
import type { ReportRow } from '../iam/credential-report.ts'

/** One of the IAM dashboard's security recommendations, with what is so. */
export interface Recommendation {
  readonly state: 'good' | 'warning'
  readonly title: string
  readonly detail: string
  readonly path?: string
  readonly pathText?: string
}

const oldKeyDays = 90
const dayMilliseconds = 86_400_000

interface Facts {
  readonly summary: { readonly [name: string]: number }
  readonly report: readonly ReportRow[]
  /** Undefined: the account has none of its own. */
  readonly passwordPolicy: PasswordPolicy | undefined
  readonly now: number
}

/** IAM User Guide, "Security best practices in IAM". */
export function recommendationsFor({ summary, report, passwordPolicy, now }: Facts): Recommendation[] {
  const users = report.filter(({ user }) => user !== '<root_account>')
  const withoutMfa = users.filter(row => row['password_enabled'] === 'true' && row['mfa_active'] === 'false')
  const withOldKeys = users.filter(row => keyAges(row, now).some(days => days > oldKeyDays))
  const rootHasMfa = summary['AccountMFAEnabled'] === 1
  const rootHasKeys = (summary['AccountAccessKeysPresent'] ?? 0) > 0
  return [
    {
      state: rootHasMfa ? 'good' : 'warning',
      title: rootHasMfa ? 'Root user has MFA' : 'Add MFA for root user',
      detail: rootHasMfa
        ? 'A second factor protects the user who may do everything.'
        : 'Enable multi-factor authentication (MFA) for the root user to improve security for this account.',
      ...(!rootHasMfa && { path: '/security-credentials', pathText: 'Add MFA' }),
    },
    {
      state: rootHasKeys ? 'warning' : 'good',
      title: rootHasKeys ? 'Delete access keys of the root user' : 'Root user has no active access keys',
      detail: rootHasKeys
        ? 'Whoever has these keys may do everything, and no policy can limit them. Use a role or an IAM user instead.'
        : 'Using access keys attached to an IAM user or a role instead of the root user improves security.',
    },
    listed(withoutMfa, {
      good: 'Every user with a password has MFA',
      warning: 'Users with a password have no MFA',
      detail: 'A password alone is one guess or one leak away from misuse.',
    }),
    listed(withOldKeys, {
      good: `No active access key is older than ${oldKeyDays} days`,
      warning: `Access keys are older than ${oldKeyDays} days`,
      detail: 'Rotate them: make a second key, use it everywhere, then deactivate and delete the first.',
    }),
    {
      state: passwordPolicy ? 'good' : 'warning',
      title: passwordPolicy ? 'The account has its own password policy' : 'The account uses the default password policy',
      detail: passwordPolicy
        ? `Passwords have ${passwordPolicy.MinimumPasswordLength ?? 6} characters at least.`
        : 'A policy of your own can ask for longer passwords, and for new ones from time to time.',
      ...(!passwordPolicy && { path: '/iam/account-settings', pathText: 'Set a password policy' }),
    },
  ]
}

/** Ages of the active keys, in days. */
const keyAges = (row: ReportRow, now: number) =>
  ['access_key_1', 'access_key_2']
    .filter(key => row[`${key}_active`] === 'true')
    .map(key => (now - Date.parse(row[`${key}_last_rotated`] ?? '')) / dayMilliseconds)

function listed(
  rows: readonly ReportRow[],
  { good, warning, detail }: { readonly good: string; readonly warning: string; readonly detail: string },
): Recommendation {
  if (rows.length === 0) return { state: 'good', title: good, detail }
  const names = rows.slice(0, 3).map(({ user }) => user)
  const more = rows.length > names.length ? ` and ${rows.length - names.length} more` : ''
  return {
    state: 'warning',
    title: `${warning}: ${rows.length}`,
    detail: `${names.join(', ')}${more}. ${detail}`,
    path: '/iam/credential-report',
    pathText: 'See the credential report',
  }
}
