import type { Transaction } from '../../store/index.ts'
import type { CallContext } from '../operation.ts'
import { isRootsOwn, namedUser } from './access.ts'
import { requireUser } from './entities.ts'

/** Whose access keys or signing certificates an operation is about: a user's, or, when root calls and names nobody, root's own. */
export interface CredentialOwner {
  /** Null for root. */
  readonly userId: string | null
  readonly name: string
}

/** @throws NoSuchEntity */
export async function ownerOf(name: string | undefined, context: CallContext & { readonly tx: Transaction }): Promise<CredentialOwner> {
  const { tx, account } = context
  if (isRootsOwn(name, context)) {
    const row = await tx.selectFrom('accounts').select('alias').where('id', '=', account).executeTakeFirst()
    return { userId: null, name: row?.alias ?? 'root' }
  }
  const user = await requireUser(tx, account, namedUser(name, context))
  return { userId: user.id, name: user.name }
}
