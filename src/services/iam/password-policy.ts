import { recordChange } from '../../store/index.ts'
import { passwordProblem } from '../../identity/password-policy.ts'
import { anyResource } from './access.ts'
import { iam } from './service.ts'
import { dropSetting, type PasswordPolicySetting, putSetting, settingOf } from '../../identity/account-settings.ts'

/** GetAccountPasswordPolicy. IAM API Reference, "GetAccountPasswordPolicy". */
export const GetAccountPasswordPolicy = iam.operation('GetAccountPasswordPolicy', {
  // "Allow users to change their own password" grants users this too. IAM API Reference, "UpdateAccountPasswordPolicy", AllowUsersToChangePassword.
  access: async (_, { tx, account, principal }) =>
    principal.type === 'user' && (await settingOf(tx, account, 'passwordPolicy'))?.usersMayChange ? [] : anyResource,

  async handle(_, { tx, account }) {
    const policy = await settingOf(tx, account, 'passwordPolicy')
    if (!policy) throw new iam.NoSuchEntity(`The Password Policy with domain name ${account} cannot be found.`)
    return {
      PasswordPolicy: {
        MinimumPasswordLength: policy.minimumLength,
        RequireSymbols: policy.symbols,
        RequireNumbers: policy.numbers,
        RequireUppercaseCharacters: policy.uppercase,
        RequireLowercaseCharacters: policy.lowercase,
        AllowUsersToChangePassword: policy.usersMayChange,
        ExpirePasswords: policy.maxAge !== undefined,
        ...(policy.maxAge === undefined ? {} : { MaxPasswordAge: policy.maxAge }),
        ...(policy.reusePrevention === undefined ? {} : { PasswordReusePrevention: policy.reusePrevention }),
        ...(policy.hardExpiry === undefined ? {} : { HardExpiry: policy.hardExpiry }),
      },
    }
  },
})

/** UpdateAccountPasswordPolicy: replaces the whole policy; what is not given takes its default. IAM API Reference, same name. */
export const UpdateAccountPasswordPolicy = iam.operation('UpdateAccountPasswordPolicy', {
  access: () => anyResource,

  async handle(input, { tx, account, now }) {
    await putSetting(tx, account, 'passwordPolicy', {
      minimumLength: input.MinimumPasswordLength ?? 6,
      symbols: input.RequireSymbols ?? false,
      numbers: input.RequireNumbers ?? false,
      uppercase: input.RequireUppercaseCharacters ?? false,
      lowercase: input.RequireLowercaseCharacters ?? false,
      usersMayChange: input.AllowUsersToChangePassword ?? false,
      maxAge: input.MaxPasswordAge || undefined,
      reusePrevention: input.PasswordReusePrevention || undefined,
      hardExpiry: input.HardExpiry,
    })
    await recordChange(tx, { account, kind: 'account', id: account, at: now })
    return {}
  },
})

/** DeleteAccountPasswordPolicy. IAM API Reference, "DeleteAccountPasswordPolicy". */
export const DeleteAccountPasswordPolicy = iam.operation('DeleteAccountPasswordPolicy', {
  access: () => anyResource,

  async handle(_, { tx, account, now }) {
    if (!(await dropSetting(tx, account, 'passwordPolicy'))) {
      throw new iam.NoSuchEntity('The account policy with name PasswordPolicy cannot be found.')
    }
    await recordChange(tx, { account, kind: 'account', id: account, at: now })
    return {}
  },
})

/**
 * Checks a new password.
 * @param policy  the account's, if it has one
 * @param names   what a password must not be, under the default policy: the account's alias and e-mail address
 * @throws        PasswordPolicyViolation
 */
export function checkPassword(password: string, policy: PasswordPolicySetting | undefined, names: readonly string[]): void {
  const problem = passwordProblem(policy, password, names)
  if (problem !== undefined) throw new iam.PasswordPolicyViolation(problem)
}
