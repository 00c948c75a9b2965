import { createHmac } from 'node:crypto'
import type { OwnSession, ConsoleSession as SessionView, SessionCredentials } from '../../../console/session-api.ts'
import {
  type ConsoleSession,
  consoleSessionHash,
  consoleSessionsOf,
  endConsoleSession,
  endConsoleSessionsOf,
  findConsoleSession,
  signedInRecently,
  signInAgain,
} from '../../identity/console-sessions.ts'
import { sameSecret } from '../../types/same-secret.ts'
import type { World } from '../world.ts'
import { principalOf } from './session-principal.ts'
import { SignInError, type Visit } from './visit.ts'

/** Credentials last so long, in memory of a browser; a session is asked for new ones. */
const credentialSeconds = 900
/** A session's last use is written down once in so many milliseconds. */
const useMilliseconds = 60_000

/** What may be done with a console session. */
export interface ConsoleSessions {
  /** @returns undefined for an id of none, and for a session that is over */
  find(id: string, now: number): Promise<ConsoleSession | undefined>
  view(id: string, session: ConsoleSession): Promise<SessionView>
  isCsrfToken(id: string, token: string): boolean
  credentials(session: ConsoleSession, visit: Visit): Promise<SessionCredentials>
  /** @throws SignInError for a session of a role, which is not one person's */
  ofPerson(session: ConsoleSession, now: number): Promise<readonly OwnSession[]>
  /** Ends those but this one. @throws SignInError for a session of a role, and for one that began long ago */
  endOthers(session: ConsoleSession, now: number): Promise<void>
  signOut(session: ConsoleSession, now: number): Promise<void>
}

/**
 * Console sessions over the store.
 * @param idleMilliseconds  a session that is not used for so long is over
 */
export function createConsoleSessions(world: World, idleMilliseconds: number): ConsoleSessions {
  const { store, sessions, random, secrets } = world
  const csrfTokens = (id: string) =>
    secrets.dataKeyIds().flatMap(dataKeyId => {
      const key = secrets.derivedKey('console csrf', dataKeyId)
      return key ? [createHmac('sha256', key).update(id).digest('base64url')] : []
    })

  const isOver = ({ expiresAt, usedAt }: ConsoleSession, now: number) => expiresAt <= now || usedAt + idleMilliseconds <= now

  return {
    async find(id, now) {
      const session = await store.read(tx => findConsoleSession(tx, consoleSessionHash(id)))
      if (!session) return undefined
      if (isOver(session, now)) {
        await store.write(tx => endConsoleSession(tx, session, now))
        return undefined
      }
      if (now >= session.usedAt + useMilliseconds)
        await store.write(tx => tx.updateTable('consoleSessions').set({ usedAt: now }).where('idHash', '=', session.idHash).execute())
      return session
    },

    async view(id, session) {
      const { account, facts, signedInAt, expiresAt, roleHistory, switched } = session
      const principal = await principalOf(world, session, facts)
      const row = await store.read(tx => tx.selectFrom('accounts').select('alias').where('id', '=', account).executeTakeFirst())
      return {
        account,
        ...(row?.alias && { alias: row.alias }),
        arn: principal.arn,
        kind: kinds[facts.kind],
        ...(principal.type === 'user' && { userName: principal.userName }),
        region: world.settings.region,
        signedInAt,
        expiresAt,
        csrfToken: csrfTokens(id)[0] as string,
        ...(switched && { role: switched.role }),
        roleHistory,
      }
    },

    // A page that was opened before the data key changed goes on.
    isCsrfToken: (id, token) => csrfTokens(id).some(known => sameSecret(known, token)),

    async credentials(session, { now }) {
      const facts = session.switched?.facts ?? session.facts
      const expiresAt = Math.min(Math.floor(now / 1000) * 1000 + credentialSeconds * 1000, session.expiresAt, facts.expiresAt)
      if (expiresAt <= now) throw new SignInError(401, 'SessionExpired', 'The session of the role has ended. Switch to it again.')
      const principal = await principalOf(world, session, facts)
      const issued = sessions.issue({ ...facts, expiresAt, consoleSession: session.idHash }, random)
      return { ...issued, principalArn: principal.arn }
    },

    async ofPerson(session, now) {
      const { ownerId, idHash } = ofOnePerson(session)
      const known = await store.read(tx => consoleSessionsOf(tx, ownerId))
      return known
        .filter(one => !isOver(one, now))
        .map(one => ({
          signedInAt: one.signedInAt,
          usedAt: one.usedAt,
          expiresAt: one.expiresAt,
          mfa: one.facts.mfaAt !== undefined,
          current: one.idHash === idHash,
        }))
    },

    async endOthers(session, now) {
      const { ownerId, idHash } = ofOnePerson(session)
      if (!signedInRecently(session, now)) throw new SignInError(403, signInAgain.code, signInAgain.message)
      await store.write(tx => endConsoleSessionsOf(tx, ownerId, now, idHash))
    },

    async signOut(session, now) {
      await store.write(tx => endConsoleSession(tx, session, now))
    },
  }
}

/** Sessions of a role are of whoever a broker let play it. @throws SignInError */
function ofOnePerson(session: ConsoleSession): ConsoleSession {
  if (session.facts.kind === 'user' || session.facts.kind === 'root') return session
  throw new SignInError(400, 'InvalidUserType', 'Only sessions of IAM users and root users are of one person.')
}

const kinds = { root: 'root', user: 'user', role: 'role', federatedUser: 'federated' } as const
