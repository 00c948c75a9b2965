import { serviceNames } from '../../catalogue/service-names.ts'
import { groupArn, roleArn, userArn } from '../../identity/arns.ts'
import type { Transaction } from '../../store/index.ts'
import type { EntityInfo, ServiceLastAccessed } from '../../wire/models/iam.ts'
import type { AccessContext, CallContext } from '../operation.ts'
import { anyResource, policyAccess } from './access.ts'
import { findPolicy } from './managed-policies.ts'
import { type PageRequest, pageThrough } from './paging.ts'
import { heldPolicies, managedPolicyText, requireEntity } from './principal-policies.ts'
import { iam } from './service.ts'
import { servicesGranted } from './service-grants.ts'
import { entityAccess } from './simulations.ts'

/** How far back last-accessed information goes. IAM User Guide, "Things to know about last accessed information". */
export const trackingPeriod = 400 * 86_400_000

/** What a report was asked for. */
interface Job {
  /** The user, or the role within a session, that alone may read it. IAM API Reference, "GenerateServiceLastAccessedDetails", JobId. */
  readonly requestedBy: string | undefined
  readonly granularity: string
  readonly namespaces: readonly string[]
  /** Users and roles whose use counts. */
  readonly entityIds: readonly string[]
}

type Context = CallContext & { readonly tx: Transaction }

const isPolicy = (arn: string): boolean => /:policy\//.test(arn)

/** GenerateServiceLastAccessedDetails: of a user, group, role or policy. IAM API Reference, same name. */
export const GenerateServiceLastAccessedDetails = iam.operation('GenerateServiceLastAccessedDetails', {
  // It reads, says CloudTrail; the report is kept all the same.
  transaction: 'write',
  access: ({ Arn }, context: AccessContext) => (isPolicy(Arn) ? policyAccess(context, Arn) : entityAccess(context, Arn)),

  async handle({ Arn, Granularity = 'SERVICE_LEVEL' }, context) {
    const { tx, account, now, world } = context
    const job: Job = {
      requestedBy: requesterOf(context),
      granularity: Granularity,
      ...(isPolicy(Arn) ? await ofPolicy(Arn, context) : await ofEntity(Arn, context)),
    }
    const id = world.random.uuid()
    await tx
      .insertInto('iamJobs')
      .values({ id, account, kind: 'lastAccessed', createdAt: now, value: JSON.stringify(job) })
      .execute()
    return { JobId: id }
  },
})

async function ofEntity(arn: string, { tx, account }: Context): Promise<Pick<Job, 'namespaces' | 'entityIds'>> {
  const entity = await requireEntity(tx, account, arn)
  const held = await heldPolicies(tx, entity)
  return { namespaces: namespacesOf(held), entityIds: entity.kind === 'group' ? await membersOf(tx, entity.row.id) : [entity.row.id] }
}

async function ofPolicy(arn: string, { tx, account }: Context): Promise<Pick<Job, 'namespaces' | 'entityIds'>> {
  if (!(await findPolicy(tx, account, arn))) throw new iam.NoSuchEntity(`Policy ${arn} was not found.`)
  const policy = await managedPolicyText(tx, account, arn)
  const owners = await tx
    .selectFrom('policyAttachments')
    .select(['ownerKind', 'ownerId'])
    .where('account', '=', account)
    .where('policyArn', '=', arn)
    .execute()
  const entityIds = new Set<string>()
  for (const { ownerKind, ownerId } of owners) {
    for (const id of ownerKind === 'group' ? await membersOf(tx, ownerId) : [ownerId]) entityIds.add(id)
  }
  return { namespaces: namespacesOf(policy ? [policy] : []), entityIds: [...entityIds] }
}

async function membersOf(tx: Transaction, groupId: string): Promise<string[]> {
  const rows = await tx.selectFrom('groupMembers').select('userId').where('groupId', '=', groupId).execute()
  return rows.map(({ userId }) => userId)
}

const namespacesOf = (policies: readonly { readonly text: string }[]): string[] =>
  [...new Set(policies.flatMap(policy => servicesGranted(policy, Object.keys(serviceNames))))].sort()

const requesterOf = ({ principal }: CallContext): string | undefined => ('principalId' in principal ? principal.principalId : undefined)

/** @throws NoSuchEntity, for what somebody else asked for too */
async function requireJob(id: string, context: Context): Promise<Job & { createdAt: number }> {
  const { tx, account } = context
  const row = await tx
    .selectFrom('iamJobs')
    .selectAll()
    .where('id', '=', id)
    .where('account', '=', account)
    .where('kind', '=', 'lastAccessed')
    .executeTakeFirst()
  const job = row && { ...(JSON.parse(row.value) as Job), createdAt: row.createdAt }
  if (!job || job.requestedBy !== requesterOf(context)) throw new iam.NoSuchEntity(`Cannot find the job with id ${id}`)
  return job
}

