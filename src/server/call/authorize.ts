import { globalKeysOf } from '../../identity/request-context.ts'
import type { AccessStatement, Operation } from '../../services/operation.ts'
import type { World } from '../../services/world.ts'
import { parseArn } from '../../types/arn.ts'
import { type Call, type CallFacts, type PipelineParts, storeOf } from './call.ts'
import { callContextOf } from './call-context.ts'
import { denialError } from './denial-error.ts'

/** Asks for everything that a call touches whether its caller may. @throws ServiceError, the denial with its reason, of the first that is denied */
export async function authorize(parts: PipelineParts, call: Call, context: CallFacts): Promise<void> {
  const { world, authorizer } = parts
  const { definition, action } = call.operation as Operation
  const asked = await storeOf(parts, call).read(async tx => definition.access(call.input, { ...context, tx }, call.prepared))
  const statements: readonly AccessStatement[] = Array.isArray(asked) ? (asked as AccessStatement[]) : [asked as AccessStatement]
  if (statements.length === 0) return
  const globalKeys = globalKeysOf(call.principal, { ...context.request, region: call.claim?.region ?? call.region, now: call.now })
  const questions = statements.map(statement => ({
    ...statement,
    action: statement.action ?? action,
    context: { ...globalKeys, ...statement.keys },
  }))
  if (call.enriching)
    call.enriching = { ...call.enriching, context: await callContextOf(authorizer, call.principal, questions, call.enriching.stores) }
  for (const question of questions) {
    const decision = await authorizer.authorize(call.principal, question)
    if (decision.effect === 'allowed') continue
    call.denied = question
    const { service, principal, now } = call
    const { resourceName } = question
    throw denialError(world.secrets, { service, principal, question, resourceName, decision, account: context.account, now })
  }
  call.otherAccounts = await otherAccountsOf(world, statements, context.account)
}

/** Owners of the resources that are not the caller's own account, those that live here. */
async function otherAccountsOf({ store }: World, statements: readonly AccessStatement[], own: string): Promise<readonly string[]> {
  const owners = statements
    .map(({ resource, resourceAccount }) => resourceAccount ?? parseArn(resource)?.account ?? '')
    .filter(owner => owner !== own && /^\d{12}$/.test(owner))
  if (owners.length === 0) return []
  const living = await store.read(tx => tx.selectFrom('accounts').select('id').where('id', 'in', owners).execute())
  return living.map(({ id }) => id)
}
