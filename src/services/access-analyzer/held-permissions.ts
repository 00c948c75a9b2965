import { actionsOf } from '../../analysis/least-privilege/actions.ts'
import type { LastUsed } from '../../analysis/unused-permissions.ts'
import { policiesOf } from '../../identity/policies-of.ts'
import { createPolicyCompiler } from '../../identity/policy-compiler.ts'
import type { CredentialedPrincipal } from '../../identity/principal.ts'
import type { CompiledPolicy } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'

/** A user or a role, by its unique id. */
export interface Holder {
  readonly kind: 'user' | 'role'
  readonly id: string
}

/** The identity-based policies of a user, its groups' too, or of a role. */
export async function policiesHeldBy(tx: Transaction, { kind, id }: Holder): Promise<readonly CompiledPolicy[]> {
  // Whoever it is in a session makes no difference to what is attached.
  const principal = (kind === 'user' ? { type: 'user', userId: id } : { type: 'roleSession', roleId: id }) as CredentialedPrincipal
  const { policies } = await policiesOf(tx, createPolicyCompiler(), principal)
  return policies.identity ?? []
}

/** When a user's or a role's permissions were last used, by last accessed information: that of operations, as the permissions that they ask for. */
export async function lastUsedBy(tx: Transaction, { id }: Holder): Promise<LastUsed> {
  const rows = await tx.selectFrom('serviceUses').select(['service', 'action', 'lastAt']).where('entityId', '=', id).execute()
  const last = new Map<string, number>()
  for (const { service, action, lastAt } of rows) {
    const needed = actionsOf({ eventType: 'AwsApiCall', eventSource: `${service}.amazonaws.com`, eventName: action })
    for (const name of 'actions' in needed ? needed.actions : [`${service}:${action}`]) {
      const key = name.toLowerCase()
      last.set(key, Math.max(last.get(key) ?? 0, lastAt))
    }
  }
  return last
}
