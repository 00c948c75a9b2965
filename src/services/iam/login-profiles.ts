import type { Selectable } from 'kysely'
import { endConsoleSessionsOf } from '../../identity/console-sessions.ts'
import { hashPassword, isPassword } from '../../identity/passwords.ts'
import { type Database, recordChange, type Transaction } from '../../store/index.ts'
import type { AccessContext, CallContext } from '../operation.ts'
import { namedUser, rootAccess, userAccess } from './access.ts'
import { requireUser, type UserRow } from './entities.ts'
import { checkPassword } from './password-policy.ts'
import { createRootProfile, deleteRootProfile, isOfRoot, requireRootProfile } from './root-login-profiles.ts'
import { requireRecentSignIn } from './recent-sign-in.ts'
import { iam } from './service.ts'
import { settingOf } from '../../identity/account-settings.ts'
import { changedSigninSession, signinSessionMember } from './signin-sessions.ts'

type ProfileRow = Selectable<Database['loginProfiles']>

const findProfile = (tx: Transaction, userId: string): Promise<ProfileRow | undefined> =>
  tx.selectFrom('loginProfiles').selectAll().where('userId', '=', userId).executeTakeFirst()

/** @throws NoSuchEntity */
async function requireProfile(tx: Transaction, user: UserRow): Promise<ProfileRow> {
  const profile = await findProfile(tx, user.id)
  if (!profile) throw new iam.NoSuchEntity(`Login Profile for User ${user.name} cannot be found.`)
  return profile
}

/**
 * A checked and hashed new password. Hashing is slow by intent; it is done within the call's transaction all the same, so that
 * nobody makes us hash without being allowed to.
 * @param earlier  hashes that the account's policy may forbid to use again, latest first
 */
async function newPassword(password: string, earlier: readonly string[], { tx, account, world }: Context): Promise<string> {
  const policy = await settingOf(tx, account, 'passwordPolicy')
  const row = await tx.selectFrom('accounts').select(['alias', 'rootEmail']).where('id', '=', account).executeTakeFirst()
  checkPassword(password, policy, row ? [row.alias ?? account, row.rootEmail] : [])
  // The password in force is not one of the previous ones that the policy counts.
  const remembered = policy?.reusePrevention === undefined ? 0 : policy.reusePrevention + 1
  for (const hash of earlier.slice(0, remembered)) {
    if (await isPassword(password, hash)) throw new iam.PasswordPolicyViolation('Password has been used previously.')
  }
  return hashPassword(password, world.random)
}

const hashesOf = (profile: ProfileRow | undefined): string[] =>
  profile ? [profile.passwordHash, ...(JSON.parse(profile.earlierHashes) as string[])] : []

/** As many earlier passwords as a policy can forbid. IAM API Reference, "UpdateAccountPasswordPolicy", PasswordReusePrevention. */
const mostEarlierHashes = 24

async function replacePassword(
  profile: ProfileRow,
  passwordHash: string,
  resetRequired: boolean,
  { tx, account, now, principal }: Context,
) {
  await tx
    .updateTable('loginProfiles')
    .set({
      passwordHash,
      changedAt: now,
      resetRequired: resetRequired ? 1 : 0,
      earlierHashes: JSON.stringify(hashesOf(profile).slice(0, mostEarlierHashes)),
    })
    .where('userId', '=', profile.userId)
    .execute()
  const own = 'account' in principal ? principal.session?.consoleSession : undefined
  await endConsoleSessionsOf(tx, profile.userId, now, own)
  await recordChange(tx, { account, kind: 'user', id: profile.userId, at: now })
}

type Context = CallContext & { readonly tx: Transaction }

const profileAccess = (name: string | undefined, context: AccessContext) =>
  isOfRoot(name, context) ? rootAccess(context) : userAccess(context, namedUser(name, context))

