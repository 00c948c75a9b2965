import { takeMfaCode, tryMfaCode } from '../../identity/mfa.ts'
import type { Principal } from '../../identity/principal.ts'
import type { AccessContext, HandleContext } from '../operation.ts'
import { sts } from './service.ts'

/** The members by which a caller proves a second factor. */
export interface MfaRequest {
  readonly SerialNumber?: string
  readonly TokenCode?: string
}

const notTogether = 'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.'
const noDevice =
  'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.'
const badCode = 'MultiFactorAuthentication failed with invalid MFA one time pass code.'

/**
 * Checks a second factor without using it up, for conditions of the call itself.
 * @returns whether one was given
 * @throws  AccessDenied when the device is not the caller's, or the code is not good
 */
export async function checkMfa(request: MfaRequest, { world, principal, now }: AccessContext): Promise<boolean> {
  const proof = proofOf(request, principal, now)
  if (!proof) return false
  // A unit of its own: wrong codes are counted though the call is refused, one after the other however many come at once.
  const { problem } = await world.store.write(tx => tryMfaCode(tx, world.secrets, proof))
  if (problem !== undefined) throw new sts.AccessDenied(problem === 'device' ? noDevice : badCode)
  return true
}

/**
 * Takes a second factor: the code is refused from now on. RFC 6238, section 5.2. Calls that make sessions only read, so the code has
 * a unit of its own: without a code none waits for the writer.
 * @returns whether one was given
 * @throws  AccessDenied
 */
export async function takeMfa(request: MfaRequest, context: HandleContext): Promise<boolean> {
  const { world, principal, now } = context
  const proof = proofOf(request, principal, now)
  if (!proof || !(await checkMfa(request, context))) return false
  // Of two calls with the same code one is first.
  if (!(await world.store.write(tx => takeMfaCode(tx, world.secrets, proof)))) throw new sts.AccessDenied(badCode)
  return true
}

function proofOf({ SerialNumber, TokenCode }: MfaRequest, principal: Principal, now: number) {
  if (SerialNumber === undefined && TokenCode === undefined) return undefined
  if (SerialNumber === undefined || TokenCode === undefined) throw new sts.AccessDenied(notTogether)
  // Users and root users have devices; sessions of roles have none.
  const ownerId = principal.type === 'user' ? principal.userId : principal.type === 'root' ? principal.account : ''
  return { serial: SerialNumber, ownerId, code: TokenCode, now }
}
