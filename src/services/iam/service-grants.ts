import { parsePolicy } from '../../policy/index.ts'
import type { HeldPolicy } from './principal-policies.ts'

/** Whether a policy allows at least one action of a service. Denies and conditions are left out of account, as AWS does. */
export function coversService(policy: Pick<HeldPolicy, 'text'>, namespace: string): boolean {
  const wanted = namespace.toLowerCase()
  return parsePolicy(policy.text, 'identity').statements.some(({ effect, action }) => {
    if (effect !== 'Allow') return false
    const prefixes = action.values.map(value => value.toLowerCase().split(':'))
    if (!action.negated) return prefixes.some(([prefix]) => prefix === '*' || prefix === wanted)
    // NotAction leaves a service out only when it leaves out all of it.
    return !prefixes.some(([prefix, name]) => prefix === '*' || (prefix === wanted && name === '*'))
  })
}

/**
 * The services that a policy allows something of.
 * @param known  services that `*` stands for
 */
export function servicesGranted(policy: Pick<HeldPolicy, 'text'>, known: readonly string[]): string[] {
  const named = parsePolicy(policy.text, 'identity').statements.flatMap(({ effect, action }) =>
    effect === 'Allow' && !action.negated ? action.values.map(value => value.toLowerCase().split(':')[0] ?? '') : [],
  )
  return [...new Set([...named.filter(prefix => prefix !== '*' && prefix !== ''), ...known])].filter(service =>
    coversService(policy, service),
  )
}
