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
