import { findConsoleSession, signedInRecently, signInAgain } from '../../identity/console-sessions.ts'
import type { Transaction } from '../../store/index.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { CallContext } from '../operation.ts'

/**
 * Whoever finds a browser in which somebody signed in long ago changes nothing about how that person signs in. It holds for calls of console sessions alone:
 * AWS asks nobody, and an access key has no sign-in.
 * @param ownerId  whose credentials change: a user's id, or the account's for its root user
 * @throws         ServiceError, which the console answers by asking for a new sign-in
 */
export async function requireRecentSignIn(
  ownerId: string,
  { tx, now, principal }: Pick<CallContext, 'now' | 'principal'> & { readonly tx: Transaction },
): Promise<void> {
  const idHash = 'account' in principal ? principal.session?.consoleSession : undefined
  const session = idHash === undefined ? undefined : await findConsoleSession(tx, idHash)
  if (session?.ownerId === ownerId && !signedInRecently(session, now)) throw new ServiceError(signInAgain.code, 403, signInAgain.message)
}
