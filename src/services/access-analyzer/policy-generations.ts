import type { Selectable } from 'kysely'
import { leastPrivilegePolicy, type PolicyDocumentJson } from '../../analysis/least-privilege/policy.ts'
import { activityOf, type Use } from '../../analysis/least-privilege/uses.ts'
import { callsOf } from '../../audit/calls-of.ts'
import { LongReadError, type Store, type Transaction } from '../../store/index.ts'
import type { PolicyGenerationsTable } from '../../store/tables/access-analyzer.ts'
import { parseArn } from '../../types/arn.ts'
import type { CloudTrailDetails, GeneratedPolicyProperties, JobDetails } from '../../wire/models/access-analyzer.ts'
import type { CallContext } from '../operation.ts'
import type { World } from '../world.ts'
import { pageOf } from './paging.ts'
import { accessAnalyzer } from './service.ts'

type GenerationRow = Selectable<PolicyGenerationsTable>

/** IAM User Guide, "IAM and AWS STS quotas", IAM Access Analyzer: one generation at a time, fifty a day, of ninety days. */
const mostADay = 50
const day = 86_400_000
const longest = 90 * day

const invalid = (message: string) => new accessAnalyzer.ValidationException(message, { reason: 'other' })

/** StartPolicyGeneration: of what a user or role did. Access Analyzer API Reference, "StartPolicyGeneration". */
export const StartPolicyGeneration = accessAnalyzer.operation('StartPolicyGeneration', {
  access: ({ cloudTrailDetails }) => [
    { resource: '*' },
    ...(cloudTrailDetails
      ? [
          {
            action: 'iam:PassRole',
            resource: cloudTrailDetails.accessRole,
            keys: { 'iam:PassedToService': 'access-analyzer.amazonaws.com' },
          },
        ]
      : []),
  ],

  async handle({ policyGenerationDetails: { principalArn }, cloudTrailDetails, clientToken }, context) {
    const { tx, account, region, now, world } = context
    const rows = await generationsOf(tx, context)
    const same = clientToken === undefined ? undefined : rows.find(row => row.clientToken === clientToken)
    if (same) return { jobId: same.id }
    const entityId = await requirePrincipal(tx, principalArn, account)
    if (rows.some(({ status }) => status === 'IN_PROGRESS'))
      throw new accessAnalyzer.ConflictException('A policy generation is in progress.', {
        resourceId: principalArn,
        resourceType: 'PolicyGeneration',
      })
    if (rows.filter(({ startedAt }) => startedAt > now - day).length >= mostADay)
      throw new accessAnalyzer.ServiceQuotaExceededException('The quota of policy generations a day is reached.', {
        resourceId: principalArn,
        resourceType: 'PolicyGeneration',
      })
    if (cloudTrailDetails) await checkCloudTrail(tx, cloudTrailDetails, context)
    const id = world.random.uuid()
    const services = await servicesOf(tx, entityId, now - longest)
    await tx
      .insertInto('policyGenerations')
      .values({
        id,
        account,
        region,
        principalArn,
        clientToken: clientToken ?? null,
        cloudTrail: cloudTrailDetails ? JSON.stringify(cloudTrailDetails) : null,
        status: cloudTrailDetails ? 'IN_PROGRESS' : 'SUCCEEDED',
        uses: '[]',
        services: JSON.stringify(services),
        complete: 0,
        errorCode: null,
        errorMessage: null,
        startedAt: now,
        completedAt: cloudTrailDetails ? null : now,
      })
      .execute()
    if (cloudTrailDetails) context.afterCommit(() => generate(world, { id, principalArn, account, services, now }, cloudTrailDetails))
    return { jobId: id }
  },
})

/** Jobs are listed for a week. */
const keptMilliseconds = 7 * day

const generationsOf = (
  tx: Transaction,
  { account, region, now }: Pick<CallContext, 'account' | 'region' | 'now'>,
): Promise<GenerationRow[]> =>
  tx
    .selectFrom('policyGenerations')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('startedAt', '>', now - keptMilliseconds)
    .orderBy('startedAt', 'desc')
    .orderBy('id')
    .execute()

/** The unique id of a user or role of the account. @throws ValidationException */
async function requirePrincipal(tx: Transaction, arn: string, account: string): Promise<string> {
  const parsed = parseArn(arn)
  const table = parsed?.resource.startsWith('user/') ? 'users' : 'roles'
  const name = arn.slice(arn.lastIndexOf('/') + 1).toLowerCase()
  const row =
    parsed?.account === account &&
    (await tx
      .selectFrom(table)
      .select(['id', 'path', 'name'])
      .where('account', '=', account)
      .where('nameKey', '=', name)
      .executeTakeFirst())
  if (!row || `${table.slice(0, -1)}${row.path}${row.name}` !== parsed?.resource)
    throw invalid(`The principal ${arn} does not exist in the account.`)
  return row.id
}

