import { createHash } from 'node:crypto'
import type { AuthenticationResponseJSON, AuthenticatorTransport, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { ConsoleSession } from '../../identity/console-sessions.ts'
import { advanceCounter, type RegisteredKey, type SecurityKey } from '../../identity/security-keys.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { World } from '../world.ts'
import { Pending } from './pending.ts'
import { principalOf } from './session-principal.ts'
import { SignInError, type Visit } from './visit.ts'

/** Loaded when somebody has a security key: a megabyte of certificates' grammar that most starts never need. */
const webauthn = () => import('@simplewebauthn/server')

/** What the browser is told that it is signing in to. */
const rpName = 'Gatehouse'
const patienceMilliseconds = 120_000

/** The host that keys are for: a key answers the host that it was registered with and no other. @throws SignInError for an address */
function rpIdOf({ origin }: Visit): string {
  const { hostname } = new URL(origin)
  if (/^[\d.]+$|^\[/.test(hostname))
    throw new SignInError(400, 'ValidationError', 'Security keys need a host name: open the console by its name instead of its address.')
  return hostname
}

/** What a browser needs to ask a security key who is there, and the challenge that is in it. */
export async function askKeys(keys: readonly RegisteredKey[], visit: Visit, challenge: string): Promise<object> {
  const { generateAuthenticationOptions } = await webauthn()
  return generateAuthenticationOptions({
    rpID: rpIdOf(visit),
    challenge: Buffer.from(challenge, 'base64url'),
    timeout: patienceMilliseconds,
    // The password was the first factor: the key proves that it is there, and that somebody touched it.
    userVerification: 'preferred',
    allowCredentials: keys.map(({ key }) => ({ id: key.credentialId, transports: [...key.transports] as AuthenticatorTransport[] })),
  })
}

/**
 * Takes the answer of a security key: signature, challenge, origin, host and counter must be right, and the key must have been touched.
 * @returns the key's serial number; undefined when something is wrong
 * @see     Web Authentication Level 3, section 7.2
 */
export async function takeAssertion(
  { store }: Pick<World, 'store'>,
  keys: readonly RegisteredKey[],
  assertion: object,
  challenge: string,
  visit: Visit,
): Promise<string | undefined> {
  const response = assertion as AuthenticationResponseJSON
  const used = keys.find(({ key }) => key.credentialId === response.id)
  if (!used) return undefined
  const { verifyAuthenticationResponse } = await webauthn()
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: visit.origin,
      expectedRPID: rpIdOf(visit),
      requireUserVerification: false,
      credential: {
        id: used.key.credentialId,
        publicKey: new Uint8Array(Buffer.from(used.key.publicKey, 'base64url')),
        counter: used.key.counter,
      },
    })
    if (!verified) return undefined
    return (await store.write(tx => advanceCounter(tx, used, authenticationInfo.newCounter))) ? used.serial : undefined
  } catch (problem) {
    // The library throws for everything that is wrong with an answer; what is wrong with our store is not an Error of its own kind.
    if (problem instanceof ServiceError) throw problem
    return undefined
  }
}

/** Registering security keys in a session. */
export interface KeyRegistration {
  options(session: ConsoleSession, request: KeyRequest, visit: Visit): Promise<object>
  /** @throws SignInError */
  register(
    session: ConsoleSession,
    request: KeyRequest & { readonly attestation: object },
    visit: Visit,
  ): Promise<{ readonly serialNumber: string }>
}

export interface KeyRequest {
  /** Left out, the session's own. */
  readonly userName?: string
  readonly name: string
}

/** Keys are asked for with a challenge of their own, good once and for one session. */
export function createKeyRegistration(world: World): KeyRegistration {
  const challenges = new Pending<string>(world.random)

  return {
    async options(session, { userName }, visit) {
      const { generateRegistrationOptions } = await webauthn()
      const principal = await principalOf(world, session, session.switched?.facts ?? session.facts)
      const name = userName ?? ('userName' in principal ? principal.userName : 'root')
      const challenge = Buffer.from(world.random.bytes(32))
      challenges.keepAs(session.idHash, challenge.toString('base64url'), visit.now)
      return generateRegistrationOptions({
        rpName,
        rpID: rpIdOf(visit),
        userName: name,
        userID: new Uint8Array(createHash('sha256').update(`${principal.account} ${name}`).digest()),
        challenge,
        timeout: patienceMilliseconds,
        attestationType: 'none',
        authenticatorSelection: { residentKey: 'discouraged', userVerification: 'preferred' },
      })
    },

    async register(session, { userName, name, attestation }, visit) {
      const challenge = challenges.take(session.idHash, visit.now)
      if (challenge === undefined) throw new SignInError(400, 'ValidationError', 'Registering the security key took too long. Try again.')
      const key = await verifiedKey(attestation as RegistrationResponseJSON, challenge, visit)
      const principal = await principalOf(world, session, session.switched?.facts ?? session.facts)
      const input = { name, ...(userName !== undefined && { userName }), ...key }
      try {
        const asked = { service: 'gatehouse-security-keys', operation: 'EnableMFADevice', input }
        return (await world.calls.asCaller(principal, visit.facts, asked)) as { readonly serialNumber: string }
      } catch (problem) {
        if (!(problem instanceof ServiceError)) throw problem
        throw new SignInError(problem.status === 403 ? 403 : 400, problem.code, problem.message)
      }
    },
  }
}

/** What a new key is, out of its own answer. Web Authentication Level 3, section 7.1. @throws SignInError */
async function verifiedKey(response: RegistrationResponseJSON, expectedChallenge: string, visit: Visit): Promise<SecurityKey> {
  const { verifyRegistrationResponse } = await webauthn()
  const refused = () => new SignInError(400, 'ValidationError', 'The answer of the security key could not be verified. Try again.')
  const expectedRPID = rpIdOf(visit)
  const answer = await verifyRegistrationResponse({
    response,
    expectedChallenge,
    expectedOrigin: visit.origin,
    expectedRPID,
    requireUserVerification: false,
  }).catch(() => {
    throw refused()
  })
  if (!answer.verified) throw refused()
  const { id, publicKey, counter, transports = [] } = answer.registrationInfo.credential
  return { credentialId: id, publicKey: Buffer.from(publicKey).toString('base64url'), counter, transports, rpId: expectedRPID }
}
