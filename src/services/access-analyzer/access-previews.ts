import { MalformedPolicyDocument, parsePolicy } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { AccessPreviewFinding, Configuration } from '../../wire/models/access-analyzer.ts'
import { analyze, identityOf } from './analysis.ts'
import { checkFilter, passes } from './archive-filters.ts'
import type { Found } from './found.ts'
import { invalid } from './analyzer-configuration.ts'
import { scopeOf, zoneOf } from './analyzer-scope.ts'
import { type AnalyzerRow, type FindingRow, notFound, requireAnalyzer } from './analyzer-store.ts'
import { detailOf, restrictionOf, sourcesOf } from './finding-shapes.ts'
import { pageOf } from './paging.ts'
import { previewKinds, type Proposal } from './preview-configurations.ts'
import { withRestriction } from './resource-control.ts'
import { accessAnalyzer } from './service.ts'
import { attachmentOf, findingsOf, heldResources, type SharedResource } from './shared-resources.ts'

type Configurations = { readonly [resource: string]: Configuration }
/** A finding as it is kept: JSON has no times. */
type KeptFinding = Omit<AccessPreviewFinding, 'createdAt'>

/**
 * CreateAccessPreview: what a configuration of a resource would let in, beside what is found now. The resource need not be there. A policy that is not one makes
 * the preview fail, not the call. Access Analyzer API Reference, "CreateAccessPreview".
 */
export const CreateAccessPreview = accessAnalyzer.operation('CreateAccessPreview', {
  access: ({ analyzerArn }) => ({ resource: analyzerArn }),
  async handle({ analyzerArn, configurations }, { tx, account, now, world }) {
    const analyzer = await requireAnalyzer(tx, analyzerArn, account)
    // "You can only create an access preview for analyzers with an Account type and Active status."
    if (analyzer.type !== 'ACCOUNT') throw invalid('Access previews are for analyzers of type ACCOUNT only.')
    const [[arn, configuration] = ['', {}], ...more] = Object.entries(configurations)
    if (more.length > 0) throw invalid('The configuration must contain exactly one element.')
    const scope = await scopeOf(tx, analyzer)
    const resource = scope.status === 'ACTIVE' ? await proposedResource(tx, analyzer, arn, configuration) : undefined
    await analyze({ tx, now }, analyzer)
    const external = resource && scope.status === 'ACTIVE' ? findingsOf(resource, zoneOf(analyzer, scope, account)) : []
    const found = await withRestriction(tx, account, external)
    const findings = await previewed(tx, analyzer, found, arn, () => world.random.uuid())
    const id = world.random.uuid()
    const failed = resource !== undefined && !isReadable(resource, resource.type)
    await tx
      .insertInto('accessPreviews')
      .values({
        id,
        analyzerArn,
        configurations: JSON.stringify(configurations),
        findings: JSON.stringify(failed ? [] : findings),
        createdAt: now,
      })
      .execute()
    return { id }
  },
})

/** A resource as it would be: as proposed, and otherwise as it is held, if it is. @throws ValidationException */
async function proposedResource(
  tx: Transaction,
  analyzer: AnalyzerRow,
  arn: string,
  configuration: Configuration,
): Promise<SharedResource> {
  const { kind, proposal } = proposalOf(configuration, [analyzer.account])
  if (!kind.arn.test(arn)) throw invalid(`${arn} is not the ARN of an ${kind.resourceType}.`)
  const owner = /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(arn)?.[1]
  if (owner !== undefined && owner !== analyzer.account) throw invalid(`${arn} is not a resource of the account.`)
  const held = (await heldResources(tx, analyzer.account, analyzer.region, [kind.resourceType])).find(each => each.arn === arn)
  return { policies: [], ...held, ...proposal, arn, type: kind.resourceType, account: analyzer.account }
}

/** @throws ValidationException for anything but one kind of resource */
function proposalOf(configuration: Configuration, accounts: readonly string[]) {
  const [member, ...others] = Object.keys(configuration) as (keyof Configuration)[]
  if (member === undefined || others.length > 0) throw invalid('The configuration must be of one kind of resource.')
  const kind = previewKinds[member]
  const propose = kind.proposal as (configuration: unknown, accounts: readonly string[]) => Proposal
  return { kind, proposal: propose(configuration[member], accounts) }
}

const isReadable = ({ policies = [], accessPoints = [] }: Proposal, resourceType: string): boolean =>
  [...policies, ...accessPoints.map(({ policy }) => policy)].every(policy => isPolicy(policy, resourceType))

function isPolicy(text: string, resourceType: string): boolean {
  try {
    parsePolicy(text, attachmentOf(resourceType))
    return true
  } catch (problem) {
    if (problem instanceof MalformedPolicyDocument) return false
    throw problem
  }
}

/**
 * Findings that would be there, and those that would be resolved. "A Changed finding with preview status Resolved and existing status Active indicates the existing
 * Active finding would become Resolved." Access Analyzer API Reference, "AccessPreviewFinding".
 */
