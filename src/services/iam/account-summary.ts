import type { Transaction } from '../../store/index.ts'
import { anyResource } from './access.ts'
import { defaultQuotas, quotaOf } from './quotas.ts'
import { iam } from './service.ts'
import { putSetting, settingOf } from '../../identity/account-settings.ts'

/** Versions of all customer managed policies together. */
const policyVersionsQuota = 10_000

type Counted =
  | 'users'
  | 'groups'
  | 'roles'
  | 'policies'
  | 'instanceProfiles'
  | 'serverCertificates'
  | 'mfaDevices'
  | 'oidcProviders'
  | 'samlProviders'

async function count(tx: Transaction, table: Counted, account: string): Promise<number> {
  const { n } = await tx
    .selectFrom(table as 'users')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where('account', '=', account)
    .executeTakeFirstOrThrow()
  return Number(n)
}

/** GetAccountSummary: how many there are of everything, and the quotas. IAM API Reference, "GetAccountSummary". */
export const GetAccountSummary = iam.operation('GetAccountSummary', {
  access: () => anyResource,

  async handle(_, { tx, account, world }) {
    const versions = await tx
      .selectFrom('policyVersions')
      .innerJoin('policies', 'policies.id', 'policyVersions.policyId')
      .select(({ fn }) => fn.countAll<number>().as('n'))
      .where('policies.account', '=', account)
      .executeTakeFirstOrThrow()
    const devices = await tx
      .selectFrom('mfaDevices')
      .select('ownerId')
      .where('account', '=', account)
      .where('ownerId', 'is not', null)
      .execute()
    const rootKey = await tx
      .selectFrom('accessKeys')
      .select('id')
      .where('account', '=', account)
      .where('userId', 'is', null)
      .executeTakeFirst()
    const rootCertificate = await tx.selectFrom('signingCertificates').select('id').where('userId', '=', account).executeTakeFirst()
    return {
      SummaryMap: {
        Users: await count(tx, 'users', account),
        UsersQuota: quotaOf(world, 'UsersPerAccount'),
        Groups: await count(tx, 'groups', account),
        GroupsQuota: quotaOf(world, 'GroupsPerAccount'),
        Roles: await count(tx, 'roles', account),
        RolesQuota: quotaOf(world, 'RolesPerAccount'),
        Policies: await count(tx, 'policies', account),
        PoliciesQuota: quotaOf(world, 'PoliciesPerAccount'),
        PolicyVersionsInUse: Number(versions.n),
        PolicyVersionsInUseQuota: policyVersionsQuota,
        VersionsPerPolicyQuota: defaultQuotas.VersionsPerPolicy,
        InstanceProfiles: await count(tx, 'instanceProfiles', account),
        InstanceProfilesQuota: quotaOf(world, 'InstanceProfilesPerAccount'),
        ServerCertificates: await count(tx, 'serverCertificates', account),
        ServerCertificatesQuota: quotaOf(world, 'ServerCertificatesPerAccount'),
        Providers: (await count(tx, 'oidcProviders', account)) + (await count(tx, 'samlProviders', account)),
        MFADevices: await count(tx, 'mfaDevices', account),
        MFADevicesInUse: devices.length,
        AccountMFAEnabled: devices.some(({ ownerId }) => ownerId === account) ? 1 : 0,
        AccountAccessKeysPresent: rootKey ? 1 : 0,
        AccountPasswordPresent: (await settingOf(tx, account, 'rootPassword')) ? 1 : 0,
        AccountSigningCertificatesPresent: rootCertificate ? 1 : 0,
        AccessKeysPerUserQuota: quotaOf(world, 'AccessKeysPerUser'),
        GroupsPerUserQuota: quotaOf(world, 'GroupsPerUser'),
        SigningCertificatesPerUserQuota: quotaOf(world, 'SigningCertificatesPerUser'),
        AttachedPoliciesPerUserQuota: quotaOf(world, 'PoliciesPerUser'),
        AttachedPoliciesPerGroupQuota: quotaOf(world, 'PoliciesPerGroup'),
        AttachedPoliciesPerRoleQuota: quotaOf(world, 'PoliciesPerRole'),
        PolicySizeQuota: quotaOf(world, 'PolicySize'),
        UserPolicySizeQuota: quotaOf(world, 'UserPolicySize'),
        GroupPolicySizeQuota: quotaOf(world, 'GroupPolicySize'),
        RolePolicySizeQuota: quotaOf(world, 'RolePolicySize'),
        AssumeRolePolicySizeQuota: quotaOf(world, 'ACLSizePerRole'),
        GlobalEndpointTokenVersion: (await settingOf(tx, account, 'globalEndpointTokenVersion')) ?? 1,
      },
    }
  },
})

/** SetSecurityTokenServicePreferences: which tokens the global STS endpoint gives. IAM API Reference, same name. */
export const SetSecurityTokenServicePreferences = iam.operation('SetSecurityTokenServicePreferences', {
  access: () => anyResource,

  async handle({ GlobalEndpointTokenVersion }, { tx, account }) {
    await putSetting(tx, account, 'globalEndpointTokenVersion', GlobalEndpointTokenVersion === 'v2Token' ? 2 : 1)
    return {}
  },
})
