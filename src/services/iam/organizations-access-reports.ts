import { serviceNames } from '../../catalogue/service-names.ts'
import { chainOf, membersBelow } from '../../identity/organization-of.ts'
import { awsPolicy } from '../../identity/organization-policies.ts'
import type { Transaction } from '../../store/index.ts'
import type { OrganizationsTable } from '../../store/tables/organizations.ts'
import type { AccessDetail } from '../../wire/models/iam.ts'
import type { AccessContext, CallContext } from '../operation.ts'
import { anyResource } from './access.ts'
import { trackingPeriod } from './last-accessed.ts'
import { type PageRequest, pageThrough } from './paging.ts'
import { iam } from './service.ts'
import { coversService } from './service-grants.ts'

/** What a report was made of; with an error there is nothing in it. */
interface Job {
  readonly namespaces: readonly string[]
  /** Accounts whose use counts, with their paths. */
  readonly accounts: { readonly [account: string]: string }
  readonly error?: { readonly Code: string; readonly Message: string }
}

type Context = CallContext & { readonly tx: Transaction }

const reportKind = 'organizationsAccess'

/** GenerateOrganizationsAccessReport: of a root, unit or account, or of a policy there. IAM API Reference, same name. */
export const GenerateOrganizationsAccessReport = iam.operation('GenerateOrganizationsAccessReport', {
  // It reads, says CloudTrail; the report is kept all the same.
  transaction: 'write',
  access: ({ EntityPath, OrganizationsPolicyId }, { account }: AccessContext) => ({
    resource: `arn:aws:iam::${account}:access-report/${EntityPath}`,
    keys: OrganizationsPolicyId === undefined ? {} : { 'iam:OrganizationsPolicyId': OrganizationsPolicyId },
  }),

  async handle({ EntityPath, OrganizationsPolicyId }, context) {
    const { tx, account, now, world } = context
    const id = world.random.uuid()
    const value = JSON.stringify(await jobOf(EntityPath, OrganizationsPolicyId, context))
    await tx.insertInto('iamJobs').values({ id, account, kind: reportKind, createdAt: now, value }).execute()
    return { JobId: id }
  },
})

const failed = (Code: string, Message: string): Job => ({ namespaces: [], accounts: {}, error: { Code, Message } })

/** The operation has no errors for what is wrong with the request: the report fails and says why. */
async function jobOf(path: string, policyId: string | undefined, { tx, account }: Context): Promise<Job> {
  const organization = await tx.selectFrom('organizations').selectAll().where('managementAccount', '=', account).executeTakeFirst()
  if (!organization) return failed('NotManagementAccount', 'The account is not the management account of an organization.')
  if (!(JSON.parse(organization.policyTypes) as string[]).includes('SERVICE_CONTROL_POLICY'))
    return failed('ServiceControlPoliciesNotEnabled', 'Service control policies are not enabled for the organization root.')
  const entity = path.replace(/\/$/, '').split('/').at(-1) as string
  const chain = await chainTo(tx, organization, entity)
  if (!chain || [organization.id, ...chain].join('/') !== path.replace(/\/$/, ''))
    return failed('EntityPathNotFound', `The organization has no entity of the path ${path}.`)
  const all = Object.keys(serviceNames)
  const accounts = await accountsBelow(tx, organization, entity)
  // The management account is not limited by SCPs; a policy that is named for it is ignored.
  if (entity === organization.managementAccount) return { namespaces: all, accounts }
  if (policyId === undefined) return { namespaces: all.filter(allowedAt(await policiesAt(tx, organization, chain))), accounts }
  const policy = await policyText(tx, organization, policyId)
  if (policy === undefined) return failed('PolicyNotFound', `The organization has no service control policy ${policyId}.`)
  const namespaces = all.filter(namespace => coversService({ text: policy }, namespace))
  return { namespaces, accounts: await limitedBy(tx, organization, policyId, accounts) }
}

/** Ids from the root to an entity, itself included; undefined when the organization has none such. */
async function chainTo(tx: Transaction, { id, rootId }: OrganizationsTable, entity: string): Promise<readonly string[] | undefined> {
  if (entity.startsWith('r-') || entity.startsWith('ou-')) {
    const chain = await chainOf(tx, entity)
    return chain[0] === rootId ? chain : undefined
  }
  const member = await tx
    .selectFrom('organizationAccounts')
    .select('parentId')
    .where('accountId', '=', entity)
    .where('organizationId', '=', id)
    .executeTakeFirst()
  return member && [...(await chainOf(tx, member.parentId)), entity]
}

/** Accounts at or below an entity with their paths; the management account only for itself. */
async function accountsBelow(tx: Transaction, organization: OrganizationsTable, entity: string): Promise<Job['accounts']> {
  const members = await membersBelow(tx, organization.id)
  const chosen = members.filter(({ accountId, chain }) =>
    entity === organization.managementAccount
      ? accountId === entity
      : accountId !== organization.managementAccount && (accountId === entity || chain.includes(entity)),
  )
  return Object.fromEntries(chosen.map(({ accountId, chain }) => [accountId, [organization.id, ...chain, accountId].join('/')]))
}

