import type { SnapshotCredentials } from '../graph/snapshot.ts'
import { type Check, type Found, ofSetting } from './check.ts'

const day = 86_400_000
const days = (since: number, now: number): number => Math.floor((now - since) / day)
const longestDays = 90
const root = '<root_account>'
const practices = 'IAM User Guide, "Security best practices in IAM"'
const reports = 'IAM User Guide, "Find unused AWS credentials"'

/** Rows of the credential report that somebody should look at. */
const ofUsers = (find: (row: SnapshotCredentials, now: number) => string | undefined, isRoot = false) =>
  ofSetting('credentials', (rows, now) =>
    rows
      .filter(({ user }) => (user === root) === isRoot)
      .flatMap((row): Found[] => {
        const evidence = find(row, now)
        return evidence === undefined ? [] : [{ subject: row.user, evidence, values: { user: row.user } }]
      }),
  )

/** Checks of the root user's, users' and the account's credentials. */
export const credentialChecks: readonly Check[] = [
  {
    id: 'root-access-key',
    title: 'The root user has access keys',
    severity: 'critical',
    reference: 'IAM User Guide, "Root user best practices for your AWS account"',
    mend: 'aws iam delete-access-key --access-key-id KEY',
    find: ofUsers(({ keys }) => (keys.length > 0 ? `${keys.length} active access keys` : undefined), true),
  },
  {
    id: 'root-without-mfa',
    title: 'The root user has no MFA device',
    severity: 'critical',
    reference: 'IAM User Guide, "Root user best practices for your AWS account"',
    mend: 'aws iam enable-mfa-device --user-name root --serial-number DEVICE --authentication-code1 CODE --authentication-code2 CODE',
    find: ofUsers(({ hasMfa }) => (hasMfa ? undefined : 'mfa_active is false'), true),
  },
  {
    id: 'root-used',
    title: `The root user was used in the last ${longestDays} days`,
    severity: 'medium',
    reference: 'IAM User Guide, "Root user best practices for your AWS account"',
    mend: 'aws iam create-role --role-name NAME --assume-role-policy-document FILE',
    find: ofUsers(({ passwordUsedAt, keys }, now) => {
      const used = [passwordUsedAt, ...keys.map(({ usedAt }) => usedAt)].filter(at => at !== undefined && days(at, now) < longestDays)
      return used.length > 0 ? `used ${days(Math.max(...(used as number[])), now)} days ago` : undefined
    }, true),
  },
  {
    id: 'user-without-mfa',
    title: 'A user with a console password has no MFA device',
    severity: 'high',
    reference: `${practices}, "Require multi-factor authentication (MFA)"`,
    mend: 'aws iam enable-mfa-device --user-name {user} --serial-number DEVICE --authentication-code1 CODE --authentication-code2 CODE',
    find: ofUsers(({ hasPassword, hasMfa }) => (hasPassword && !hasMfa ? 'password_enabled is true, mfa_active is false' : undefined)),
  },
  {
    id: 'key-old',
    title: `An access key is older than ${longestDays} days`,
    severity: 'medium',
    reference: `${practices}, "Update access keys when needed for use cases that require long-term credentials"`,
    mend: 'aws iam create-access-key --user-name {user} && aws iam update-access-key --user-name {user} --access-key-id KEY --status Inactive',
    find: ofUsers(({ keys }, now) => {
      const ages = keys.flatMap(({ rotatedAt }) => (rotatedAt === undefined ? [] : [days(rotatedAt, now)])).filter(age => age > longestDays)
      return ages.length > 0 ? `rotated ${ages.join(' and ')} days ago` : undefined
    }),
  },
  {
    id: 'key-unused',
    title: `An active access key was not used for ${longestDays} days`,
    severity: 'medium',
    reference: reports,
    mend: 'aws iam update-access-key --user-name {user} --access-key-id KEY --status Inactive',
    find: ofUsers(({ keys }, now) => {
      const unused = keys.filter(({ usedAt, rotatedAt }) => days(usedAt ?? rotatedAt ?? 0, now) > longestDays)
      return unused.length > 0 ? `${unused.length} of ${keys.length} active keys` : undefined
    }),
  },
  {
    id: 'several-keys',
    title: 'A user has several active access keys',
    severity: 'low',
    reference: 'IAM User Guide, "Manage access keys for IAM users"',
    mend: 'aws iam delete-access-key --user-name {user} --access-key-id KEY',
    find: ofUsers(({ keys }) => (keys.length > 1 ? `${keys.length} active access keys` : undefined)),
  },
  {
    id: 'password-unused',
    title: `A console password was not used for ${longestDays} days`,
    severity: 'medium',
    reference: reports,
    mend: 'aws iam delete-login-profile --user-name {user}',
    find: ofUsers(({ hasPassword, passwordUsedAt, passwordChangedAt }, now) => {
      const last = passwordUsedAt ?? passwordChangedAt
      return hasPassword && last !== undefined && days(last, now) > longestDays ? `last used ${days(last, now)} days ago` : undefined
    }),
  },
  {
    id: 'password-policy-missing',
    title: 'The account has no password policy of its own',
    severity: 'medium',
    reference: 'IAM User Guide, "Set an account password policy for IAM users"',
    mend: 'aws iam update-account-password-policy --minimum-password-length 14 --password-reuse-prevention 24',
    find: ofSetting('passwordPolicy', policy => (policy === 'none' ? [{ subject: 'account', evidence: 'NoSuchEntity' }] : [])),
  },
  {
    id: 'password-policy-weak',
    title: 'The password policy asks for less than 14 characters, or lets one of the last 24 be used again',
    severity: 'low',
    reference: 'AWS Security Hub User Guide, controls IAM.15 and IAM.16',
    mend: 'aws iam update-account-password-policy --minimum-password-length 14 --password-reuse-prevention 24',
    find: ofSetting('passwordPolicy', policy =>
      policy !== 'none' && (policy.minimumLength < 14 || policy.reusePrevention < 24)
        ? [{ subject: 'account', evidence: `minimum length ${policy.minimumLength}, reuse prevention ${policy.reusePrevention}` }]
        : [],
    ),
  },
  {
    id: 'no-analyzer',
    title: 'There is no analyzer of external access',
    severity: 'medium',
    reference: `${practices}, "Verify public and cross-account access to resources with IAM Access Analyzer"`,
    mend: 'aws accessanalyzer create-analyzer --analyzer-name account --type ACCOUNT',
    find: ofSetting('analyzers', analyzers =>
      analyzers.length === 0 ? [{ subject: 'account', evidence: 'ListAnalyzers names none' }] : [],
    ),
  },
  {
    id: 'no-trail',
    title: 'There is no trail',
    severity: 'high',
    reference: 'CloudTrail User Guide, "Security best practices in AWS CloudTrail", "Create a trail"',
    mend: 'aws cloudtrail create-trail --name NAME --s3-bucket-name BUCKET --is-multi-region-trail --enable-log-file-validation',
    find: ofSetting('trails', trails => (trails.length === 0 ? [{ subject: 'account', evidence: 'DescribeTrails names none' }] : [])),
  },
  {
    id: 'no-multi-region-trail',
    title: 'No trail is of all Regions',
    severity: 'medium',
    reference: 'CloudTrail User Guide, "Security best practices in AWS CloudTrail", "Create a multi-Region trail"',
    mend: 'aws cloudtrail update-trail --name {trail} --is-multi-region-trail',
    find: ofSetting('trails', trails =>
      trails.some(({ isMultiRegion }) => isMultiRegion)
        ? []
        : trails.map(({ name }) => ({ subject: name, evidence: 'IsMultiRegionTrail is false', values: { trail: name } })),
    ),
  },
  {
    id: 'trail-without-validation',
    title: 'A trail does not validate its log files',
    severity: 'medium',
    reference: 'CloudTrail User Guide, "Security best practices in AWS CloudTrail", "Enable CloudTrail log file integrity"',
    mend: 'aws cloudtrail update-trail --name {trail} --enable-log-file-validation',
    find: ofSetting('trails', trails =>
      trails
        .filter(({ validatesLogs }) => !validatesLogs)
        .map(({ name }) => ({ subject: name, evidence: 'LogFileValidationEnabled is false', values: { trail: name } })),
    ),
  },
]
