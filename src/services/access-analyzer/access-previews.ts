import { shownTrustPolicy } from '../../identity/trust-policies.ts'
import { MalformedPolicyDocument, parsePolicy } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { AccessPreviewFinding, Configuration } from '../../wire/models/access-analyzer.ts'
import { analyze, externalAccessOfRole, type Found } from './analysis.ts'
import { type AnalyzerRow, findsExternalAccess, notFound, requireAnalyzer } from './analyzer-store.ts'
import { detailOf } from './finding-shapes.ts'
import { pageOf } from './paging.ts'
import { accessAnalyzer } from './service.ts'

type Configurations = { readonly [resource: string]: Configuration }
/** A finding as it is kept: JSON has no times. */
type KeptFinding = Omit<AccessPreviewFinding, 'createdAt'>

/**
 * CreateAccessPreview: what a role's new trust policy would let in, beside what is found now. A policy that is not one makes the preview fail, not the call.
 * Access Analyzer API Reference, "CreateAccessPreview".
 */
export const CreateAccessPreview = accessAnalyzer.operation('CreateAccessPreview', {
  access: ({ analyzerArn }) => ({ resource: analyzerArn }),
  async handle({ analyzerArn, configurations }, { tx, account, now, world }) {
    const analyzer = await requireAnalyzer(tx, analyzerArn, account)
    if (!findsExternalAccess(analyzer)) throw invalid('Access previews are for analyzers of external access only.')
    const [[resource, configuration] = ['', {}], ...more] = Object.entries(configurations)
    if (more.length > 0 || !configuration.iamRole) throw invalid('An access preview is of one IAM role.')
    if (!/^arn:aws:iam::[0-9]{12}:role\//.test(resource)) throw invalid(`${resource} is not the ARN of an IAM role.`)
    await analyze({ tx, now }, analyzer)
    const policy = configuration.iamRole.trustPolicy ?? (await trustPolicyOf(tx, resource, account))
    const findings =
      policy === undefined
        ? []
        : await previewed(tx, analyzer, externalAccessOfRole(policy, resource, account), resource, () => world.random.uuid())
    const id = world.random.uuid()
    await tx
      .insertInto('accessPreviews')
      .values({ id, analyzerArn, configurations: JSON.stringify(configurations), findings: JSON.stringify(findings), createdAt: now })
      .execute()
    return { id }
  },
})

const invalid = (message: string) => new accessAnalyzer.ValidationException(message, { reason: 'other' })

async function trustPolicyOf(tx: Transaction, arn: string, account: string): Promise<string | undefined> {
  const name = arn.slice(arn.lastIndexOf('/') + 1).toLowerCase()
  const row = await tx
    .selectFrom('roles')
    .select('trustPolicy')
    .where('account', '=', account)
    .where('nameKey', '=', name)
    .executeTakeFirst()
  return row && shownTrustPolicy(tx, row.trustPolicy)
}

async function previewed(
  tx: Transaction,
  analyzer: AnalyzerRow,
  found: readonly Found[],
  resource: string,
  newId: () => string,
): Promise<KeptFinding[]> {
  const before = await tx
    .selectFrom('analyzerFindings')
    .selectAll()
    .where('analyzerArn', '=', analyzer.arn)
    .where('resource', '=', resource)
    .where('status', '!=', 'RESOLVED')
    .execute()
  return found.map(({ resourceType, detail }) => {
    const samePrincipal = before.filter(row => JSON.stringify(detailOf(row).principal) === JSON.stringify(detail.principal))
    const same = samePrincipal.find(row => row.detail === JSON.stringify(detail))
    const existing = same ?? samePrincipal[0]
    return {
      id: newId(),
      ...(existing && { existingFindingId: existing.id, existingFindingStatus: existing.status }),
      ...detail,
      resource,
      resourceType,
      resourceOwnerAccount: analyzer.account,
      changeType: same ? 'UNCHANGED' : existing ? 'CHANGED' : 'NEW',
      status: same?.status ?? 'ACTIVE',
    }
  })
}

async function requirePreview(tx: Transaction, id: string, arn: string, account: string) {
  await requireAnalyzer(tx, arn, account)
  const row = await tx.selectFrom('accessPreviews').selectAll().where('id', '=', id).where('analyzerArn', '=', arn).executeTakeFirst()
  if (!row) throw notFound(id, 'AccessPreview')
  return row
}

/** A preview whose policy cannot be read has failed. */
function statusOf(configurations: Configurations) {
  for (const { iamRole } of Object.values(configurations)) {
    if (iamRole?.trustPolicy === undefined) continue
    try {
      parsePolicy(iamRole.trustPolicy, 'trust')
    } catch (problem) {
      if (!(problem instanceof MalformedPolicyDocument)) throw problem
      return { status: 'FAILED', statusReason: { code: 'INVALID_CONFIGURATION' } }
    }
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
    if (Object.keys(filter).some(key => key !== 'changeType' && key !== 'status'))
      throw invalid('Findings of access previews are filtered by changeType and status.')
    const findings = (JSON.parse(row.findings) as KeptFinding[]).filter(finding =>
      (['changeType', 'status'] as const).every(key => {
        const { eq, neq } = filter[key] ?? {}
        return (!eq || eq.includes(finding[key])) && !neq?.includes(finding[key])
      }),
    )
    const { items, ...next } = pageOf(findings, paging, [accessPreviewId, filter])
    return { findings: items.map(finding => ({ ...finding, createdAt: new Date(row.createdAt) })), ...next }
  },
})