/** Services that were used, by last accessed information: for the template of services. */
async function servicesOf(tx: Transaction, entityId: string, since: number): Promise<string[]> {
  const rows = await tx
    .selectFrom('serviceUses')
    .select('service')
    .distinct()
    .where('entityId', '=', entityId)
    .where('lastAt', '>', since)
    .execute()
  return rows.map(({ service }) => service).toSorted()
}

/** @throws ValidationException for times, trails and roles that cannot be */
async function checkCloudTrail(
  tx: Transaction,
  { trails, accessRole, startTime, endTime }: CloudTrailDetails,
  { account, now }: CallContext,
) {
  const [from, to] = [startTime.getTime(), endTime?.getTime() ?? now]
  if (Number.isNaN(from) || Number.isNaN(to) || from >= to || from > now) throw invalid('startTime must be before endTime and in the past.')
  if (to - from > longest) throw invalid('The time range is at most 90 days.')
  if (trails.length === 0) throw invalid('Specify at least one trail.')
  for (const { cloudTrailArn, regions, allRegions } of trails) {
    if (allRegions === true && regions?.length) throw invalid('Specify either regions or allRegions.')
    const trail = await tx.selectFrom('trails').select('account').where('arn', '=', cloudTrailArn).executeTakeFirst()
    if (!trail) throw invalid(`The trail ${cloudTrailArn} does not exist.`)
  }
  const roleName = accessRole.slice(accessRole.lastIndexOf('/') + 1).toLowerCase()
  const role = await tx.selectFrom('roles').select('id').where('account', '=', account).where('nameKey', '=', roleName).executeTakeFirst()
  if (!role || parseArn(accessRole)?.account !== account) throw invalid(`The role ${accessRole} does not exist in the account.`)
}

interface Job {
  readonly id: string
  readonly principalArn: string
  readonly account: string
  readonly services: readonly string[]
  readonly now: number
}

/** Reads the record for a job and keeps what was used. A job that was cancelled meanwhile stays so. */
async function generate({ store }: World, job: Job, { trails, startTime, endTime }: CloudTrailDetails): Promise<void> {
  const { id, principalArn, account, services, now } = job
  const regions = trails.some(({ allRegions, regions: named }) => allRegions === true || !named?.length)
    ? undefined
    : trails.flatMap(({ regions: named = [] }) => named)
  const finish = (result: Partial<GenerationRow>) =>
    store.write(tx => tx.updateTable('policyGenerations').set(result).where('id', '=', id).where('status', '=', 'IN_PROGRESS').execute())
  try {
    const times = { from: startTime.getTime(), to: endTime?.getTime() ?? now }
    const records = await callsOf(store, { account, principalArn, ...times, ...(regions && { regions }) })
    const { uses } = activityOf(records)
    const known = new Set(uses.map(({ action }) => action.split(':')[0]))
    const complete = Number(services.every(service => known.has(service)))
    await finish({ status: 'SUCCEEDED', uses: JSON.stringify(uses), complete, completedAt: now })
  } catch (problem) {
    if (!(problem instanceof LongReadError)) throw problem
    const errorCode = problem.end === 'failed' ? 'SERVICE_ERROR' : 'SERVICE_QUOTA_EXCEEDED_ERROR'
    await finish({ status: 'FAILED', errorCode, errorMessage: problem.message, completedAt: now })
  }
}

async function requireGeneration(tx: Transaction, id: string, account: string): Promise<GenerationRow> {
  const row = await tx.selectFrom('policyGenerations').selectAll().where('id', '=', id).where('account', '=', account).executeTakeFirst()
  if (!row) throw invalid(`The job ${id} does not exist.`)
  return row
}

/** GetGeneratedPolicy. Access Analyzer API Reference, "GetGeneratedPolicy". */
export const GetGeneratedPolicy = accessAnalyzer.operation('GetGeneratedPolicy', {
  access: () => ({ resource: '*' }),
  async handle({ jobId, includeResourcePlaceholders = false, includeServiceLevelTemplate = false }, { tx, account }) {
    const row = await requireGeneration(tx, jobId, account)
    const policies =
      row.status === 'SUCCEEDED'
        ? policiesOf(row, includeResourcePlaceholders, includeServiceLevelTemplate).map(policy => ({ policy: JSON.stringify(policy) }))
        : []
    return {
      jobDetails: jobShape(row),
      generatedPolicyResult: { properties: propertiesOf(row), ...(policies.length > 0 && { generatedPolicies: policies }) },
    }
  },
})

