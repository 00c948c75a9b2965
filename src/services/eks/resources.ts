import { clusterOfName } from '../../kubernetes/cluster-of-name.ts'
import type { Transaction } from '../../store/index.ts'
import type { EksResourcesTable } from '../../store/tables/eks.ts'
import type { AccessContext, AccessStatement, CallContext } from '../operation.ts'
import { resourceArn } from './arns.ts'
import { addTags, removeAllTags, resourceTagKeys, type TaggingContext, tagsOf } from './cluster-store.ts'

/** Kinds of what is kept as a record, as their ARNs name them. */
export type ResourceKind =
  | 'nodegroup'
  | 'fargateprofile'
  | 'addon'
  | 'identityproviderconfig'
  | 'capability'
  | 'cluster'
  | 'eks-anywhere-subscription'

/** A record, read. */
export interface Resource<Details> extends Omit<EksResourcesTable, 'details' | 'kind' | 'scope'> {
  readonly details: Details
}

/** What is wanted of a new record. */
export interface NewResource<Details> extends Pick<Resource<Details>, 'arn' | 'name' | 'details'> {
  readonly scope: string
  readonly tags?: { readonly [key: string]: string }
  readonly clientRequestToken?: string
}

/** Records of one kind. A scope is a cluster's id, or `scopeOf` an account and region. */
export interface Resources<Details> {
  find(tx: Transaction, scope: string, name: string): Promise<Resource<Details> | undefined>
  /** In order of name. */
  list(tx: Transaction, scope: string): Promise<Resource<Details>[]>
  insert(context: TaggingContext & Pick<CallContext, 'now'>, made: NewResource<Details>): Promise<Resource<Details>>
  update(tx: Transaction, resource: Resource<Details>, details: Details, now: number): Promise<Resource<Details>>
  remove(tx: Transaction, resource: Resource<Details>): Promise<void>
}

export function resourcesOf<Details>(kind: ResourceKind): Resources<Details> {
  const rows = (tx: Transaction, scope: string) =>
    tx.selectFrom('eksResources').selectAll().where('scope', '=', scope).where('kind', '=', kind)
  const read = (row: EksResourcesTable): Resource<Details> => ({ ...row, details: JSON.parse(row.details) as Details })
  return {
    async find(tx, scope, name) {
      const row = await rows(tx, scope).where('name', '=', name).executeTakeFirst()
      return row && read(row)
    },

    list: async (tx, scope) => (await rows(tx, scope).orderBy('name').execute()).map(read),

    async insert({ tx, principal, now }, { arn, scope, name, details, tags, clientRequestToken = null }) {
      const row = { arn, kind, scope, name, details: JSON.stringify(details), clientRequestToken, createdAt: now, modifiedAt: now }
      await tx.insertInto('eksResources').values(row).execute()
      await addTags({ tx, principal }, arn, tags)
      return read(row)
    },

    async update(tx, resource, details, now) {
      const changes = { details: JSON.stringify(details), modifiedAt: now }
      await tx.updateTable('eksResources').set(changes).where('arn', '=', resource.arn).execute()
      return { ...resource, details, modifiedAt: now }
    },

    async remove(tx, { arn }) {
      await tx.deleteFrom('eksResources').where('arn', '=', arn).execute()
      await tx.deleteFrom('eksUpdates').where('targetArn', '=', arn).execute()
      await removeAllTags(tx, arn)
    },
  }
}

/** The scope of what belongs to no cluster. */
export const scopeOf = ({ account, region }: { readonly account: string; readonly region: string }) => `${account}/${region}`

/** The same request again, told by its token, changes nothing and is answered as the first time. */
export const isRepeated = (known: Resource<unknown>, clientRequestToken: string | undefined): boolean =>
  known.clientRequestToken !== null && known.clientRequestToken === clientRequestToken

/** Access to what a cluster has, by the names that lead to it; what is not there is asked about by the ARN that it could have. */
export async function resourceAccess(
  context: AccessContext,
  kind: ResourceKind,
  clusterName: string,
  name: string,
  names: readonly string[] = [name],
): Promise<AccessStatement> {
  const { tx, region, account } = context
  const cluster = await clusterOfName(tx, context, clusterName)
  const found = cluster && (await resourcesOf(kind).find(tx, cluster.id, name))
  const resource = found?.arn ?? resourceArn(region, account, kind, clusterName, ...names, '*')
  return { resource, keys: resourceTagKeys(await tagsOf(tx, resource)) }
}

/** Forgets everything that a cluster had. */
export async function removeResourcesOf(tx: Transaction, scope: string): Promise<void> {
  const rows = await tx.selectFrom('eksResources').select('arn').where('scope', '=', scope).execute()
  for (const { arn } of rows) await removeAllTags(tx, arn)
  await tx.deleteFrom('eksResources').where('scope', '=', scope).execute()
}
