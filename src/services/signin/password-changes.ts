import { settingOf, putSetting } from '../../identity/account-settings.ts'
import { insertRecord } from '../../audit/records.ts'
import { endConsoleSessionsOf } from '../../identity/console-sessions.ts'
import { sessionPrincipal } from '../../identity/credentials.ts'
import { passwordProblem } from '../../identity/password-policy.ts'
import { hashPassword, isPassword } from '../../identity/passwords.ts'
import type { SessionFacts } from '../../identity/sessions.ts'
import { newAccessKeyId } from '../../identity/identifiers.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { World } from '../world.ts'
import { personNow } from './people.ts'
import { signedIn, signinRecord } from './records.ts'
import { SignInError, type Visit } from './visit.ts'

interface Passwords {
  readonly oldPassword: string
  readonly newPassword: string
}

/**
 * Changes the password of whoever a session is of: a user's by IAM's ChangePassword, which policies allow or not and which knows the account's password
 * policy; the root user's here.
 * @throws SignInError
 */
export async function changePasswordOf(world: World, facts: SessionFacts, passwords: Passwords, visit: Visit): Promise<void> {
  if (facts.kind === 'root') return changeRootPassword(world, facts, passwords, visit)
  if (facts.kind !== 'user') throw new SignInError(400, 'InvalidUserType', 'Only IAM users and root users have passwords.')
  const accessKeyId = newAccessKeyId('temporary', facts.account, world.random)
  const principal = await world.store.read(tx => sessionPrincipal(tx, facts, accessKeyId))
  const { oldPassword: OldPassword, newPassword: NewPassword } = passwords
  try {
    await world.calls.asCaller(principal, visit.facts, { service: 'iam', operation: 'ChangePassword', input: { OldPassword, NewPassword } })
  } catch (problem) {
    if (!(problem instanceof ServiceError)) throw problem
    throw new SignInError(problem.status === 403 ? 403 : 400, problem.code, problem.message)
  }
}

async function changeRootPassword(
  world: World,
  { account, consoleSession }: SessionFacts,
  { oldPassword, newPassword }: Passwords,
  visit: Visit,
): Promise<void> {
  const { store, random } = world
  const known = await store.read(tx => settingOf(tx, account, 'rootPassword'))
  if (known?.hash === undefined || !(await isPassword(oldPassword, known.hash)))
    throw new SignInError(403, 'AccessDenied', 'The old password is not correct.')
  const { alias, rootEmail } = await store.read(tx =>
    tx.selectFrom('accounts').select(['alias', 'rootEmail']).where('id', '=', account).executeTakeFirstOrThrow(),
  )
  const problem = passwordProblem(undefined, newPassword, [alias ?? account, rootEmail])
  if (problem !== undefined || newPassword === oldPassword)
    throw new SignInError(400, 'PasswordPolicyViolation', problem ?? 'Password does not conform to the account password policy.')
  const hash = await hashPassword(newPassword, random)
  await store.write(async tx => {
    if ((await settingOf(tx, account, 'rootPassword'))?.hash !== known.hash)
      throw new SignInError(403, 'AccessDenied', 'The old password is not correct.')
    await putSetting(tx, account, 'rootPassword', { ...known, hash, changedAt: visit.now })
    await endConsoleSessionsOf(tx, account, visit.now, consoleSession)
    const person = await personNow(tx, { kind: 'root', ownerId: account })
    if (person) await insertRecord(tx, signinRecord(world, visit, { eventName: 'PasswordUpdated', subject: signedIn(person) }))
  })
}
