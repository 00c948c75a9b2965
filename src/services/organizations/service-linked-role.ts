import { createServiceLinkedRole, serviceLinkedRoleOf } from '../../identity/service-linked-roles.ts'
import type { Transaction } from '../../store/index.ts'
import type { Random } from '../../types/random.ts'

const service = 'organizations.amazonaws.com'

/** Makes AWSServiceRoleForOrganizations where it is missing. Organizations User Guide, "Using service-linked roles". */
export async function ensureServiceLinkedRole(tx: Transaction, account: string, now: number, random: Random): Promise<void> {
  const role = serviceLinkedRoleOf(service)
  if (!role) return
  const known = await tx
    .selectFrom('roles')
    .select('id')
    .where('account', '=', account)
    .where('nameKey', '=', role.name.toLowerCase())
    .executeTakeFirst()
  if (!known) await createServiceLinkedRole(tx, { account, service, role, now, random })
}