/** Uses within the tracking period, latest first. */
async function usesOf(job: Job, service: string | undefined, { tx, now }: Context) {
  if (job.entityIds.length === 0) return []
  return tx
    .selectFrom('serviceUses')
    .selectAll()
    .where('entityId', 'in', job.entityIds)
    .where('lastAt', '>', now - trackingPeriod)
    .$if(service !== undefined, query => query.where('service', '=', service ?? ''))
    .orderBy('lastAt', 'desc')
    .execute()
}

/** GetServiceLastAccessedDetails: one line for each service that the policies give access to. IAM API Reference, same name. */
export const GetServiceLastAccessedDetails = iam.operation('GetServiceLastAccessedDetails', {
  access: () => anyResource,

  reach: (_input, { world }) => world.lastUses.flush(),

  async handle(input, context) {
    const job = await requireJob(input.JobId, context)
    const uses = Map.groupBy(await usesOf(job, undefined, context), use => use.service)
    const arns = await arnsOf(context.tx, job.entityIds)
    const { items, end } = pageThrough(job.namespaces, input as PageRequest, namespace => namespace)
    const at = new Date(job.createdAt)
    return {
      JobStatus: 'COMPLETED',
      JobType: job.granularity,
      JobCreationDate: at,
      JobCompletionDate: at,
      ServicesLastAccessed: items.map(namespace => line(namespace, uses.get(namespace) ?? [], arns, job.granularity)),
      ...end,
    }
  },
})

type Uses = Awaited<ReturnType<typeof usesOf>>

function line(namespace: string, uses: Uses, arns: ReadonlyMap<string, EntityInfo>, granularity: string): ServiceLastAccessed {
  const [last] = uses
  const base = { ServiceName: serviceNames[namespace] ?? namespace, ServiceNamespace: namespace }
  if (!last) return { ...base, TotalAuthenticatedEntities: 0 }
  const tracked = uses.map(use => ({
    ActionName: use.action,
    LastAccessedEntity: arns.get(use.entityId)?.Arn ?? use.entityId,
    LastAccessedTime: new Date(use.lastAt),
    LastAccessedRegion: use.region,
  }))
  return {
    ...base,
    LastAuthenticated: new Date(last.lastAt),
    LastAuthenticatedEntity: arns.get(last.entityId)?.Arn ?? last.entityId,
    LastAuthenticatedRegion: last.region,
    TotalAuthenticatedEntities: new Set(uses.map(use => use.entityId)).size,
    ...(granularity === 'ACTION_LEVEL'
      ? { TrackedActionsLastAccessed: [...new Map(tracked.toReversed().map(use => [use.ActionName, use])).values()] }
      : {}),
  }
}

/** GetServiceLastAccessedDetailsWithEntities: who used one service. IAM API Reference, same name. */
export const GetServiceLastAccessedDetailsWithEntities = iam.operation('GetServiceLastAccessedDetailsWithEntities', {
  access: () => anyResource,

  reach: (_input, { world }) => world.lastUses.flush(),

  async handle(input, context) {
    const job = await requireJob(input.JobId, context)
    const uses = await usesOf(job, input.ServiceNamespace, context)
    const infos = await arnsOf(context.tx, job.entityIds)
    const last = new Map(uses.toReversed().map(use => [use.entityId, use.lastAt]))
    const placed = [...infos.values()].map(info => ({ info, place: placeOf(info.Id, last.get(info.Id)) }))
    placed.sort((a, b) => (a.place < b.place ? -1 : 1))
    const { items, end } = pageThrough(placed, input as PageRequest, ({ place }) => place)
    const at = new Date(job.createdAt)
    return {
      JobStatus: 'COMPLETED',
      JobCreationDate: at,
      JobCompletionDate: at,
      EntityDetailsList: items.map(({ info: EntityInfo }) => {
        const lastAt = last.get(EntityInfo.Id)
        return { EntityInfo, ...(lastAt === undefined ? {} : { LastAuthenticated: new Date(lastAt) }) }
      }),
      ...end,
    }
  },
})

/** The most recent access is listed first, who never had any last: the place in the list as text that sorts. */
const placeOf = (id: string, lastAt = 0): string => `${String(Number.MAX_SAFE_INTEGER - lastAt).padStart(16, '0')} ${id}`

/** Users and roles by unique id. */
async function arnsOf(tx: Transaction, ids: readonly string[]): Promise<ReadonlyMap<string, EntityInfo>> {
  if (ids.length === 0) return new Map()
  const infos = new Map<string, EntityInfo>()
  for (const [table, type, arn] of [
    ['users', 'USER', userArn],
    ['roles', 'ROLE', roleArn],
    ['groups', 'GROUP', groupArn],
  ] as const) {
    const rows = await tx
      .selectFrom(table as 'users')
      .select(['id', 'account', 'path', 'name'])
      .where('id', 'in', ids)
      .execute()
    for (const { id, account, path, name } of rows)
      infos.set(id, { Arn: arn(account, path, name), Name: name, Type: type, Id: id, Path: path })
  }
  return infos
}
