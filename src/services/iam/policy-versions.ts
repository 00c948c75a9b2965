import { recordChange } from '../../store/index.ts'
import { policyAccess } from './access.ts'
import { checkManagedDocument, encodeDocument } from './documents.ts'
import { documentOf, requireCustomerPolicy, requirePolicy, versionNumber, versionsOf } from './managed-policies.ts'
import { pageThrough } from './paging.ts'
import { defaultQuotas } from './quotas.ts'
import { iam } from './service.ts'

/** CreatePolicyVersion: numbered on, never again with a number that was used. IAM API Reference, "CreatePolicyVersion". */
export const CreatePolicyVersion = iam.operation('CreatePolicyVersion', {
  access: ({ PolicyArn }, context) => policyAccess(context, PolicyArn),

  async handle({ PolicyArn, PolicyDocument, SetAsDefault = false }, { tx, account, now }) {
    const policy = await requireCustomerPolicy(tx, account, PolicyArn)
    checkManagedDocument(PolicyDocument)
    const versions = await tx.selectFrom('policyVersions').select('version').where('policyId', '=', policy.id).execute()
    if (versions.length >= defaultQuotas.VersionsPerPolicy) {
      throw new iam.LimitExceeded(
        `A managed policy can have up to ${defaultQuotas.VersionsPerPolicy} versions. Before you create a new version, you must delete an existing version.`,
      )
    }
    const version = policy.nextVersion
    await tx.insertInto('policyVersions').values({ policyId: policy.id, version, document: PolicyDocument, createdAt: now }).execute()
    await tx
      .updateTable('policies')
      .set({ nextVersion: version + 1, updatedAt: now, ...(SetAsDefault ? { defaultVersion: version } : {}) })
      .where('id', '=', policy.id)
      .execute()
    await recordChange(tx, { account, kind: 'policy', id: policy.arn, at: now })
    return { PolicyVersion: { VersionId: `v${version}`, IsDefaultVersion: SetAsDefault, CreateDate: new Date(now) } }
  },
})

/** GetPolicyVersion: the document, percent-encoded. IAM API Reference, "GetPolicyVersion". */
export const GetPolicyVersion = iam.operation('GetPolicyVersion', {
  access: ({ PolicyArn }, context) => policyAccess(context, PolicyArn),

  async handle({ PolicyArn, VersionId }, { tx, account }) {
    const policy = await requirePolicy(tx, account, PolicyArn)
    const entry = (await versionsOf(tx, policy)).find(({ version }) => version === versionNumber(VersionId))
    const document = entry && (await documentOf(tx, policy, entry.version))
    if (!entry || document === undefined) throw noSuchVersion(PolicyArn, VersionId)
    return {
      PolicyVersion: {
        Document: encodeDocument(document),
        VersionId: `v${entry.version}`,
        IsDefaultVersion: entry.version === policy.defaultVersion,
        CreateDate: new Date(entry.createdAt),
      },
    }
  },
})

/** ListPolicyVersions, newest first. IAM API Reference, "ListPolicyVersions". */
export const ListPolicyVersions = iam.operation('ListPolicyVersions', {
  access: ({ PolicyArn }, context) => policyAccess(context, PolicyArn),

  async handle(input, { tx, account }) {
    const policy = await requirePolicy(tx, account, input.PolicyArn)
    const versions = await versionsOf(tx, policy)
    // Newest first: the page's key counts down.
    const { items, end } = pageThrough(versions, input, ({ version }) => String(1_000_000 - version).padStart(7, '0'))
    return {
      Versions: items.map(({ version, createdAt }) => ({
        VersionId: `v${version}`,
        IsDefaultVersion: version === policy.defaultVersion,
        CreateDate: new Date(createdAt),
      })),
      ...end,
    }
  },
})

/** SetDefaultPolicyVersion. IAM API Reference, "SetDefaultPolicyVersion". */
export const SetDefaultPolicyVersion = iam.operation('SetDefaultPolicyVersion', {
  access: ({ PolicyArn }, context) => policyAccess(context, PolicyArn),

  async handle({ PolicyArn, VersionId }, { tx, account, now }) {
    const policy = await requireCustomerPolicy(tx, account, PolicyArn)
    const version = versionNumber(VersionId)
    const versions = await tx.selectFrom('policyVersions').select('version').where('policyId', '=', policy.id).execute()
    if (version === undefined || !versions.some(row => row.version === version)) throw noSuchVersion(PolicyArn, VersionId)
    await tx.updateTable('policies').set({ defaultVersion: version, updatedAt: now }).where('id', '=', policy.id).execute()
    await recordChange(tx, { account, kind: 'policy', id: policy.arn, at: now })
    return {}
  },
})

/** DeletePolicyVersion: any but the default one. IAM API Reference, "DeletePolicyVersion". */
export const DeletePolicyVersion = iam.operation('DeletePolicyVersion', {
  access: ({ PolicyArn }, context) => policyAccess(context, PolicyArn),

  async handle({ PolicyArn, VersionId }, { tx, account, now }) {
    const policy = await requireCustomerPolicy(tx, account, PolicyArn)
    const version = versionNumber(VersionId)
    const versions = await tx.selectFrom('policyVersions').select('version').where('policyId', '=', policy.id).execute()
    if (version === undefined || !versions.some(row => row.version === version)) throw noSuchVersion(PolicyArn, VersionId)
    if (version === policy.defaultVersion) throw new iam.DeleteConflict('Cannot delete the default version of a policy.')
    await tx.deleteFrom('policyVersions').where('policyId', '=', policy.id).where('version', '=', version).execute()
    await tx.updateTable('policies').set({ updatedAt: now }).where('id', '=', policy.id).execute()
    await recordChange(tx, { account, kind: 'policy', id: policy.arn, at: now })
    return {}
  },
})

const noSuchVersion = (arn: string, version: string) =>
  new iam.NoSuchEntity(`Policy ${arn} version ${version} does not exist or is not attachable.`)