/** CreateLoginProfile: gives a user a console password. IAM API Reference, "CreateLoginProfile". */
export const CreateLoginProfile = iam.operation('CreateLoginProfile', {
  access: ({ UserName }, context) => profileAccess(UserName, context),

  async handle({ UserName, Password, PasswordResetRequired = false, MaxSigninSessionDuration = null }, context) {
    const { tx, account, now } = context
    if (isOfRoot(UserName, context)) return { LoginProfile: await createRootProfile(Password, context) }
    const user = await requireUser(tx, account, namedUser(UserName, context))
    if (await findProfile(tx, user.id)) throw new iam.EntityAlreadyExists(`Login Profile for user ${user.name} already exists.`)
    if (Password === undefined) throw new iam.ValidationError('Must specify a password.')
    const passwordHash = await newPassword(Password, [], context)
    await tx
      .insertInto('loginProfiles')
      .values({
        userId: user.id,
        account,
        passwordHash,
        createdAt: now,
        changedAt: now,
        resetRequired: PasswordResetRequired ? 1 : 0,
        earlierHashes: '[]',
        signinSessionSeconds: MaxSigninSessionDuration,
      })
      .execute()
    await recordChange(tx, { account, kind: 'user', id: user.id, at: now })
    return {
      LoginProfile: {
        UserName: user.name,
        CreateDate: new Date(now),
        PasswordResetRequired,
        ...signinSessionMember(MaxSigninSessionDuration),
      },
    }
  },
})

/** GetLoginProfile: not the password. IAM API Reference, "GetLoginProfile". */
export const GetLoginProfile = iam.operation('GetLoginProfile', {
  access: ({ UserName }, context) => profileAccess(UserName, context),

  async handle({ UserName }, context) {
    if (isOfRoot(UserName, context)) return { LoginProfile: await requireRootProfile(context) }
    const user = await requireUser(context.tx, context.account, namedUser(UserName, context))
    const profile = await requireProfile(context.tx, user)
    return {
      LoginProfile: {
        UserName: user.name,
        CreateDate: new Date(profile.createdAt),
        PasswordResetRequired: profile.resetRequired === 1,
        ...signinSessionMember(profile.signinSessionSeconds),
      },
    }
  },
})

/** UpdateLoginProfile: an administrator's new password for somebody, or the order to choose one. IAM API Reference, same name. */
export const UpdateLoginProfile = iam.operation('UpdateLoginProfile', {
  access: ({ UserName }, context) => userAccess(context, UserName),

  async handle(input, context) {
    const { UserName, Password, PasswordResetRequired } = input
    const { tx, account } = context
    const user = await requireUser(tx, account, UserName)
    await requireRecentSignIn(user.id, context)
    const profile = await requireProfile(tx, user)
    const signinSessionSeconds = changedSigninSession(profile.signinSessionSeconds, input)
    const resetRequired = PasswordResetRequired ?? profile.resetRequired === 1
    if (Password !== undefined)
      await replacePassword(profile, await newPassword(Password, hashesOf(profile), context), resetRequired, context)
    await tx
      .updateTable('loginProfiles')
      .set({ resetRequired: resetRequired ? 1 : 0, signinSessionSeconds })
      .where('userId', '=', user.id)
      .execute()
    return {}
  },
})

/** DeleteLoginProfile: ends console access; access keys stay. IAM API Reference, "DeleteLoginProfile". */
export const DeleteLoginProfile = iam.operation('DeleteLoginProfile', {
  access: ({ UserName }, context) => profileAccess(UserName, context),

  async handle({ UserName }, context) {
    const { tx, account, now } = context
    if (isOfRoot(UserName, context)) {
      await deleteRootProfile(context)
      return {}
    }
    const user = await requireUser(tx, account, namedUser(UserName, context))
    await requireProfile(tx, user)
    await tx.deleteFrom('loginProfiles').where('userId', '=', user.id).execute()
    await endConsoleSessionsOf(tx, user.id, now)
    await recordChange(tx, { account, kind: 'user', id: user.id, at: now })
    return {}
  },
})

/** ChangePassword: by users, of their own. IAM API Reference, "ChangePassword". */
export const ChangePassword = iam.operation('ChangePassword', {
  async access(_, context) {
    const { principal, tx, account } = context
    if (principal.type !== 'user') throw new iam.InvalidUserType('Only IAM Users can change their own password')
    // "Allow users to change their own password" in the account's policy is a grant of its own. IAM User Guide, "Custom password policy options".
    if ((await settingOf(tx, account, 'passwordPolicy'))?.usersMayChange) return []
    return userAccess(context, principal.userName)
  },

  async handle({ OldPassword, NewPassword }, context) {
    const user = await requireUser(context.tx, context.account, namedUser(undefined, context))
    const profile = await requireProfile(context.tx, user)
    if (!(await isPassword(OldPassword, profile.passwordHash))) throw new iam.AccessDenied('The old password is not correct.')
    if (OldPassword === NewPassword) throw new iam.PasswordPolicyViolation('Password does not conform to the account password policy.')
    await replacePassword(profile, await newPassword(NewPassword, hashesOf(profile), context), false, context)
    return {}
  },
})
