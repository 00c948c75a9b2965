import { type CompiledPolicy, compilePolicy, parsePolicy } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { JsonObject } from '../../types/json.ts'

/** The text of the policy of an event data store, channel or dashboard. */
export async function policyTextOf(tx: Transaction, resourceArn: string): Promise<string | undefined> {
  const row = await tx.selectFrom('lakeResourcePolicies').select('policy').where('resourceArn', '=', resourceArn).executeTakeFirst()
  return row?.policy
}

/**
 * The same for decisions. It is about its own resource whatever it says: policies of event data stores that let CloudTrail refresh dashboards name
 * dashboards, or nothing, as their Resource. CloudTrail User Guide, "Example: Allow CloudTrail to run queries to refresh a dashboard".
 */
export async function resourcePolicyOf(tx: Transaction, resourceArn: string): Promise<CompiledPolicy | undefined> {
  const text = await policyTextOf(tx, resourceArn)
  if (text === undefined) return undefined
  return compilePolicy(parsePolicy(aboutItself(text, resourceArn), 'resource'), { id: resourceArn, type: 'resource' })
}

/** A policy with its own resource in every statement. */
export function aboutItself(text: string, Resource: string): string {
  const policy = JSON.parse(text) as JsonObject
  const statements = [policy['Statement'] ?? []].flat() as JsonObject[]
  return JSON.stringify({ ...policy, Statement: statements.map(statement => ({ ...statement, Resource })) })
}
