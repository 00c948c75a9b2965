import type { SignInRequest } from '../../../console/session-api.ts'
import { settingOf } from '../../identity/account-settings.ts'
import { rootArn, userArn } from '../../identity/arns.ts'
import type { Transaction } from '../../store/index.ts'

/** Somebody who may have a password. */
export interface Person {
  readonly kind: 'root' | 'user'
  readonly account: string
  /** The user's unique id, or the account's number for its root user. */
  readonly ownerId: string
  readonly name: string
  readonly arn: string
  /** The account's alias, of its root user. */
  readonly alias?: string
  /** Absent for whoever has no password. */
  readonly password?: Password
}

interface Password {
  readonly hash: string
  readonly changedAt: number
  readonly resetRequired: boolean
  /** The longest session that the sign-in gets; null for the default. */
  readonly sessionSeconds: number | null
}

/** Whose sign-in a request is, and the account that has it on record; either may not be there. */
export interface Claim {
  readonly account?: string
  readonly person?: Person
}

export async function claimOf(tx: Transaction, request: SignInRequest): Promise<Claim> {
  if ('email' in request) {
    const row = await tx.selectFrom('accounts').select('id').where('rootEmail', '=', request.email.toLowerCase()).executeTakeFirst()
    const account = row && (await accountOf(tx, row.id))
    return account === undefined ? {} : { account, person: await rootOf(tx, account) }
  }
  const account = await accountOf(tx, request.account)
  if (account === undefined) return {}
  const row = await tx
    .selectFrom('users')
    .select('id')
    .where('account', '=', account)
    .where('nameKey', '=', request.userName.toLowerCase())
    .executeTakeFirst()
  const person = row && (await userOf(tx, row.id))
  return { account, ...(person && { person }) }
}

/** The account that an id or an alias names; undefined when there is none, or it was closed. */
export async function accountOf(tx: Transaction, idOrAlias: string): Promise<string | undefined> {
  const column = /^\d{12}$/.test(idOrAlias) ? 'id' : 'alias'
  const row = await tx.selectFrom('accounts').select('id').where(column, '=', idOrAlias.toLowerCase()).executeTakeFirst()
  if (!row) return undefined
  // Nobody of an account that was closed gets in. Organizations User Guide, "Closing a member account in an organization".
  const closed = await tx
    .selectFrom('organizationAccounts')
    .select('accountId')
    .where('accountId', '=', row.id)
    .where('status', '=', 'SUSPENDED')
    .executeTakeFirst()
  return closed ? undefined : row.id
}

/** The same person as the store has it now; undefined when it is gone. */
export const personNow = (tx: Transaction, { kind, ownerId }: Pick<Person, 'kind' | 'ownerId'>): Promise<Person | undefined> =>
  kind === 'root' ? rootOf(tx, ownerId) : userOf(tx, ownerId)

async function rootOf(tx: Transaction, account: string): Promise<Person> {
  const { hash, changedAt = 0 } = (await settingOf(tx, account, 'rootPassword')) ?? {}
  const row = await tx.selectFrom('accounts').select('alias').where('id', '=', account).executeTakeFirst()
  return {
    kind: 'root',
    account,
    ownerId: account,
    name: 'root',
    arn: rootArn(account),
    ...(row?.alias && { alias: row.alias }),
    ...(hash !== undefined && { password: { hash, changedAt, resetRequired: false, sessionSeconds: null } }),
  }
}

async function userOf(tx: Transaction, id: string): Promise<Person | undefined> {
  const user = await tx.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
  if (!user) return undefined
  const profile = await tx.selectFrom('loginProfiles').selectAll().where('userId', '=', id).executeTakeFirst()
  return {
    kind: 'user',
    account: user.account,
    ownerId: id,
    name: user.name,
    arn: userArn(user.account, user.path, user.name),
    ...(profile && {
      password: {
        hash: profile.passwordHash,
        changedAt: profile.changedAt,
        resetRequired: profile.resetRequired === 1,
        sessionSeconds: profile.signinSessionSeconds,
      },
    }),
  }
}

const dayMilliseconds = 86_400_000

/**
 * Whether a password must be replaced before it lets anybody in, or lets nobody in any more.
 * @see IAM User Guide, "Custom password policy options", expiration
 */
export async function passwordState(
  tx: Transaction,
  { account, kind, password }: Person,
  now: number,
): Promise<'good' | 'replace' | 'over'> {
  if (!password) return 'over'
  const policy = kind === 'user' ? await settingOf(tx, account, 'passwordPolicy') : undefined
  const expired = policy?.maxAge !== undefined && now >= password.changedAt + policy.maxAge * dayMilliseconds
  if (expired && policy.hardExpiry) return 'over'
  return expired || password.resetRequired ? 'replace' : 'good'
}
