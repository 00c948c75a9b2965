import type { PolicyPrincipal } from '../../policy/index.ts'
import { leastPrivilegePolicy, type PolicyDocumentJson } from './policy.ts'
import type { CallRecord } from './record.ts'
import { type Refusal, replay } from './replay.ts'
import { type ArnOfName, toldBy } from './resources.ts'
import { type Activity, activityOf } from './uses.ts'

/** A policy for what somebody did, and the proof that it covers it. */
export interface LeastPrivilege extends Activity {
  /** Undefined when nothing that was done needs a permission: a policy has at least one statement. */
  readonly policy: PolicyDocumentJson | undefined
  /** Calls that the policy was asked about again. */
  readonly replayed: number
  /** Those that it does not allow; empty unless something is wrong. */
  readonly refused: readonly Refusal[]
}

/**
 * The smallest policy that covers recorded calls, replayed under that policy alone.
 * @param records    of one principal
 * @param principal  as whom the calls are replayed
 * @param arnOfName  finds ARNs of users, roles, groups and policies whose path the record does not tell
 */
export function leastPrivilege(
  records: readonly CallRecord[],
  principal: PolicyPrincipal,
  arnOfName: ArnOfName = () => undefined,
): LeastPrivilege {
  const finder = toldBy(records, arnOfName)
  const activity = activityOf(records, finder)
  if (activity.uses.length === 0) return { ...activity, policy: undefined, replayed: 0, refused: [] }
  const policy = leastPrivilegePolicy(activity.uses)
  return { ...activity, policy, ...replay(records, policy, principal, finder) }
}
