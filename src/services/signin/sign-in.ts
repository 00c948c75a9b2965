import type { MfaRequest, SignInAnswer, SignInRequest } from '../../../console/session-api.ts'
import { appendRecord, insertRecord } from '../../audit/records.ts'
import { putSetting, settingOf } from '../../identity/account-settings.ts'
import { consoleSessionHash, openConsoleSession } from '../../identity/console-sessions.ts'
import { takeCodeOfAnyDevice } from '../../identity/mfa.ts'
import { hashPassword, isPassword } from '../../identity/passwords.ts'
import { securityKeysOf } from '../../identity/security-keys.ts'
import type { SessionFacts } from '../../identity/sessions.ts'
import type { Transaction } from '../../store/index.ts'
import type { World } from '../world.ts'
import { sourceNetwork } from '../../types/source-network.ts'
import { type AttemptLimit, Attempts } from './attempts.ts'
import { Pending } from './pending.ts'
import { type Claim, claimOf, type Person, passwordState, personNow } from './people.ts'
import { changePasswordOf } from './password-changes.ts'
import { loginData, nobody, signedIn, signingIn, signinRecord } from './records.ts'
import { askKeys, takeAssertion } from './security-keys.ts'
import { SignInError, type Visit, wrongAuthentication } from './visit.ts'

/** Limits of guessing, of one user's secrets and from one network address. */
export interface GuessLimits {
  readonly ofUser: AttemptLimit
  readonly ofAddress: AttemptLimit
}

/** An answer, and the session that it opened. */
export interface SignInResult {
  readonly answer: SignInAnswer
  readonly session?: OpenedSession
}

