import { globalKeysOf } from '../../identity/request-context.ts'
import { parsePolicy } from '../../policy/index.ts'
import type { CallContext } from '../operation.ts'

/** What is known of a caller's permissions. IAM API Reference, "GetDelegationRequest", PermissionCheckResult. */
type CheckResult = 'ALLOWED' | 'DENIED' | 'UNSURE'

/** Questions that a check asks at most; a policy of 2,048 characters can name more pairs than anybody needs asked. */
const mostQuestions = 1_000

/**
 * Whether the caller has the permissions that a policy asks for, approximately as AWS's is: what the policy names is asked of the caller's
 * own policies. Names with wildcards, conditions, and what is left out by NotAction, NotResource and Deny leave the answer unsure.
 */
export async function checkPermissions(
  policy: string,
  { principal, request, region, now, account, world }: CallContext,
): Promise<CheckResult> {
  const context = globalKeysOf(principal, { ...request, region, now })
  let sure = true
  let questions = 0
  for (const { effect, action, resource, conditions } of parsePolicy(policy, 'identity').statements) {
    if (effect !== 'Allow') continue
    if (action.negated || resource === undefined || resource.negated) {
      sure = false
      continue
    }
    if (conditions.length > 0) sure = false
    for (const name of action.values) {
      for (const arn of resource.values) {
        if (++questions > mostQuestions) return 'UNSURE'
        const wild = /[*?]/.test(name) || (/[*?]/.test(arn) && arn !== '*') || arn.includes('${')
        if (wild) sure = false
        const { effect: answer } = await world.authorizer.authorize(principal, {
          action: name,
          resource: arn,
          resourceAccount: account,
          context,
        })
        if (answer !== 'allowed') return conditions.length > 0 ? 'UNSURE' : 'DENIED'
      }
    }
  }
  return sure ? 'ALLOWED' : 'UNSURE'
}
