import type { Transaction } from '../../store/index.ts'
import { iam } from './service.ts'

/** Something that hangs on an entity and must go before it. */
export interface Dependent {
  /** Looks for one. */
  find(): Promise<unknown>
  /** What must be done, as IAM words it. */
  readonly remedy: string
}

/** @throws DeleteConflict for the first kind of dependent that there is one of */
export async function refuseDependents(dependents: readonly Dependent[]): Promise<void> {
  for (const { find, remedy } of dependents) {
    if (await find()) throw new iam.DeleteConflict(`Cannot delete entity, must ${remedy} first.`)
  }
}

/** The policies of a user, group or role, as dependents. */
export const policyDependents = (tx: Transaction, kind: 'user' | 'group' | 'role', id: string): readonly Dependent[] => [
  {
    find: () =>
      tx.selectFrom('inlinePolicies').select('name').where('ownerKind', '=', kind).where('ownerId', '=', id).limit(1).executeTakeFirst(),
    remedy: 'delete policies',
  },
  {
    find: () =>
      tx
        .selectFrom('policyAttachments')
        .select('policyArn')
        .where('ownerKind', '=', kind)
        .where('ownerId', '=', id)
        .limit(1)
        .executeTakeFirst(),
    remedy: 'detach all policies',
  },
]
