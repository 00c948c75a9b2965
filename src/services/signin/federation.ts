import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { appendRecord, insertRecord } from '../../audit/records.ts'
import { openConsoleSession } from '../../identity/console-sessions.ts'
import { CredentialError, sessionPrincipal } from '../../identity/credentials.ts'
import type { CredentialedPrincipal } from '../../identity/principal.ts'
import type { SessionFacts } from '../../identity/sessions.ts'
import { eventUsernameOf, userIdentityOf } from '../../identity/user-identity.ts'
import { newAccessKeyId } from '../../identity/identifiers.ts'
import type { Transaction } from '../../store/index.ts'
import { sameSecret } from '../../types/same-secret.ts'
import type { World } from '../world.ts'
import { accountOf } from './people.ts'
import { loginData, type Subject, signinRecord } from './records.ts'
import type { OpenedSession } from './sign-in.ts'
import { SignInError, type Visit } from './visit.ts'

/** Credentials that an identity broker trades for a sign-in token. */
export interface BrokerRequest {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** Seconds that the console session is to last; left out, as long as the credentials. */
  readonly sessionSeconds?: number
}

/** "The URL that the federation endpoint provides is valid for 15 minutes after it is created." */
const tokenMilliseconds = 900_000
const purpose = 'sign-in token'
/** Facts are smaller by far; more is a compression bomb. */
const mostFacts = 256 * 1024

interface Ticket {
  readonly id: string
  readonly until: number
  readonly accessKeyId: string
  readonly facts: SessionFacts
  readonly sessionSeconds?: number
}

/**
 * GetSigninToken: a token that signs whoever has it in as a role's session or a federated user.
 * @throws SignInError for credentials that are not good, or not of such a session
 * @see    IAM User Guide, "Enable custom identity broker access to the AWS console"
 */
export async function signinTokenFor(world: World, request: BrokerRequest, visit: Visit): Promise<string> {
  const { store, sessions, secrets, random } = world
  const { accessKeyId, secretAccessKey, sessionToken, sessionSeconds } = request
  const opened = sessions.open(accessKeyId, sessionToken)
  if (!opened || !sameSecret(opened.secretAccessKey, secretAccessKey) || opened.facts.expiresAt <= visit.now) throw invalidCredentials()
  const { facts } = opened
  if (facts.kind !== 'role' && facts.kind !== 'federatedUser')
    throw refused('Sign-in tokens are for the credentials of AssumeRole, its kin and GetFederationToken.')
  // Whoever signed out stays out.
  if (facts.consoleSession !== undefined) throw refused('Credentials of a console session make no other one.')
  if (sessionSeconds !== undefined && facts.kind === 'federatedUser')
    throw refused('SessionDuration cannot be used with the credentials of GetFederationToken.')
  if (sessionSeconds !== undefined && facts.chained)
    throw refused('SessionDuration cannot be used with a role that was assumed by role chaining.')
  const principal = await store.read(tx => livingPrincipal(tx, facts, accessKeyId))
  const additionalEventData = { MobileVersion: 'No', MFAUsed: 'No' }
  await appendRecord(
    store,
    signinRecord(world, visit, { eventName: 'GetSigninToken', subject: subjectOf(principal, true), additionalEventData }),
  )
  const ticket: Ticket = {
    id: random.uuid(),
    until: visit.now + tokenMilliseconds,
    accessKeyId,
    facts,
    ...(sessionSeconds !== undefined && { sessionSeconds }),
  }
  return secrets.encrypt(deflateRawSync(JSON.stringify(ticket)), purpose)
}

/** Opens the console session of a sign-in token, which is good once. @throws SignInError */
export async function signInWithToken(world: World, token: string, visit: Visit): Promise<OpenedSession> {
  const { store, secrets, random } = world
  const ticket = ticketIn(secrets, token)
  if (!ticket || ticket.until <= visit.now) throw badToken()
  return store.write(async tx => {
    await tx.deleteFrom('usedSigninTokens').where('expiresAt', '<=', visit.now).execute()
    const used = await tx.selectFrom('usedSigninTokens').select('tokenId').where('tokenId', '=', ticket.id).executeTakeFirst()
    if (used) throw badToken()
    await tx.insertInto('usedSigninTokens').values({ tokenId: ticket.id, expiresAt: ticket.until }).execute()
    const principal = await livingPrincipal(tx, ticket.facts, newAccessKeyId('temporary', ticket.facts.account, random))
    const expiresAt = await endOf(tx, ticket, visit.now)
    const facts = { ...ticket.facts, expiresAt }
    const ownerId = facts.ownerId ?? facts.account
    const id = await openConsoleSession(tx, { ownerId, facts, signedInAt: visit.now, expiresAt }, random)
    const additionalEventData = loginData(visit, undefined)
    await insertRecord(
      tx,
      signinRecord(world, visit, { eventName: 'ConsoleLogin', subject: subjectOf(principal, false), additionalEventData }),
    )
    return { id, expiresAt }
  })
}

function ticketIn(secrets: World['secrets'], token: string): Ticket | undefined {
  try {
    return JSON.parse(inflateRawSync(secrets.decrypt(token, purpose), { maxOutputLength: mostFacts }).toString('utf8')) as Ticket
  } catch {
    // Altered, or none of ours.
    return undefined
  }
}

/** "If the SessionDuration parameter is missing, then the session defaults to the duration of the credentials." A role may set a shorter one. */
async function endOf(tx: Transaction, { facts, sessionSeconds }: Ticket, now: number): Promise<number> {
  const asked = sessionSeconds === undefined ? facts.expiresAt : now + sessionSeconds * 1000
  if (facts.kind !== 'role') return asked
  const role = await tx
    .selectFrom('roles')
    .select('signinSessionSeconds')
    .where('id', '=', facts.ownerId as string)
    .executeTakeFirst()
  return role?.signinSessionSeconds ? Math.min(asked, now + role.signinSessionSeconds * 1000) : asked
}

async function livingPrincipal(tx: Transaction, facts: SessionFacts, accessKeyId: string): Promise<CredentialedPrincipal> {
  if ((await accountOf(tx, facts.account)) === undefined) throw invalidCredentials()
  try {
    return await sessionPrincipal(tx, facts, accessKeyId)
  } catch (problem) {
    if (problem instanceof CredentialError) throw invalidCredentials()
    throw problem
  }
}

function subjectOf(principal: CredentialedPrincipal, withKey: boolean): Subject {
  const { accessKeyId, ...identity } = userIdentityOf(principal)
  return {
    account: principal.account,
    identity: withKey ? { ...identity, accessKeyId } : identity,
    username: eventUsernameOf(principal) ?? principal.principalId,
  }
}

const refused = (message: string) => new SignInError(400, 'ValidationError', message)
const invalidCredentials = () => new SignInError(400, 'InvalidClientTokenId', 'The session credentials are not valid.')
const badToken = () => new SignInError(400, 'InvalidSigninToken', 'The sign-in token is not valid, was used, or is older than 15 minutes.')
