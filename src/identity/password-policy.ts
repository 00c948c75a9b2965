import type { PasswordPolicySetting } from './account-settings.ts'

/** What holds in accounts without a policy of their own, and for root users. IAM User Guide, "Default password policy". */
const defaultMinimumLength = 8
const defaultKindsOfCharacters = 3

/** Characters that a policy may ask for. IAM User Guide, "Custom password policy options". */
const kinds = {
  uppercase: /[A-Z]/,
  lowercase: /[a-z]/,
  numbers: /[0-9]/,
  symbols: /[!@#$%^&*()_+\-=[\]{}|']/,
} as const

/**
 * Whether a new password is one that a policy takes.
 * @param policy  the account's, if it has one
 * @param names   what a password must not be, under the default policy: the account's alias and e-mail address
 */
export function conformsTo(policy: PasswordPolicySetting | undefined, password: string, names: readonly string[]): boolean {
  const has = (kind: keyof typeof kinds) => kinds[kind].test(password)
  const all = Object.keys(kinds) as (keyof typeof kinds)[]
  return policy
    ? password.length >= policy.minimumLength && all.every(kind => !policy[kind] || has(kind))
    : password.length >= defaultMinimumLength &&
        all.filter(has).length >= defaultKindsOfCharacters &&
        !names.some(name => name.toLowerCase() === password.toLowerCase())
}
