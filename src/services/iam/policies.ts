import { managedPolicies } from '../../catalogue/managed-policies.ts'
import { policyArn } from '../../identity/arns.ts'
import { uniqueId } from '../../identity/identifiers.ts'
import { recordChange, type Transaction } from '../../store/index.ts'
import type { ListPoliciesRequest } from '../../wire/models/iam.ts'
import { pathAccess, policyAccess, requestTagKeys } from './access.ts'
import { checkManagedDocument } from './documents.ts'
import { nameKeyOf, type PolicyRow } from './entities.ts'
import { namedRows } from './listing.ts'
import { type ManagedPolicy, ofCatalogue, ofStore, policyShape, requireCustomerPolicy, requirePolicy, usesOf } from './managed-policies.ts'
import { pageOf, prefixEnd, rowsWanted, startAfter } from './paging.ts'
import { checkEntityQuota } from './quotas.ts'
import { iam } from './service.ts'
import { addTags, dropTags, tagsOf } from './tagging.ts'

/** CreatePolicy: with its first version, v1, as default. IAM API Reference, "CreatePolicy". */
export const CreatePolicy = iam.operation('CreatePolicy', {
  access: ({ PolicyName, Path = '/', Tags }, { account }) => ({
    resource: policyArn(account, Path, PolicyName),
    resourceName: `policy ${PolicyName}`,
    keys: requestTagKeys(Tags),
  }),

  async handle({ PolicyName, Path = '/', PolicyDocument, Description, Tags = [] }, { tx, account, now, world }) {
    checkManagedDocument(PolicyDocument)
    const taken = await tx
      .selectFrom('policies')
      .select('id')
      .where('account', '=', account)
      .where('nameKey', '=', nameKeyOf(PolicyName))
      .executeTakeFirst()
    if (taken) throw new iam.EntityAlreadyExists(`A policy called ${PolicyName} already exists. Duplicate names are not allowed.`)
    await checkEntityQuota({ tx, account, world }, 'PoliciesPerAccount')

    const policy: PolicyRow = {
      id: uniqueId('policy', world.random),
      account,
      arn: policyArn(account, Path, PolicyName),
      name: PolicyName,
      nameKey: nameKeyOf(PolicyName),
      path: Path,
      description: Description ?? null,
      defaultVersion: 1,
      nextVersion: 2,
      createdAt: now,
      updatedAt: now,
    }
    await tx.insertInto('policies').values(policy).execute()
    await tx.insertInto('policyVersions').values({ policyId: policy.id, version: 1, document: PolicyDocument, createdAt: now }).execute()
    await addTags(tx, { kind: 'policy', id: policy.id }, Tags)
    await recordChange(tx, { account, kind: 'policy', id: policy.arn, at: now })
    return { Policy: { ...policyShape(ofStore(policy), undefined), ...(Tags.length > 0 ? { Tags } : {}) } }
  },
})

/** GetPolicy. IAM API Reference, "GetPolicy". */
export const GetPolicy = iam.operation('GetPolicy', {
  access: ({ PolicyArn }, context) => policyAccess(context, PolicyArn),

  async handle({ PolicyArn }, { tx, account }) {
    const policy = await requirePolicy(tx, account, PolicyArn)
    const uses = await usesOf(tx, account, [policy.arn])
    return {
      Policy: {
        ...policyShape(policy, uses.get(policy.arn)),
        ...(policy.description === null ? {} : { Description: policy.description }),
        Tags: policy.aws ? [] : await tagsOf(tx, { kind: 'policy', id: policy.id }),
      },
    }
  },
})

/** ListPolicies: the account's own first, then AWS's. IAM API Reference, "ListPolicies". */
export const ListPolicies = iam.operation('ListPolicies', {
  access: ({ PathPrefix }, context) => pathAccess.policies(context, PathPrefix),

  async handle(input, { tx, account }) {
    const { Scope = 'All' } = input
    const wanted = rowsWanted(input)
    const [stage = 'local', ...after] = startAfter(input, 3) ?? []
    const start = after.length > 0 ? after : undefined
    const rows: ManagedPolicy[] = []
    if (Scope !== 'AWS' && stage === 'local') rows.push(...(await localPolicies(tx, account, input, start, wanted)))
    if (Scope !== 'Local' && rows.length < wanted) {
      const afterArn = stage === 'aws' ? after[0] : undefined
      rows.push(...(await awsPolicies(tx, account, input, afterArn, wanted - rows.length)))
    }
    const { items, end } = pageOf(rows, input, policy =>
      policy.aws ? ['aws', policy.arn, ''] : ['local', policy.path, nameKeyOf(policy.name)],
    )
    const arns = items.map(policy => policy.arn)
    const uses = await usesOf(tx, account, arns)
    return { Policies: items.map(policy => policyShape(policy, uses.get(policy.arn))), ...end }
  },
})

