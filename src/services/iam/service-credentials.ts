import type { Selectable } from 'kysely'
import { hashPassword } from '../../identity/passwords.ts'
import { base32 } from '../../identity/totp.ts'
import { type Database, recordChange, type Transaction } from '../../store/index.ts'
import type { AccessContext, CallContext } from '../operation.ts'
import { anyResource, type Keys, namedUser, userAccess } from './access.ts'
import { settableStatus } from './credential-status.ts'
import { requireUser, type UserRow } from './entities.ts'
import { pageOf, rowsWanted, startAfter } from './paging.ts'
import { quotaOf } from './quotas.ts'
import { iam } from './service.ts'

type CredentialRow = Selectable<Database['serviceCredentials']>
type Context = CallContext & { readonly tx: Transaction }

/** Services with credentials of their own, and whether theirs are API keys. IAM User Guide, "Service-specific credentials". */
const services: { readonly [service: string]: { readonly apiKey: boolean } } = {
  'codecommit.amazonaws.com': { apiKey: false },
  'cassandra.amazonaws.com': { apiKey: false },
  'bedrock.amazonaws.com': { apiKey: true },
  'logs.amazonaws.com': { apiKey: true },
}

/** @throws NotSupportedService */
function requireService(name: string): { readonly apiKey: boolean } {
  const service = services[name]
  if (!service) throw new iam.NotSupportedService(`No such service ${name} is supported for Service Specific Credentials`)
  return service
}

const day = 86_400_000

const serviceKey = (service: string | undefined): Keys =>
  service === undefined ? {} : { 'iam:ServiceSpecificCredentialServiceName': service }

/** Access to a credential's user, with the credential's service as condition key. */
async function credentialAccess(name: string | undefined, id: string, context: AccessContext) {
  const row = await context.tx.selectFrom('serviceCredentials').select('service').where('id', '=', id).executeTakeFirst()
  return userAccess(context, namedUser(name, context), serviceKey(row?.service))
}

/** @throws NoSuchEntity */
async function requireCredential(tx: Transaction, user: UserRow, id: string): Promise<CredentialRow> {
  const row = await tx.selectFrom('serviceCredentials').selectAll().where('id', '=', id).where('userId', '=', user.id).executeTakeFirst()
  if (!row) throw new iam.NoSuchEntity(`No such credential ${id} exists`)
  return row
}

/** As IAM tells it: a credential whose time is over is Expired, whatever it was set to. */
const statusOf = (row: CredentialRow, now: number): string => (row.expiresAt !== null && row.expiresAt <= now ? 'Expired' : row.status)

function metadata(row: CredentialRow, userName: string, now: number) {
  const name = services[row.service]?.apiKey ? { ServiceCredentialAlias: row.serviceUserName } : { ServiceUserName: row.serviceUserName }
  return {
    UserName: userName,
    Status: statusOf(row, now),
    ...name,
    CreateDate: new Date(row.createdAt),
    ...(row.expiresAt === null ? {} : { ExpirationDate: new Date(row.expiresAt) }),
    ServiceSpecificCredentialId: row.id,
    ServiceName: row.service,
  }
}

/** With its secret, which is told when it is made or reset and never again. */
const withSecret = (row: CredentialRow, userName: string, secret: string, now: number) => ({
  ...metadata(row, userName, now),
  ...(services[row.service]?.apiKey ? { ServiceCredentialSecret: secret } : { ServicePassword: secret }),
})

/** As long as AWS's: 256 bits. AWS CLI reference, "create-service-specific-credential". */
const newSecret = ({ world }: Context): string => Buffer.from(world.random.bytes(32)).toString('base64')

/** The first name that is free: `Bob-at-111122223333`, then `Bob+1-at-111122223333`. */
function freeName(userName: string, account: string, taken: ReadonlySet<string>, count = 0): string {
  const name = `${userName}${count === 0 ? '' : `+${count}`}-at-${account}`
  return taken.has(name) ? freeName(userName, account, taken, count + 1) : name
}

/** CreateServiceSpecificCredential. IAM API Reference, "CreateServiceSpecificCredential". */
export const CreateServiceSpecificCredential = iam.operation('CreateServiceSpecificCredential', {
  access: ({ UserName, ServiceName, CredentialAgeDays }, context) =>
    userAccess(context, UserName, {
      ...serviceKey(ServiceName),
      ...(CredentialAgeDays === undefined ? {} : { 'iam:ServiceSpecificCredentialAgeDays': CredentialAgeDays }),
    }),

  async handle({ UserName, ServiceName, CredentialAgeDays }, context) {
    const { tx, account, now, world } = context
    const user = await requireUser(tx, account, UserName)
    const service = requireService(ServiceName)
    if (CredentialAgeDays !== undefined && !service.apiKey) {
      throw new iam.InvalidInput(`CredentialAgeDays is not supported for service ${ServiceName}.`)
    }
    const others = await tx
      .selectFrom('serviceCredentials')
      .select('serviceUserName')
      .where('userId', '=', user.id)
      .where('service', '=', ServiceName)
      .execute()
    const most = quotaOf(world, 'ServiceSpecificCredentialsPerServicePerUser')
    if (others.length >= most) throw new iam.LimitExceeded(`Cannot exceed quota for ServiceSpecificCredentialsPerUser: ${most}`)
    const secret = newSecret(context)
    const taken = new Set(others.map(({ serviceUserName }) => serviceUserName))
    const row: CredentialRow = {
      id: `ACCA${base32(world.random.bytes(11)).slice(0, 17)}`,
      account,
      userId: user.id,
      service: ServiceName,
      serviceUserName: freeName(user.name, account, taken),
      passwordHash: await hashPassword(secret, world.random),
      status: 'Active',
      createdAt: now,
      expiresAt: CredentialAgeDays === undefined ? null : now + CredentialAgeDays * day,
    }
    await tx.insertInto('serviceCredentials').values(row).execute()
    await recordChange(tx, { account, kind: 'serviceCredential', id: row.id, at: now })
    return { ServiceSpecificCredential: withSecret(row, user.name, secret, now) }
  },
})

