import { membershipOf, rcpsLimit } from '../../identity/organization-of.ts'
import { createPolicyCompiler } from '../../identity/policy-compiler.ts'
import type { CompiledPolicy } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { Found } from './found.ts'

const compile = createPolicyCompiler()

/** The service whose actions reach a resource: roles are reached by STS. */
const serviceOf = (resourceType: string): string => {
  const service = resourceType.split('::')[1]?.toLowerCase() ?? ''
  return service === 'iam' ? 'sts' : service
}

/** A policy that denies nothing of a service is not about it: the one that AWS attaches everywhere allows everything. */
const isAbout = ({ document }: CompiledPolicy, service: string): boolean =>
  document.statements.some(
    ({ effect, action: { negated, values } }) =>
      effect === 'Deny' && (negated || values.some(value => value.startsWith('*') || value.toLowerCase().startsWith(`${service}:`))),
  )

/**
 * Says of findings of external access whether resource control policies are about the resource: such a policy takes no action from a finding.
 * Access Analyzer API Reference, "ExternalAccessDetails", resourceControlPolicyRestriction.
 */
export async function withRestriction(tx: Transaction, account: string, found: readonly Found[]): Promise<Found[]> {
  if (found.length === 0) return []
  const policies = ((await membershipOf(tx, compile, account)).value?.rcps ?? []).flat()
  return found.map(each => {
    const service = serviceOf(each.resourceType)
    const isApplicable = rcpsLimit(`${service}:`) && policies.some(policy => isAbout(policy, service))
    return { ...each, detail: { ...each.detail, rcps: isApplicable ? 'APPLICABLE' : 'NOT_APPLICABLE' } }
  })
}