async function localPolicies(
  tx: Transaction,
  account: string,
  request: ListPoliciesRequest,
  after: readonly string[] | undefined,
  limit: number,
): Promise<ManagedPolicy[]> {
  const rows = await namedRows(tx, 'policies', account, request, after, limit, query => {
    const attached = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('policyAttachments')
          .select('ownerId')
          .whereRef('policyAttachments.policyArn', '=', 'policies.arn')
          .where('policyAttachments.account', '=', account),
      ),
    )
    const isBoundary = query.where(({ exists, or, selectFrom }) =>
      or([
        exists(
          selectFrom('users').select('users.id').whereRef('users.boundaryArn', '=', 'policies.arn').where('users.account', '=', account),
        ),
        exists(
          selectFrom('roles').select('roles.id').whereRef('roles.boundaryArn', '=', 'policies.arn').where('roles.account', '=', account),
        ),
      ]),
    )
    if (request.PolicyUsageFilter === 'PermissionsBoundary') return isBoundary
    return request.OnlyAttached || request.PolicyUsageFilter === 'PermissionsPolicy' ? attached : query
  })
  return rows.map(ofStore)
}

async function awsPolicies(
  tx: Transaction,
  account: string,
  request: ListPoliciesRequest,
  afterArn: string | undefined,
  limit: number,
): Promise<ManagedPolicy[]> {
  const { PathPrefix = '/' } = request
  const used = await usedAwsPolicies(tx, account, request)
  const found: ManagedPolicy[] = []
  let started = afterArn === undefined
  for (const policy of managedPolicies().values()) {
    if (found.length === limit) break
    if (started && policy.path.startsWith(PathPrefix) && (used?.has(policy.arn) ?? true)) found.push(ofCatalogue(policy))
    started ||= policy.arn === afterArn
  }
  return found
}

/** AWS managed policies in use, if the request asks for these only. */
async function usedAwsPolicies(tx: Transaction, account: string, { OnlyAttached, PolicyUsageFilter }: ListPoliciesRequest) {
  if (!OnlyAttached && PolicyUsageFilter === undefined) return undefined
  const prefix = 'arn:aws:iam::aws:policy/'
  if (PolicyUsageFilter === 'PermissionsBoundary') {
    const rows = await Promise.all(
      (['users', 'roles'] as const).map(table =>
        tx
          .selectFrom(table as 'users')
          .select('boundaryArn as arn')
          .distinct()
          .where('account', '=', account)
          .where('boundaryArn', '>=', prefix)
          .where('boundaryArn', '<', prefixEnd(prefix))
          .execute(),
      ),
    )
    return new Set(rows.flat().map(row => row.arn))
  }
  const rows = await tx
    .selectFrom('policyAttachments')
    .select('policyArn as arn')
    .distinct()
    .where('account', '=', account)
    .where('policyArn', '>=', prefix)
    .where('policyArn', '<', prefixEnd(prefix))
    .execute()
  return new Set<string | null>(rows.map(row => row.arn))
}

/** DeletePolicy: unused, and without versions but the default one. IAM API Reference, "DeletePolicy". */
export const DeletePolicy = iam.operation('DeletePolicy', {
  access: ({ PolicyArn }, context) => policyAccess(context, PolicyArn),

  async handle({ PolicyArn }, { tx, account, now }) {
    const policy = await requireCustomerPolicy(tx, account, PolicyArn)
    if ((await usesOf(tx, account, [policy.arn])).size > 0) throw new iam.DeleteConflict('Cannot delete a policy attached to entities.')
    const versions = await tx.selectFrom('policyVersions').select('version').where('policyId', '=', policy.id).execute()
    if (versions.length > 1) {
      throw new iam.DeleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      )
    }
    await tx.deleteFrom('policyVersions').where('policyId', '=', policy.id).execute()
    await tx.deleteFrom('policies').where('id', '=', policy.id).execute()
    await dropTags(tx, { kind: 'policy', id: policy.id })
    await recordChange(tx, { account, kind: 'policy', id: policy.arn, at: now })
    return {}
  },
})
