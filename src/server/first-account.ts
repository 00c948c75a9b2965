import { policyArn, userArn } from '../identity/arns.ts'
import { newAccessKeyId, newSecretAccessKey, uniqueId } from '../identity/identifiers.ts'
import { recordChange, type Secrets, type Store, type Transaction } from '../store/index.ts'
import type { Random } from '../types/random.ts'
import { sameSecret } from '../types/same-secret.ts'
import type { Configuration } from './configuration.ts'

export interface FirstAccount {
  /** Whether this start made it. */
  readonly made: boolean
  readonly account: string
  readonly administratorArn: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const administratorName = 'administrator'
const settingName = 'administratorKey'

/**
 * Makes the account with its root user and an administrator at first start; later starts find them as they are.
 * @throws Error when a later start asks for another account or key than the data folder has
 */
export async function createFirstAccount(
  store: Store,
  secrets: Secrets,
  configuration: Configuration,
  random: Random,
  now: number,
): Promise<FirstAccount> {
  const known = await store.read(keptAccount)
  if (known) return asBefore(JSON.parse(secrets.decrypt(known.value, settingName).toString('utf8')) as FirstAccount, configuration)
  const account = configuration.account
  const accessKeyId = configuration.accessKeyId ?? newAccessKeyId('permanent', account, random)
  const secretAccessKey = configuration.secretAccessKey ?? newSecretAccessKey(random)
  const first = { account, administratorArn: userArn(account, '/', administratorName), accessKeyId, secretAccessKey }
  const made = await store.write(async tx => {
    // Of nodes that start together one makes the account.
    if (await keptAccount(tx)) return false
    await tx
      .insertInto('accounts')
      .values({ id: account, alias: null, rootEmail: `root@${account}.gatehouse.invalid`, createdAt: now })
      .execute()
    const userId = await makeAdministrator(tx, account, random, now)
    await tx
      .insertInto('accessKeys')
      .values({
        id: accessKeyId,
        account,
        userId,
        secret: secrets.encrypt(secretAccessKey, accessKeyId),
        status: 'Active',
        createdAt: now,
        lastUsedAt: null,
        lastUsedService: null,
        lastUsedRegion: null,
      })
      .execute()
    await tx
      .insertInto('settings')
      .values({ name: settingName, value: secrets.encrypt(JSON.stringify(first), settingName) })
      .execute()
    await recordChange(tx, { account, kind: 'account', id: account, at: now })
    return true
  })
  return made ? { ...first, made } : createFirstAccount(store, secrets, configuration, random, now)
}

const keptAccount = (tx: Transaction) => tx.selectFrom('settings').select('value').where('name', '=', settingName).executeTakeFirst()

async function makeAdministrator(tx: Transaction, account: string, random: Random, now: number): Promise<string> {
  const id = uniqueId('user', random)
  const name = administratorName
  await tx
    .insertInto('users')
    .values({ id, account, name, nameKey: name, path: '/', boundaryArn: null, createdAt: now, passwordLastUsedAt: null })
    .execute()
  const attachment = {
    account,
    ownerKind: 'user',
    ownerId: id,
    policyArn: policyArn('aws', '/', 'AdministratorAccess'),
    attachedAt: now,
  } as const
  await tx.insertInto('policyAttachments').values(attachment).execute()
  return id
}

function asBefore(first: Omit<FirstAccount, 'made'>, { account, accessKeyId, secretAccessKey }: Configuration): FirstAccount {
  if (account !== first.account)
    throw new Error(
      `the data folder holds account ${first.account}: start with --account ${first.account}, or with another folder for ${account}`,
    )
  if (accessKeyId !== undefined && (accessKeyId !== first.accessKeyId || !sameSecret(secretAccessKey ?? '', first.secretAccessKey)))
    throw new Error(
      `the data folder has another administrator key: leave --access-key-id and --secret-access-key out, or use another folder`,
    )
  return { ...first, made: false }
}
