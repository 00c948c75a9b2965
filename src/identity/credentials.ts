import { timingSafeEqual } from 'node:crypto'
import { dataKeyGone, type Secrets, type Store, type Transaction } from '../store/index.ts'
import { assumedRoleArn, federatedUserArn, roleArn, rootArn, userArn } from './arns.ts'
import { BoundedCache, type CacheUse } from './bounded-cache.ts'
import { findConsoleSession } from './console-sessions.ts'
import type { CredentialedPrincipal, RootPrincipal, UserPrincipal } from './principal.ts'
import type { OpenedSession, SessionFacts, Sessions } from './sessions.ts'

/** Why credentials are refused. Each protocol has its own error code for each. */
export class CredentialError extends Error {
  readonly kind: 'unknown' | 'expired'
  constructor(kind: CredentialError['kind'], message: string) {
    super(message)
    this.name = 'CredentialError'
    this.kind = kind
  }
}

export interface Credentials {
  readonly principal: CredentialedPrincipal
  readonly secretAccessKey: string
}

/** Finds whose an access key is. */
export interface CredentialDirectory {
  /**
   * @param sessionToken  as the request carries it; required for temporary keys, refused for others
   * @param now           epoch milliseconds
   * @throws              CredentialError for keys that are unknown, inactive, of a deleted principal, or expired
   */
  find(accessKeyId: string, sessionToken: string | undefined, now: number): Promise<Credentials>
  /** How often the directory answers from memory. */
  cacheUse(): CacheUse
}

interface CachedCredentials extends Credentials {
  readonly sessionToken?: string
}

interface Loaded {
  readonly value: CachedCredentials
  readonly dependencies: readonly string[]
}

const mostCached = 100_000
const unknown = () => new CredentialError('unknown', 'The security token included in the request is invalid.')

/**
 * The directory over the store: answers from memory until the change feed says otherwise.
 * @param current  the store as it is, when the other one lags behind: who signed in a moment ago has the console at once
 */
export function createCredentialDirectory(
  store: Pick<Store, 'read' | 'onChange'>,
  secrets: Secrets,
  sessions: Sessions,
  current: Pick<Store, 'read'> = store,
): CredentialDirectory {
  const cache = new BoundedCache<CachedCredentials>(mostCached)
  store.onChange(changes => cache.invalidate(changes.map(change => change.id)))

  const load = (accessKeyId: string, sessionToken: string | undefined) => async () => {
    if (sessionToken === undefined) return store.read<Loaded>(tx => permanent(tx, secrets, accessKeyId))
    const opened = sessions.open(accessKeyId, sessionToken)
    if (!opened) throw unknown()
    const { consoleSession } = opened.facts
    if (consoleSession !== undefined && !(await current.read(tx => findConsoleSession(tx, consoleSession)))) throw unknown()
    return store.read<Loaded>(tx => temporary(tx, opened, accessKeyId, sessionToken))
  }

  return {
    cacheUse: () => cache.use,
    async find(accessKeyId, sessionToken, now) {
      const found =
        cache.get(accessKeyId) ?? (await cache.load(accessKeyId, load(accessKeyId, sessionToken), `${accessKeyId} ${sessionToken}`))
      // Ids of temporary keys are unique only together with their tokens: another token may be as good, which opening it tells.
      const ours = sameToken(found.sessionToken, sessionToken) ? found : (await load(accessKeyId, sessionToken)()).value
      const expiresAt = ours.principal.session?.expiresAt
      if (expiresAt !== undefined && expiresAt <= now)
        throw new CredentialError('expired', 'The security token included in the request is expired')
      return ours
    },
  }
}

