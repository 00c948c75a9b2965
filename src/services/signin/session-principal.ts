import type { ConsoleSession } from '../../identity/console-sessions.ts'
import { CredentialError, sessionPrincipal } from '../../identity/credentials.ts'
import { newAccessKeyId } from '../../identity/identifiers.ts'
import type { CredentialedPrincipal } from '../../identity/principal.ts'
import type { World } from '../world.ts'
import { SignInError } from './visit.ts'

/** Whose a console session is now: who signed in, or the role that is played. @throws SignInError for somebody who was deleted */
export async function principalOf(
  { store, random }: World,
  { idHash }: ConsoleSession,
  facts: ConsoleSession['facts'],
): Promise<CredentialedPrincipal> {
  const accessKeyId = newAccessKeyId('temporary', facts.account, random)
  try {
    return await store.read(tx => sessionPrincipal(tx, { ...facts, consoleSession: idHash }, accessKeyId))
  } catch (problem) {
    if (problem instanceof CredentialError) throw new SignInError(401, 'SessionExpired', 'Your session has ended. Please sign in again.')
    throw problem
  }
}
