import { dropSetting, putSetting, settingOf } from '../../identity/account-settings.ts'
import { endConsoleSessionsOf } from '../../identity/console-sessions.ts'
import { recordChange, type Transaction } from '../../store/index.ts'
import type { LoginProfile } from '../../wire/models/iam.ts'
import type { CallContext } from '../operation.ts'
import { iam } from './service.ts'

type Context = CallContext & { readonly tx: Transaction }

/**
 * Whether a request is about the login profile of the root user: it names nobody, and comes from a session of AssumeRoot. Other credentials of root must
 * name a user. IAM API Reference, "CreateLoginProfile", UserName.
 */
export const isOfRoot = (name: string | undefined, { principal }: CallContext): boolean =>
  name === undefined && principal.type === 'root' && principal.session?.task !== undefined

/**
 * Lets the root user of a member account choose a password again, which AWS does by mail: the profile is there, and has no password yet.
 * @throws EntityAlreadyExists, ValidationError for a password that is given
 */
export async function createRootProfile(password: string | undefined, { tx, account, now }: Context): Promise<LoginProfile> {
  if (password !== undefined)
    throw new iam.ValidationError('The password must be omitted when the request is made with an AssumeRoot session.')
  if (await settingOf(tx, account, 'rootPassword')) throw new iam.EntityAlreadyExists('Login Profile for user root already exists.')
  await putSetting(tx, account, 'rootPassword', { changedAt: now })
  await recordChange(tx, { account, kind: 'account', id: account, at: now })
  return profileAt(now)
}

/** @throws NoSuchEntity */
export async function requireRootProfile({ tx, account }: Context): Promise<LoginProfile> {
  const password = await settingOf(tx, account, 'rootPassword')
  if (!password) throw noSuchProfile()
  return profileAt(password.changedAt)
}

/** Takes the root user's password away, and ends the sessions that it opened. @throws NoSuchEntity */
export async function deleteRootProfile({ tx, account, now }: Context): Promise<void> {
  if (!(await dropSetting(tx, account, 'rootPassword'))) throw noSuchProfile()
  await endConsoleSessionsOf(tx, account, now)
  await recordChange(tx, { account, kind: 'account', id: account, at: now })
}

const profileAt = (at: number): LoginProfile => ({ UserName: 'root', CreateDate: new Date(at), PasswordResetRequired: false })
const noSuchProfile = () => new iam.NoSuchEntity('Login Profile for User root cannot be found.')