async function previewed(
  tx: Transaction,
  analyzer: AnalyzerRow,
  found: readonly Found[],
  resource: string,
  newId: () => string,
): Promise<KeptFinding[]> {
  const rows = await tx
    .selectFrom('analyzerFindings')
    .selectAll()
    .where('analyzerArn', '=', analyzer.arn)
    .where('resource', '=', resource)
    .execute()
  const before = new Map(rows.map(row => [row.identity, row]))
  const after = found.map(item => {
    const existing = before.get(identityOf(item))
    before.delete(identityOf(item))
    const isBack = existing?.status === 'RESOLVED'
    const changeType = existing === undefined ? 'NEW' : isBack ? 'CHANGED' : 'UNCHANGED'
    return {
      ...shownOf(item),
      ...existingOf(existing),
      id: newId(),
      changeType,
      status: isBack ? 'ACTIVE' : (existing?.status ?? 'ACTIVE'),
    }
  })
  const gone = [...before.values()]
    .filter(({ status }) => status !== 'RESOLVED')
    .map(row => ({
      ...shownOf({ ...row, detail: detailOf(row) }),
      ...existingOf(row),
      id: newId(),
      changeType: 'CHANGED',
      status: 'RESOLVED',
    }))
  return [...after, ...gone]
}

const existingOf = (row: FindingRow | undefined) => (row ? { existingFindingId: row.id, existingFindingStatus: row.status } : {})

function shownOf({ resource, resourceType, resourceOwner, detail }: Omit<Found, 'type'>) {
  const { principal, action, condition, isPublic, sources } = detail
  return {
    ...(principal && { principal }),
    ...(action && { action }),
    ...(condition && { condition }),
    ...(isPublic !== undefined && { isPublic }),
    ...sourcesOf(sources),
    ...restrictionOf(detail),
    resource,
    resourceType,
    resourceOwnerAccount: resourceOwner,
  }
}

async function requirePreview(tx: Transaction, id: string, arn: string, account: string) {
  await requireAnalyzer(tx, arn, account)
  const row = await tx.selectFrom('accessPreviews').selectAll().where('id', '=', id).where('analyzerArn', '=', arn).executeTakeFirst()
  if (!row) throw notFound(id, 'AccessPreview')
  return row
}

/** A preview whose policy cannot be read has failed. */
function statusOf(configurations: Configurations) {
  for (const configuration of Object.values(configurations)) {
    const { kind, proposal } = proposalOf(configuration, [])
    if (!isReadable(proposal, kind.resourceType)) return { status: 'FAILED', statusReason: { code: 'INVALID_CONFIGURATION' } }
  }
  return { status: 'COMPLETED' }
}

/** GetAccessPreview. Access Analyzer API Reference, "GetAccessPreview". */
export const GetAccessPreview = accessAnalyzer.operation('GetAccessPreview', {
  access: ({ analyzerArn }) => ({ resource: analyzerArn }),
  async handle({ accessPreviewId, analyzerArn }, { tx, account }) {
    const row = await requirePreview(tx, accessPreviewId, analyzerArn, account)
    const configurations = JSON.parse(row.configurations) as Configurations
    return { accessPreview: { id: row.id, analyzerArn, configurations, createdAt: new Date(row.createdAt), ...statusOf(configurations) } }
  },
})

/** ListAccessPreviews. Access Analyzer API Reference, "ListAccessPreviews". */
export const ListAccessPreviews = accessAnalyzer.operation('ListAccessPreviews', {
  access: ({ analyzerArn }) => ({ resource: analyzerArn }),
  async handle({ analyzerArn, ...paging }, { tx, account }) {
    await requireAnalyzer(tx, analyzerArn, account)
    const rows = await tx
      .selectFrom('accessPreviews')
      .selectAll()
      .where('analyzerArn', '=', analyzerArn)
      .orderBy('createdAt', 'desc')
      .orderBy('id')
      .execute()
    const { items, ...next } = pageOf(rows, paging, [analyzerArn])
    const accessPreviews = items.map(({ id, createdAt, configurations }) => ({
      id,
      analyzerArn,
      createdAt: new Date(createdAt),
      ...statusOf(JSON.parse(configurations) as Configurations),
    }))
    return { accessPreviews, ...next }
  },
})

/** ListAccessPreviewFindings. Access Analyzer API Reference, "ListAccessPreviewFindings". */
export const ListAccessPreviewFindings = accessAnalyzer.operation('ListAccessPreviewFindings', {
  access: ({ analyzerArn }) => ({ resource: analyzerArn }),
  async handle({ accessPreviewId, analyzerArn, filter = {}, ...paging }, { tx, account }) {
    const row = await requirePreview(tx, accessPreviewId, analyzerArn, account)
    checkFilter(filter, 'findings of access previews')
    const findings = (JSON.parse(row.findings) as KeptFinding[]).filter(finding => passes(finding, filter))
    const { items, ...next } = pageOf(findings, paging, [accessPreviewId, filter])
    return { findings: items.map(finding => ({ ...finding, createdAt: new Date(row.createdAt) })), ...next }
  },
})