/** Texts of the SCPs that are attached at each level. */
async function policiesAt(tx: Transaction, organization: OrganizationsTable, chain: readonly string[]): Promise<string[][]> {
  const rows = await tx
    .selectFrom('organizationPolicyTargets')
    .select(['targetId', 'policyId'])
    .where('organizationId', '=', organization.id)
    .where('targetId', 'in', chain)
    .execute()
  const levels: string[][] = []
  for (const level of chain) {
    const texts: string[] = []
    for (const { policyId } of rows.filter(({ targetId }) => targetId === level)) {
      const text = await policyText(tx, organization, policyId)
      if (text !== undefined) texts.push(text)
    }
    levels.push(texts)
  }
  return levels
}

const allowedAt = (levels: readonly (readonly string[])[]) => (namespace: string) =>
  levels.every(texts => texts.some(text => coversService({ text }, namespace)))

async function policyText(tx: Transaction, { id }: OrganizationsTable, policyId: string): Promise<string | undefined> {
  const fromAws = awsPolicy(policyId)
  if (fromAws) return fromAws.type === 'SERVICE_CONTROL_POLICY' ? fromAws.content : undefined
  const row = await tx
    .selectFrom('organizationPolicies')
    .select('content')
    .where('id', '=', policyId)
    .where('organizationId', '=', id)
    .where('type', '=', 'SERVICE_CONTROL_POLICY')
    .executeTakeFirst()
  return row?.content
}

/** Of some accounts, those that a policy applies to: by attachment to them or to whatever they are in. */
async function limitedBy(
  tx: Transaction,
  { id }: OrganizationsTable,
  policyId: string,
  accounts: Job['accounts'],
): Promise<Job['accounts']> {
  const targets = await tx
    .selectFrom('organizationPolicyTargets')
    .select('targetId')
    .where('organizationId', '=', id)
    .where('policyId', '=', policyId)
    .execute()
  return Object.fromEntries(
    Object.entries(accounts).filter(([, path]) => targets.some(({ targetId }) => path.split('/').includes(targetId))),
  )
}

/** GetOrganizationsAccessReport: one line for each service that the SCPs allow something of. IAM API Reference, same name. */
export const GetOrganizationsAccessReport = iam.operation('GetOrganizationsAccessReport', {
  access: () => anyResource,

  reach: (_input, { world }) => world.lastUses.flush(),

  async handle(input, context) {
    const { tx, account } = context
    const row = await tx
      .selectFrom('iamJobs')
      .selectAll()
      .where('id', '=', input.JobId)
      .where('account', '=', account)
      .where('kind', '=', reportKind)
      .executeTakeFirst()
    if (!row) throw new iam.NoSuchEntity(`Cannot find the job with id ${input.JobId}`)
    const job = JSON.parse(row.value) as Job
    const at = new Date(row.createdAt)
    const times = { JobCreationDate: at, JobCompletionDate: at }
    if (job.error) return { JobStatus: 'FAILED', ...times, ErrorDetails: job.error }
    const details = sorted(await detailsOf(job, context), input.SortKey)
    const { items, end } = pageThrough(details, input as PageRequest, ({ key }) => key)
    return {
      JobStatus: 'COMPLETED',
      ...times,
      NumberOfServicesAccessible: details.length,
      NumberOfServicesNotAccessed: details.filter(({ detail }) => detail.LastAuthenticatedTime === undefined).length,
      AccessDetails: items.map(({ detail }) => detail),
      ...end,
    }
  },
})

async function detailsOf({ namespaces, accounts }: Job, { tx, now }: Context): Promise<AccessDetail[]> {
  const ids = Object.keys(accounts)
  const uses =
    ids.length === 0
      ? []
      : await tx
          .selectFrom('serviceUses')
          .select(['account', 'service', 'region', 'lastAt'])
          .where('account', 'in', ids)
          .where('lastAt', '>', now - trackingPeriod)
          .orderBy('lastAt', 'desc')
          .execute()
  const byService = Map.groupBy(uses, ({ service }) => service)
  return namespaces.map(namespace => {
    const base = { ServiceName: serviceNames[namespace] ?? namespace, ServiceNamespace: namespace }
    const [last, ...earlier] = byService.get(namespace) ?? []
    if (!last) return { ...base, TotalAuthenticatedEntities: 0 }
    return {
      ...base,
      Region: last.region,
      ...(accounts[last.account] !== undefined && { EntityPath: accounts[last.account] as string }),
      LastAuthenticatedTime: new Date(last.lastAt),
      TotalAuthenticatedEntities: new Set([last, ...earlier].map(use => use.account)).size,
    }
  })
}

/** In the order asked for, each with a key that pages go on from. */
function sorted(details: readonly AccessDetail[], order = 'SERVICE_NAMESPACE_ASCENDING'): { key: string; detail: AccessDetail }[] {
  const byTime = order.startsWith('LAST_AUTHENTICATED_TIME')
  const keyOf = ({ ServiceNamespace, LastAuthenticatedTime }: AccessDetail) =>
    byTime ? `${String(LastAuthenticatedTime?.getTime() ?? 0).padStart(15, '0')} ${ServiceNamespace}` : ServiceNamespace
  const ascending = details.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const inOrder = order.endsWith('DESCENDING') ? ascending.toReversed() : ascending
  return inOrder.map((detail, i) => ({ key: String(i).padStart(8, '0'), detail }))
}
