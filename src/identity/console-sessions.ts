import { createHash } from 'node:crypto'
import type { Selectable } from 'kysely'
import { type Database, recordChange, type Transaction } from '../store/index.ts'
import type { Random } from '../types/random.ts'
import type { SessionFacts } from './sessions.ts'

/** Somebody who is signed in to the console. Times: epoch milliseconds. */
export interface ConsoleSession {
  /** The store keeps no id: whoever reads it cannot be anybody. */
  readonly idHash: string
  readonly account: string
  readonly ownerId: string
  /** Who signed in. */
  readonly facts: SessionFacts
  readonly signedInAt: number
  readonly expiresAt: number
  readonly usedAt: number
  readonly switched?: SwitchedSession
  /** Roles that were switched to, latest first. */
  readonly roleHistory: readonly RoleChoice[]
}

/** A role that somebody plays in place of who signed in. */
export interface SwitchedSession {
  readonly role: RoleChoice
  readonly facts: SessionFacts
}

/** A role as the console shows it. IAM User Guide, "Switch from a user to an IAM role (console)". */
export interface RoleChoice {
  readonly account: string
  readonly roleName: string
  readonly displayName?: string
  readonly color?: string
}

/** How people sign in is changed by who signed in so long ago at most. OWASP ASVS 5.0.0, 7.5.1 and 7.5.2. */
const recentMilliseconds = 15 * 60_000

export const signedInRecently = ({ signedInAt }: Pick<ConsoleSession, 'signedInAt'>, now: number): boolean =>
  now - signedInAt <= recentMilliseconds

/** What everybody is told who did not. */
export const signInAgain = {
  code: 'ReauthenticationRequired',
  message: 'You signed in more than 15 minutes ago. Sign in again to change how you sign in.',
} as const

export const consoleSessionHash = (id: string): string => createHash('sha256').update(id).digest('hex')

/** Opens a session. @returns its id, which the browser keeps */
export async function openConsoleSession(
  tx: Transaction,
  { ownerId, facts, signedInAt, expiresAt }: Pick<ConsoleSession, 'ownerId' | 'facts' | 'signedInAt' | 'expiresAt'>,
  random: Random,
): Promise<string> {
  await tx.deleteFrom('consoleSessions').where('expiresAt', '<=', signedInAt).execute()
  const id = Buffer.from(random.bytes(32)).toString('base64url')
  const row = { idHash: consoleSessionHash(id), account: facts.account, ownerId, facts: JSON.stringify(facts), signedInAt, expiresAt }
  await tx
    .insertInto('consoleSessions')
    .values({ ...row, usedAt: signedInAt, switched: null, roleHistory: '[]' })
    .execute()
  return id
}

export async function findConsoleSession(tx: Transaction, idHash: string): Promise<ConsoleSession | undefined> {
  const row = await tx.selectFrom('consoleSessions').selectAll().where('idHash', '=', idHash).executeTakeFirst()
  return row && parsed(row)
}

function parsed({ facts, switched, roleHistory, ...row }: Selectable<Database['consoleSessions']>): ConsoleSession {
  return {
    ...row,
    facts: JSON.parse(facts) as SessionFacts,
    roleHistory: JSON.parse(roleHistory) as RoleChoice[],
    ...(switched !== null && { switched: JSON.parse(switched) as SwitchedSession }),
  }
}

/** The sessions of a person that are kept, the latest first; some may be over. */
export async function consoleSessionsOf(tx: Transaction, ownerId: string): Promise<ConsoleSession[]> {
  const rows = await tx.selectFrom('consoleSessions').selectAll().where('ownerId', '=', ownerId).orderBy('signedInAt', 'desc').execute()
  return rows.map(parsed)
}

/**
 * Ends the sessions of somebody whose password is no longer what they signed in with, and with them the credentials that they sign with.
 * @param but  a session that stays, by its hash: the one that the password was changed in, or that the others are ended from
 */
export async function endConsoleSessionsOf(tx: Transaction, ownerId: string, at: number, but?: string): Promise<void> {
  const rows = await tx.selectFrom('consoleSessions').select(['idHash', 'account']).where('ownerId', '=', ownerId).execute()
  for (const { idHash, account } of rows) if (idHash !== but) await endConsoleSession(tx, { idHash, account }, at)
}

/** Ends a session, and with it the credentials that it signs with. */
export async function endConsoleSession(
  tx: Transaction,
  { idHash, account }: Pick<ConsoleSession, 'idHash' | 'account'>,
  at: number,
): Promise<void> {
  await tx.deleteFrom('consoleSessions').where('idHash', '=', idHash).execute()
  await recordChange(tx, { account, kind: 'consoleSession', id: idHash, at })
}
