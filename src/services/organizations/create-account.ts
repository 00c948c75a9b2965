import { ensureServiceLinkedRole } from '../../identity/service-linked-roles.ts'
import { policyArn, rootArn } from '../../identity/arns.ts'
import { uniqueId } from '../../identity/identifiers.ts'
import { recordChange, type Transaction } from '../../store/index.ts'
import type { CreateAccountRequestsTable, OrganizationsTable } from '../../store/tables/organizations.ts'
import type { Random } from '../../types/random.ts'
import type { CreateAccountStatus } from '../../wire/models/organizations.ts'
import { newAccountId, newRequestId } from './identifiers.ts'
import { anyResource, organizationChanged, requireManagement, requireReader } from './membership.ts'
import { pageOf, rowsWanted, startAfter } from './paging.ts'
import { attachAwsPolicies } from './policy-types.ts'
import { checkQuota } from './quotas.ts'
import { createAccountResult, createAccountTrail } from './result-records.ts'
import { organizations } from './service.ts'
import { requestTagKeys, tag } from './tags.ts'

/** The role when the caller names none. */
const defaultRoleName = 'OrganizationAccountAccessRole'

/**
 * CreateAccount: answers that the work has begun, as AWS does; here it is also done, and DescribeCreateAccountStatus tells how it ended.
 * Organizations API Reference, "CreateAccount".
 */
export const CreateAccount = organizations.operation('CreateAccount', {
  access: ({ Tags }) => ({ ...anyResource, keys: requestTagKeys(Tags) }),

  async handle({ AccountName, Email, RoleName = defaultRoleName, Tags = [] }, context) {
    const { tx, account, now, world } = context
    const organization = await requireManagement(tx, account)
    const members = await tx.selectFrom('organizationAccounts').select('accountId').where('organizationId', '=', organization.id).execute()
    checkQuota(world, 'AccountsPerOrganization', members.length)
    const request: CreateAccountRequestsTable = {
      id: newRequestId(world.random),
      organizationId: organization.id,
      name: AccountName,
      accountId: null,
      state: 'FAILED',
      failureReason: 'EMAIL_ALREADY_EXISTS',
      requestedAt: now,
    }
    const taken = await tx.selectFrom('accounts').select('id').where('rootEmail', '=', Email.toLowerCase()).executeTakeFirst()
    if (taken) {
      await tx.insertInto('createAccountRequests').values(request).execute()
      context.alsoRecord(createAccountResult(request, context))
      return { CreateAccountStatus: statusInProgress(request) }
    }
    const id = await makeAccount(tx, organization, { name: AccountName, email: Email, now, random: world.random })
    await makeAccessRole(tx, { account: id, name: RoleName, trusted: organization.managementAccount, now, random: world.random })
    await tag(tx, id, Tags)
    const done = { ...request, accountId: id, state: 'SUCCEEDED', failureReason: null } as const
    await tx.insertInto('createAccountRequests').values(done).execute()
    context.alsoRecord(createAccountResult(done, context))
    return { CreateAccountStatus: statusInProgress(request) }
  },

  trail: createAccountTrail,
})

interface NewAccount {
  readonly name: string
  readonly email: string
  readonly now: number
  readonly random: Random
}

async function makeAccount(tx: Transaction, organization: OrganizationsTable, { name, email, now, random }: NewAccount): Promise<string> {
  let id = newAccountId(random)
  while (await tx.selectFrom('accounts').select('id').where('id', '=', id).executeTakeFirst()) id = newAccountId(random)
  await tx.insertInto('accounts').values({ id, alias: null, rootEmail: email.toLowerCase(), createdAt: now }).execute()
  const place = { accountId: id, organizationId: organization.id, parentId: organization.rootId }
  await tx
    .insertInto('organizationAccounts')
    .values({ ...place, name, email, joinedMethod: 'CREATED', joinedAt: now, status: 'ACTIVE' })
    .execute()
  await attachAwsPolicies(tx, organization, [id])
  await ensureServiceLinkedRole(tx, { account: id, service: organizations.eventSource, now, random })
  await organizationChanged(tx, organization, now)
  await recordChange(tx, { account: id, kind: 'account', id, at: now })
  return id
}

interface AccessRole {
  readonly account: string
  readonly name: string
  /** The management account, all of whose principals may be allowed to assume the role. */
  readonly trusted: string
  readonly now: number
  readonly random: Random
}

/** The role through which the management account gets in. Organizations User Guide, "Accessing member accounts in an organization". */
async function makeAccessRole(tx: Transaction, { account, name, trusted, now, random }: AccessRole): Promise<void> {
  const id = uniqueId('role', random)
  const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: rootArn(trusted) }, Action: 'sts:AssumeRole' }] }
  await tx
    .insertInto('roles')
    .values({
      id,
      account,
      name,
      nameKey: name.toLowerCase(),
      path: '/',
      description: null,
      trustPolicy: JSON.stringify(trust),
      maxSessionSeconds: 3600,
      boundaryArn: null,
      createdAt: now,
      lastUsedAt: null,
      lastUsedRegion: null,
    })
    .execute()
  const policy = policyArn('aws', '/', 'AdministratorAccess')
  await tx.insertInto('policyAttachments').values({ account, ownerKind: 'role', ownerId: id, policyArn: policy, attachedAt: now }).execute()
  await recordChange(tx, { account, kind: 'role', id, at: now })
}

/** DescribeCreateAccountStatus. Organizations API Reference, "DescribeCreateAccountStatus". */
export const DescribeCreateAccountStatus = organizations.operation('DescribeCreateAccountStatus', {
  access: () => anyResource,

  async handle({ CreateAccountRequestId }, { tx, account }) {
    const organization = await requireReader(tx, account)
    const request = await tx
      .selectFrom('createAccountRequests')
      .selectAll()
      .where('id', '=', CreateAccountRequestId)
      .where('organizationId', '=', organization.id)
      .executeTakeFirst()
    if (!request) {
      throw new organizations.CreateAccountStatusNotFoundException(
        "We can't find an create account request with the CreateAccountRequestId that you specified.",
      )
    }
    return { CreateAccountStatus: statusShape(request) }
  },
})

/** ListCreateAccountStatus: those of the states asked for. Organizations API Reference, "ListCreateAccountStatus". */
export const ListCreateAccountStatus = organizations.operation('ListCreateAccountStatus', {
  access: () => anyResource,

  async handle(input, { tx, account }) {
    const organization = await requireReader(tx, account)
    const rows = await tx
      .selectFrom('createAccountRequests')
      .selectAll()
      .where('organizationId', '=', organization.id)
      .where('id', '>', startAfter(input))
      .$if(input.States !== undefined && input.States.length > 0, query =>
        query.where('state', 'in', (input.States ?? []) as CreateAccountRequestsTable['state'][]),
      )
      .orderBy('id')
      .limit(rowsWanted(input))
      .execute()
    const { items, end } = pageOf(rows, input, row => row.id)
    return { CreateAccountStatuses: items.map(statusShape), ...end }
  },
})

const statusInProgress = ({ id, name, requestedAt }: CreateAccountRequestsTable): CreateAccountStatus => ({
  Id: id,
  AccountName: name,
  State: 'IN_PROGRESS',
  RequestedTimestamp: new Date(requestedAt),
})

const statusShape = (request: CreateAccountRequestsTable): CreateAccountStatus => ({
  ...statusInProgress(request),
  State: request.state,
  CompletedTimestamp: new Date(request.requestedAt),
  ...(request.accountId !== null && { AccountId: request.accountId }),
  ...(request.failureReason !== null && { FailureReason: request.failureReason }),
})
