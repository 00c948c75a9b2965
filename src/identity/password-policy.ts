import type { PasswordPolicySetting } from './account-settings.ts'

/** What holds in accounts without a policy of their own, and for root users. IAM User Guide, "Default password policy". */
const defaultMinimumLength = 8
const defaultKindsOfCharacters = 3

/** Characters that a policy may ask for, and how IAM asks for them. IAM User Guide, "Custom password policy options". */
const kinds = {
  uppercase: { form: /[A-Z]/, wanted: 'Password should have at least one uppercase letter' },
  lowercase: { form: /[a-z]/, wanted: 'Password should have at least one lowercase letter' },
  numbers: { form: /[0-9]/, wanted: 'Password should have at least one number' },
  symbols: { form: /[!@#$%^&*()_+\-=[\]{}|']/, wanted: 'Password should have at least one symbol' },
} as const

type Kind = keyof typeof kinds

/**
 * What keeps a new password from being one that a policy takes, in IAM's words: not documented, as the AWS CLI and CloudFormation show them.
 * @param policy  the account's, if it has one
 * @param names   what a password must not be, under the default policy: the account's alias and e-mail address
 */
export function passwordProblem(policy: PasswordPolicySetting | undefined, password: string, names: readonly string[]): string | undefined {
  const missing = (Object.keys(kinds) as Kind[]).filter(kind => !kinds[kind].form.test(password))
  const problems = policy ? missing.filter(kind => policy[kind]).map(kind => kinds[kind].wanted) : ofDefault(missing)
  const shortest = policy?.minimumLength ?? defaultMinimumLength
  if (password.length < shortest) problems.unshift(`Password should have a minimum length of ${shortest}`)
  if (problems.length > 0) return problems.join(', ')
  const isName = !policy && names.some(name => name.toLowerCase() === password.toLowerCase())
  return isName ? 'Password does not conform to the account password policy.' : undefined
}

/** The default policy wants any three of the four. */
function ofDefault(missing: readonly Kind[]): string[] {
  const more = missing.length - (Object.keys(kinds).length - defaultKindsOfCharacters)
  if (more <= 0) return []
  return [`Password should meet ${more} more of the following requirements: ${missing.map(kind => kinds[kind].wanted).join(', ')}`]
}
