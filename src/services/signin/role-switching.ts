import { insertRecord } from '../../audit/records.ts'
import type { ConsoleSession, RoleChoice } from '../../identity/console-sessions.ts'
import { sessionPrincipal } from '../../identity/credentials.ts'
import { newAccessKeyId } from '../../identity/identifiers.ts'
import type { CredentialedPrincipal, Principal } from '../../identity/principal.ts'
import type { SessionFacts } from '../../identity/sessions.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { World } from '../world.ts'
import { accountOf } from './people.ts'
import { type Subject, signinRecord } from './records.ts'
import { principalOf } from './session-principal.ts'
import { SignInError, type Visit } from './visit.ts'

/** "The last five roles". IAM User Guide, "Switch from a user to an IAM role (console)". */
const longestHistory = 5
/** STS API Reference, "AssumeRole", DurationSeconds. */
const shortestSeconds = 900
const longestChainedSeconds = 3_600

/**
 * Plays a role in place of who signed in. STS decides, for who signed in, whatever role was played before.
 * @throws SignInError with STS's own words
 * @see    IAM User Guide, "Switch from a user to an IAM role (console)"
 */
export async function switchRole(world: World, session: ConsoleSession, asked: RoleChoice, visit: Visit): Promise<void> {
  const { store } = world
  const account = await store.read(tx => accountOf(tx, asked.account))
  if (account === undefined)
    throw new SignInError(
      400,
      'ValidationError',
      'Invalid information in one or more fields. Check your information or contact your administrator.',
    )
  const role = { ...asked, account }
  const person = await principalOf(world, session, session.facts)
  const facts = await assume(world, session, person, role, visit)
  const player = await store.read(tx => sessionPrincipal(tx, facts, newAccessKeyId('temporary', facts.account, world.random)))
  const same = (one: RoleChoice) => one.account === role.account && one.roleName.toLowerCase() === role.roleName.toLowerCase()
  const roleHistory = [role, ...session.roleHistory.filter(one => !same(one))].slice(0, longestHistory)
  const additionalEventData = { SwitchFrom: person.arn, RedirectTo: `${visit.origin}/console/` }
  await store.write(async tx => {
    await tx
      .updateTable('consoleSessions')
      .set({ switched: JSON.stringify({ role, facts }), roleHistory: JSON.stringify(roleHistory) })
      .where('idHash', '=', session.idHash)
      .execute()
    await insertRecord(tx, signinRecord(world, visit, { eventName: 'SwitchRole', subject: playing(player), additionalEventData }))
  })
}

/** Back to who signed in. */
export async function switchBack(world: World, session: ConsoleSession, visit: Visit): Promise<void> {
  const { switched } = session
  if (!switched) return
  const person = await principalOf(world, session, session.facts)
  const player = await principalOf(world, session, switched.facts).catch(() => undefined)
  const additionalEventData = { SwitchTo: person.arn, RedirectTo: `${visit.origin}/console/` }
  await world.store.write(async tx => {
    await tx.updateTable('consoleSessions').set({ switched: null }).where('idHash', '=', session.idHash).execute()
    // A role that was deleted meanwhile is nobody to have it on record.
    if (player) await insertRecord(tx, signinRecord(world, visit, { eventName: 'ExitRole', subject: playing(player), additionalEventData }))
  })
}

/** AssumeRole as the console calls it: for as long as role and session allow. @returns the facts of the role's session */
async function assume(
  world: World,
  session: ConsoleSession,
  person: CredentialedPrincipal,
  { account, roleName }: RoleChoice,
  visit: Visit,
): Promise<SessionFacts> {
  const row = await world.store.read(tx =>
    tx
      .selectFrom('roles')
      .select(['maxSessionSeconds', 'signinSessionSeconds'])
      .where('account', '=', account)
      .where('nameKey', '=', roleName.slice(roleName.lastIndexOf('/') + 1).toLowerCase())
      .executeTakeFirst(),
  )
  const left = Math.floor((session.expiresAt - visit.now) / 1000)
  const most = person.type === 'roleSession' ? longestChainedSeconds : (row?.maxSessionSeconds ?? longestChainedSeconds)
  const DurationSeconds = Math.max(shortestSeconds, Math.min(most, row?.signinSessionSeconds ?? most, left))
  const input = { RoleArn: `arn:aws:iam::${account}:role/${roleName}`, RoleSessionName: sessionNameOf(person), DurationSeconds }
  try {
    const { Credentials } = (await world.calls.asCaller(person, visit.facts, { service: 'sts', operation: 'AssumeRole', input })) as {
      readonly Credentials: { readonly AccessKeyId: string; readonly SessionToken: string }
    }
    const opened = world.sessions.open(Credentials.AccessKeyId, Credentials.SessionToken)
    if (!opened) throw new Error('STS gave credentials that are not its own')
    return { ...opened.facts, expiresAt: Math.min(opened.facts.expiresAt, session.expiresAt) }
  } catch (problem) {
    if (!(problem instanceof ServiceError)) throw problem
    throw new SignInError(problem.status === 403 ? 403 : 400, problem.code, problem.message)
  }
}

/** "The role session name is the user's name", or the name that the session has already. */
function sessionNameOf(person: Principal): string {
  const name =
    person.type === 'user'
      ? person.userName
      : person.type === 'roleSession'
        ? person.sessionName
        : person.type === 'federatedUser'
          ? person.federatedUserName
          : 'root'
  return name.slice(0, 64)
}

/** A role's session, as sign-in events have it. */
export const playing = (player: CredentialedPrincipal): Subject => ({
  account: player.account,
  identity: { type: 'AssumedRole', principalId: player.principalId, arn: player.arn, accountId: player.account },
  username: player.type === 'roleSession' ? player.sessionName : player.principalId,
})