export interface OpenedSession {
  readonly id: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

/** Signing in, step by step. Every step throws SignInError when it leads no further. */
export interface SignIn {
  withPassword(request: SignInRequest, visit: Visit): Promise<SignInResult>
  withSecondFactor(request: MfaRequest, visit: Visit): Promise<SignInResult>
  /** Another password, which somebody must choose before going on. */
  withNewPassword(transaction: string, oldPassword: string, newPassword: string, visit: Visit): Promise<SignInResult>
}

/** Somebody on the way in, who has shown a password. */
interface Entrant {
  readonly person: Person
  readonly awaits: 'secondFactor' | 'newPassword'
  /** What the second factor was, once it was shown. */
  readonly mfa?: { readonly serial: string; readonly at: number }
  /** What a security key is to sign. */
  readonly challenge?: string
}

/** The longest session, and the default one. IAM User Guide, "Sign in to the AWS Management Console". */
const defaultSessionSeconds = 43_200
/** IAM API Reference, "CreateLoginProfile", Password. */
const longestPassword = 128

/** Sign-in with what it remembers between steps: who is on the way, and who guesses. */
export function createSignIn(world: World, limits: GuessLimits): SignIn {
  const { store, secrets, random } = world
  const entrants = new Pending<Entrant>(random)
  const users = new Attempts(limits.ofUser)
  const addresses = new Attempts(limits.ofAddress)
  let hashOfNobody: Promise<string> | undefined

  /** Hashing takes the same time for whoever is not there. */
  async function isRight(password: string, person: Person | undefined): Promise<boolean> {
    hashOfNobody ??= hashPassword('nobody', random)
    const hash = person?.password?.hash ?? (await hashOfNobody)
    const matches = await isPassword(password.slice(0, longestPassword), hash)
    return matches && person?.password !== undefined && password.length <= longestPassword
  }

  function countGuess(user: string, { facts, now }: Visit) {
    const address = sourceNetwork(facts.sourceIp)
    if (!addresses.begin(address, now)) throw tooMany()
    if (!users.begin(user, now)) throw tooMany()
    return {
      right() {
        users.succeeded(user)
        addresses.undo(address)
      },
    }
  }

  async function refuse({ account, person }: Claim, visit: Visit, withMfa: boolean): Promise<SignInError> {
    // Nobody's account has no record.
    if (account !== undefined) {
      const subject = person ? signingIn(person) : nobody(account)
      const errorMessage = person ? 'Failed authentication' : 'No username found in supplied account'
      const additionalEventData = loginData(visit, undefined, withMfa)
      await appendRecord(store, signinRecord(world, visit, { eventName: 'ConsoleLogin', subject, errorMessage, additionalEventData }))
    }
    return wrongAuthentication()
  }

  /** The next step of somebody whose password, or whose second factor too, was right. */
  async function proceed(person: Person, mfa: Entrant['mfa'], visit: Visit): Promise<SignInResult> {
    if (!mfa) {
      const devices = await store.read(tx => mfaDevicesOf(tx, person.ownerId))
      if (devices.length > 0) return askSecondFactor(person, devices, visit)
    }
    const state = await store.read(tx => passwordState(tx, person, visit.now))
    if (state === 'over') throw await refuse({ account: person.account, person }, visit, mfa !== undefined)
    if (state === 'replace') {
      const transaction = entrants.keep({ person, awaits: 'newPassword', ...(mfa && { mfa }) }, visit.now)
      return { answer: { state: 'password-change-required', transaction } }
    }
    return { answer: { state: 'signed-in' }, session: await open(person, mfa, visit) }
  }

  async function askSecondFactor(person: Person, devices: readonly Device[], visit: Visit): Promise<SignInResult> {
    const additionalEventData = { MfaType: typeOf(devices) }
    await appendRecord(store, signinRecord(world, visit, { eventName: 'CheckMfa', subject: signingIn(person), additionalEventData }))
    const challenge = Buffer.from(random.bytes(32)).toString('base64url')
    const keys = await store.read(tx => securityKeysOf(tx, person.ownerId))
    const options = keys.length > 0 ? await askKeys(keys, visit, challenge) : {}
    const methods = devices.map(({ serial, securityKey }) =>
      securityKey === null
        ? ({ kind: 'totp', serialNumber: serial } as const)
        : ({ kind: 'security-key', serialNumber: serial, options } as const),
    )
    const transaction = entrants.keep({ person, awaits: 'secondFactor', challenge }, visit.now)
    return { answer: { state: 'mfa-required', transaction, methods } }
  }

  /** @returns the serial number of the device whose code or answer is good */
  async function takeSecondFactor({ person, challenge }: Entrant, request: MfaRequest, visit: Visit): Promise<string | undefined> {
    const { ownerId } = person
    if ('code' in request) return store.write(tx => takeCodeOfAnyDevice(tx, secrets, { ownerId, code: request.code, now: visit.now }))
    const keys = await store.read(tx => securityKeysOf(tx, ownerId))
    return challenge === undefined ? undefined : takeAssertion(world, keys, request.assertion, challenge, visit)
  }

  function open(person: Person, mfa: Entrant['mfa'], visit: Visit): Promise<OpenedSession> {
    const { now } = visit
    const expiresAt = now + (person.password?.sessionSeconds ?? defaultSessionSeconds) * 1000
    const facts = { ...factsOf(person, now, expiresAt), ...(mfa && { mfaAt: mfa.at }) }
    return store.write(async tx => {
      // Whoever was deleted, or got another password, while the browser was on the way does not get in.
      if ((await personNow(tx, person))?.password?.hash !== person.password?.hash) throw wrongAuthentication()
      const id = await openConsoleSession(tx, { ownerId: person.ownerId, facts, signedInAt: now, expiresAt }, random)
      await noteUse(tx, person, now)
      const additionalEventData = loginData(visit, mfa?.serial)
      await insertRecord(tx, signinRecord(world, visit, { eventName: 'ConsoleLogin', subject: signedIn(person), additionalEventData }))
      return { id, expiresAt }
    })
  }

  return {
    async withPassword(request, visit) {
      const claim = await store.read(tx => claimOf(tx, request))
      const guess = countGuess(userOf(request, claim), visit)
      const right = await isRight(request.password, claim.person)
      if (!right || !claim.person) throw await refuse(claim, visit, false)
      guess.right()
      return proceed(claim.person, undefined, visit)
    },

    async withSecondFactor(request, visit) {
      const entrant = entrants.find(request.transaction, visit.now)
      if (entrant?.awaits !== 'secondFactor') throw beganTooLongAgo()
      const { person } = entrant
      const guess = countGuess(`${person.ownerId} second factor`, visit)
      const serial = await takeSecondFactor(entrant, request, visit)
      if (serial === undefined) throw await refuse({ account: person.account, person }, visit, true)
      guess.right()
      entrants.take(request.transaction, visit.now)
      return proceed(person, { serial, at: visit.now }, visit)
    },

    async withNewPassword(transaction, oldPassword, newPassword, visit) {
      const entrant = entrants.find(transaction, visit.now)
      if (entrant?.awaits !== 'newPassword') throw beganTooLongAgo()
      const { person, mfa } = entrant
      const guess = countGuess(`${person.ownerId} old password`, visit)
      const facts = { ...factsOf(person, visit.now, visit.now + 60_000), ...(mfa && { mfaAt: mfa.at }) }
      await changePasswordOf(world, { ...facts, consoleSession: consoleSessionHash(transaction) }, { oldPassword, newPassword }, visit)
      guess.right()
      entrants.take(transaction, visit.now)
      const changed = await store.read(tx => personNow(tx, person))
      if (!changed) throw wrongAuthentication()
      return { answer: { state: 'signed-in' }, session: await open(changed, mfa, visit) }
    },
  }
}

/** When a password was used last, for the credential report. */
async function noteUse(tx: Transaction, { kind, account, ownerId }: Person, now: number): Promise<void> {
  if (kind === 'user') {
    await tx.updateTable('users').set({ passwordLastUsedAt: now }).where('id', '=', ownerId).execute()
    return
  }
  const known = await settingOf(tx, account, 'rootPassword')
  if (known) await putSetting(tx, account, 'rootPassword', { ...known, usedAt: now })
}

interface Device {
  readonly serial: string
  readonly securityKey: string | null
}

/** CloudTrail User Guide, "AWS Management Console sign-in events", CheckMfa. */
const typeOf = (devices: readonly Device[]): string => {
  const types = [...new Set(devices.map(({ securityKey }) => (securityKey === null ? 'Virtual MFA' : 'U2F MFA')))]
  return types.length === 1 ? (types[0] as string) : 'Multiple MFA Devices'
}

const mfaDevicesOf = (tx: Transaction, ownerId: string): Promise<Device[]> =>
  tx.selectFrom('mfaDevices').select(['serial', 'securityKey']).where('ownerId', '=', ownerId).orderBy('serial').execute()

/** What credentials of a person's session say. Times on the wire are whole seconds. */
const factsOf = ({ kind, account, ownerId }: Person, now: number, expiresAt: number): SessionFacts => ({
  kind,
  account,
  ...(kind === 'user' && { ownerId }),
  issuedAt: Math.floor(now / 1000) * 1000,
  expiresAt,
})

/** Whose secret is guessed: one key for an account's id and its alias. */
const userOf = (request: SignInRequest, { account, person }: Claim): string =>
  person
    ? person.ownerId
    : 'email' in request
      ? request.email.toLowerCase()
      : `${account ?? request.account} ${request.userName.toLowerCase()}`

const tooMany = () => new SignInError(429, 'TooManyAttempts', 'Too many failed sign-in attempts. Wait a few minutes and try again.')
const beganTooLongAgo = () =>
  new SignInError(401, 'SignInExpired', 'Your sign-in took too long, or was begun elsewhere. Please begin again.')