/** Policies by action, each within the size of a managed policy; then, when asked for, one with the services whose actions are not known. */
function policiesOf({ uses, services }: GenerationRow, placeholders: boolean, template: boolean): PolicyDocumentJson[] {
  const used = JSON.parse(uses) as Use[]
  const known = new Set(used.map(({ action }) => action.split(':')[0]))
  const others = (JSON.parse(services) as string[]).filter(service => !known.has(service))
  const byAction = used.length > 0 ? split(leastPrivilegePolicy(used, placeholders ? 'placeholders' : 'any')) : []
  if (!template || others.length === 0) return byAction
  const statement = { Sid: 'Services', Effect: 'Allow', Action: others.map(service => `${service}:\${ActionName}`), Resource: '*' } as const
  return [...byAction, { Version: '2012-10-17', Statement: [statement] }]
}

/** Characters of a managed policy at most. IAM User Guide, "IAM and AWS STS quotas". */
const longestPolicy = 6144

function split({ Version, Statement }: PolicyDocumentJson): PolicyDocumentJson[] {
  const policies: PolicyDocumentJson['Statement'][number][][] = []
  for (const statement of Statement) {
    const last = policies.at(-1)
    if (last && JSON.stringify([...last, statement]).length + 40 <= longestPolicy) last.push(statement)
    else policies.push([statement])
  }
  return policies.map(statements => ({ Version, Statement: statements }))
}

function propertiesOf({ principalArn, cloudTrail, complete, startedAt }: GenerationRow): GeneratedPolicyProperties {
  if (cloudTrail === null) return { principalArn, isComplete: false }
  const { trails, startTime, endTime } = JSON.parse(cloudTrail) as Pick<CloudTrailDetails, 'trails'> & {
    startTime: string
    endTime?: string
  }
  const times = { startTime: new Date(startTime), endTime: new Date(endTime ?? startedAt) }
  return { principalArn, isComplete: complete === 1, cloudTrailProperties: { trailProperties: trails, ...times } }
}

function jobShape({ id, status, startedAt, completedAt, errorCode, errorMessage }: GenerationRow): JobDetails {
  return {
    jobId: id,
    status,
    startedOn: new Date(startedAt),
    ...(completedAt !== null && { completedOn: new Date(completedAt) }),
    ...(errorCode !== null && { jobError: { code: errorCode, message: errorMessage ?? '' } }),
  }
}

/** ListPolicyGenerations: of the last seven days, newest first. Access Analyzer API Reference, "ListPolicyGenerations". */
export const ListPolicyGenerations = accessAnalyzer.operation('ListPolicyGenerations', {
  access: () => ({ resource: '*' }),
  async handle({ principalArn, ...paging }, context) {
    const rows = (await generationsOf(context.tx, context)).filter(row => principalArn === undefined || row.principalArn === principalArn)
    const { items, ...next } = pageOf(rows, paging, [context.account, principalArn])
    return {
      policyGenerations: items.map(row => {
        const { jobError: _error, ...job } = jobShape(row)
        return { ...job, principalArn: row.principalArn }
      }),
      ...next,
    }
  },
})

/** CancelPolicyGeneration: a job that has ended stays as it is. Access Analyzer API Reference, "CancelPolicyGeneration". */
export const CancelPolicyGeneration = accessAnalyzer.operation('CancelPolicyGeneration', {
  access: () => ({ resource: '*' }),
  async handle({ jobId }, { tx, account, now }) {
    const { status } = await requireGeneration(tx, jobId, account)
    if (status !== 'IN_PROGRESS') throw invalid(`The job ${jobId} is not in progress: its status is ${status}.`)
    await tx.updateTable('policyGenerations').set({ status: 'CANCELED', completedAt: now }).where('id', '=', jobId).execute()
    return {}
  },
})

/** Ends the jobs that ran when Gatehouse stopped. */
export const failUnfinishedGenerations = (store: Store, before: number): Promise<unknown> =>
  store.write(tx =>
    tx
      .updateTable('policyGenerations')
      .set({ status: 'FAILED', errorCode: 'SERVICE_ERROR', errorMessage: 'Gatehouse was stopped while the job ran.' })
      .where('status', '=', 'IN_PROGRESS')
      .where('startedAt', '<=', before)
      .execute(),
  )