/** In constant time: a token is half of a credential. */
function sameToken(known: string | undefined, given: string | undefined): boolean {
  if (known === undefined || given === undefined) return known === given
  const [a, b] = [Buffer.from(known), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}

async function permanent(tx: Transaction, secrets: Secrets, accessKeyId: string): Promise<Loaded> {
  const key = await tx.selectFrom('accessKeys').selectAll().where('id', '=', accessKeyId).executeTakeFirst()
  if (!key || key.status !== 'Active') throw unknown()
  await refuseClosed(tx, key.account)
  const secretAccessKey = secrets.decrypt(key.secret, accessKeyId).toString('utf8')
  if (key.userId === null)
    return { value: { principal: await root(tx, key.account, accessKeyId), secretAccessKey }, dependencies: [accessKeyId, key.account] }
  const principal = await user(tx, key.userId, accessKeyId)
  return { value: { principal, secretAccessKey }, dependencies: [accessKeyId, key.userId, key.account] }
}

/** Nobody of an account that was closed gets in. Organizations User Guide, "Closing a member account in an organization". */
async function refuseClosed(tx: Transaction, account: string): Promise<void> {
  const closed = await tx
    .selectFrom('organizationAccounts')
    .select('accountId')
    .where('accountId', '=', account)
    .where('status', '=', 'SUSPENDED')
    .executeTakeFirst()
  if (closed) throw unknown()
}

async function temporary(
  tx: Transaction,
  { facts, secretAccessKey, dataKeyId }: OpenedSession,
  accessKeyId: string,
  sessionToken: string,
): Promise<Loaded> {
  await refuseClosed(tx, facts.account)
  const principal = await sessionPrincipal(tx, facts, accessKeyId)
  const { account, ownerId = account, consoleSession } = facts
  const dependencies = [ownerId, account, dataKeyGone(dataKeyId), ...(consoleSession === undefined ? [] : [consoleSession])]
  return { value: { principal, secretAccessKey, sessionToken }, dependencies }
}

/**
 * Whose a session is.
 * @throws CredentialError for one of a principal that was deleted
 */
export async function sessionPrincipal(tx: Transaction, facts: SessionFacts, accessKeyId: string): Promise<CredentialedPrincipal> {
  const { kind, account, ownerId, name = '', ...session } = facts
  switch (kind) {
    case 'root':
      return { ...(await root(tx, account, accessKeyId)), session }
    case 'user':
      return { ...(await user(tx, ownerId as string, accessKeyId)), session }
    case 'federatedUser': {
      const issuer = await (ownerId === undefined ? root(tx, account, accessKeyId) : user(tx, ownerId, accessKeyId))
      const principalId = `${account}:${name}`
      return {
        type: 'federatedUser',
        account,
        arn: federatedUserArn(account, name),
        principalId,
        accessKeyId,
        federatedUserName: name,
        issuer,
        session,
      }
    }
    case 'role': {
      const role = await tx
        .selectFrom('roles')
        .selectAll()
        .where('id', '=', ownerId as string)
        .executeTakeFirst()
      if (!role) throw unknown()
      return {
        type: 'roleSession',
        account,
        arn: assumedRoleArn(account, role.name, name),
        principalId: `${role.id}:${name}`,
        accessKeyId,
        roleArn: roleArn(account, role.path, role.name),
        roleId: role.id,
        roleName: role.name,
        sessionName: name,
        session,
      }
    }
  }
}

async function root(tx: Transaction, account: string, accessKeyId: string): Promise<RootPrincipal> {
  const row = await tx.selectFrom('accounts').select('alias').where('id', '=', account).executeTakeFirst()
  const alias = row?.alias ?? undefined
  return { type: 'root', account, arn: rootArn(account), principalId: account, accessKeyId, ...(alias !== undefined && { alias }) }
}

async function user(tx: Transaction, userId: string, accessKeyId: string): Promise<UserPrincipal> {
  const row = await tx.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirst()
  if (!row) throw unknown()
  const arn = userArn(row.account, row.path, row.name)
  return { type: 'user', account: row.account, arn, principalId: row.id, accessKeyId, userId: row.id, userName: row.name }
}
