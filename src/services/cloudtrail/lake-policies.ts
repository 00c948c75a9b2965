import { type CompiledPolicy, compilePolicy, parsePolicy } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'

/** The text of the policy of an event data store, channel or dashboard. */
export async function policyTextOf(tx: Transaction, resourceArn: string): Promise<string | undefined> {
  const row = await tx.selectFrom('lakeResourcePolicies').select('policy').where('resourceArn', '=', resourceArn).executeTakeFirst()
  return row?.policy
}

/** The same for decisions. */
export async function resourcePolicyOf(tx: Transaction, resourceArn: string): Promise<CompiledPolicy | undefined> {
  const text = await policyTextOf(tx, resourceArn)
  return text === undefined ? undefined : compilePolicy(parsePolicy(text, 'resource'), { id: resourceArn, type: 'resource' })
}