/** ListServiceSpecificCredentials: one user's, or every user's. IAM API Reference, "ListServiceSpecificCredentials". */
export const ListServiceSpecificCredentials = iam.operation('ListServiceSpecificCredentials', {
  access: ({ UserName, AllUsers }, context) => (AllUsers ? anyResource : userAccess(context, namedUser(UserName, context))),

  async handle(input, context) {
    const { tx, account, now } = context
    if (input.AllUsers && input.UserName !== undefined)
      throw new iam.ValidationError('AllUsers cannot be specified together with UserName.')
    if (input.ServiceName !== undefined) requireService(input.ServiceName)
    const user = input.AllUsers ? undefined : await requireUser(tx, account, namedUser(input.UserName, context))
    const [after] = startAfter(input, 1) ?? []
    const rows = await tx
      .selectFrom('serviceCredentials')
      .innerJoin('users', 'users.id', 'serviceCredentials.userId')
      .selectAll('serviceCredentials')
      .select('users.name as userName')
      .where('serviceCredentials.account', '=', account)
      .$if(user !== undefined, query => query.where('userId', '=', user?.id ?? ''))
      .$if(input.ServiceName !== undefined, query => query.where('service', '=', input.ServiceName ?? ''))
      .$if(after !== undefined, query => query.where('serviceCredentials.id', '>', after ?? ''))
      .orderBy('serviceCredentials.id')
      .limit(rowsWanted(input))
      .execute()
    const { items, end } = pageOf(rows, input, ({ id }) => [id])
    return { ServiceSpecificCredentials: items.map(row => metadata(row, row.userName, now)), ...end }
  },
})

/** UpdateServiceSpecificCredential: activates or deactivates. IAM API Reference, "UpdateServiceSpecificCredential". */
export const UpdateServiceSpecificCredential = iam.operation('UpdateServiceSpecificCredential', {
  access: ({ UserName, ServiceSpecificCredentialId }, context) => credentialAccess(UserName, ServiceSpecificCredentialId, context),

  async handle({ UserName, ServiceSpecificCredentialId, Status }, context) {
    const { tx, account, now } = context
    const user = await requireUser(tx, account, namedUser(UserName, context))
    const row = await requireCredential(tx, user, ServiceSpecificCredentialId)
    await tx
      .updateTable('serviceCredentials')
      .set({ status: settableStatus(Status) })
      .where('id', '=', row.id)
      .execute()
    await recordChange(tx, { account, kind: 'serviceCredential', id: row.id, at: now })
    return {}
  },
})

/** ResetServiceSpecificCredential: a new secret at once. IAM API Reference, "ResetServiceSpecificCredential". */
export const ResetServiceSpecificCredential = iam.operation('ResetServiceSpecificCredential', {
  access: ({ UserName, ServiceSpecificCredentialId }, context) => credentialAccess(UserName, ServiceSpecificCredentialId, context),

  async handle({ UserName, ServiceSpecificCredentialId }, context) {
    const { tx, account, now, world } = context
    const user = await requireUser(tx, account, namedUser(UserName, context))
    const row = await requireCredential(tx, user, ServiceSpecificCredentialId)
    const secret = newSecret(context)
    const passwordHash = await hashPassword(secret, world.random)
    await tx.updateTable('serviceCredentials').set({ passwordHash }).where('id', '=', row.id).execute()
    await recordChange(tx, { account, kind: 'serviceCredential', id: row.id, at: now })
    return { ServiceSpecificCredential: withSecret(row, user.name, secret, now) }
  },
})

/** DeleteServiceSpecificCredential. IAM API Reference, "DeleteServiceSpecificCredential". */
export const DeleteServiceSpecificCredential = iam.operation('DeleteServiceSpecificCredential', {
  access: ({ UserName, ServiceSpecificCredentialId }, context) => credentialAccess(UserName, ServiceSpecificCredentialId, context),

  async handle({ UserName, ServiceSpecificCredentialId }, context) {
    const { tx, account, now } = context
    const user = await requireUser(tx, account, namedUser(UserName, context))
    const row = await requireCredential(tx, user, ServiceSpecificCredentialId)
    await tx.deleteFrom('serviceCredentials').where('id', '=', row.id).execute()
    await recordChange(tx, { account, kind: 'serviceCredential', id: row.id, at: now })
    return {}
  },
})
