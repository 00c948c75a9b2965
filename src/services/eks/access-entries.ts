import { clusterOfName } from '../../kubernetes/cluster-of-name.ts'
import { roleArn, userArn } from '../../identity/arns.ts'
import { recordChange, type Transaction } from '../../store/index.ts'
import type { AccessEntriesTable, ClustersTable } from '../../store/tables/eks.ts'
import { parseArn } from '../../types/arn.ts'
import type { AccessEntry } from '../../wire/models/eks.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'
import { clusterAccess, pageByName, taggingAccess } from './access.ts'
import {
  defaultUsername,
  nodeEntryTypes,
  reservedGroupPrefixes,
  reservedUsernamePrefixes,
} from '../../cluster-access/access-entry-names.ts'
import { accessEntryArn, anyAccessEntryArn } from './arns.ts'
import { addTags, requestTagKeys, requireCluster, resourceTagKeys, tagsOf } from './cluster-store.ts'
import { refuseManagedEntry } from './managed-access.ts'
import { removeEntry } from './node-access.ts'
import { passRole } from './roles.ts'
import { eks } from './service.ts'

interface EntryInput {
  readonly clusterName: string
  readonly principalArn: string
  readonly kubernetesGroups?: readonly string[]
  readonly username?: string
  readonly type?: string
}

/** Keys of a creation. Service Authorization Reference, "Actions defined by Amazon Elastic Kubernetes Service". */
const entryKeys = ({ principalArn, kubernetesGroups, username, type }: EntryInput) => ({
  'eks:principalArn': principalArn,
  'eks:kubernetesGroups': kubernetesGroups,
  'eks:username': username,
  'eks:accessEntryType': type,
})

/** CreateAccessEntry: lets an IAM principal into a cluster. EKS API Reference, "CreateAccessEntry". */
export const CreateAccessEntry = eks.operation('CreateAccessEntry', {
  async access(input, context) {
    const keys = { ...entryKeys({ type: 'STANDARD', ...input }), ...requestTagKeys(input.tags) }
    const statement = await clusterAccess(context, input.clusterName, keys)
    return [
      statement,
      ...(passedTypes.has(input.type ?? 'STANDARD') ? [passRole(input.principalArn, 'ec2.amazonaws.com')] : []),
      ...taggingAccess(accessEntryArn(context.region, context.account, input.clusterName, input.principalArn, '*'), input.tags),
    ]
  },

  async handle(input, context) {
    const { tx, now, world } = context
    const cluster = await requireEntryMode(tx, context, input.clusterName)
    checkPrincipal(input, cluster)
    const principalId = input.principalArn.endsWith(':root') ? undefined : await principalIdOf(tx, input.principalArn)
    if (principalId === undefined) throw new eks.InvalidParameterException(`The specified principalArn is invalid: invalid principal.`)
    if (await findEntry(tx, cluster, input.principalArn))
      throw new eks.ResourceInUseException('The specified access entry resource is already in use on this cluster.', {
        clusterName: cluster.name,
      })
    const entry: AccessEntriesTable = {
      clusterId: cluster.id,
      principalArn: input.principalArn,
      principalId,
      entryId: world.random.uuid(),
      ...identityOf(input),
      createdAt: now,
      modifiedAt: now,
    }
    await tx.insertInto('accessEntries').values(entry).execute()
    await addTags(context, arnOf(cluster, entry), input.tags)
    await recordChange(tx, { account: cluster.account, kind: 'cluster', id: cluster.id, at: now })
    return { accessEntry: await entryShape(tx, cluster, entry) }
  },
})

/** Whoever makes such an entry hands the role to nodes. EKS User Guide, "Create access entries". */
const passedTypes: ReadonlySet<string> = new Set(['EC2_LINUX', 'EC2_WINDOWS'])

/** As EKS lists them. */
const typesOfOneAccount = ['EC2_LINUX', 'EC2_WINDOWS', 'FARGATE_LINUX', 'HYBRID_LINUX', 'EC2']

/** Which principals may have an entry of the type. EKS User Guide, "Create access entries". */
function checkPrincipal({ principalArn, type = 'STANDARD' }: EntryInput, { account, name: clusterName }: ClustersTable): void {
  const { account: owner, resource = '' } = parseArn(principalArn) ?? {}
  refuseManagedEntry(principalArn, clusterName)
  if (type === 'STANDARD') return
  if (!resource.startsWith('role/'))
    throw new eks.InvalidParameterException(`The principalArn of an access entry of type ${type} must be a role.`, { clusterName })
  if (owner !== account)
    throw new eks.InvalidParameterException(
      `AccessEntry principalArn must be from the same account as the cluster when using types [${typesOfOneAccount.join(', ')}]`,
      { clusterName },
    )
}

/** DescribeAccessEntry. EKS API Reference, "DescribeAccessEntry". */
export const DescribeAccessEntry = eks.operation('DescribeAccessEntry', {
  access: entryAccess,
  async handle({ clusterName, principalArn }, { tx, ...place }) {
    const { cluster, entry } = await requireEntry(tx, place, clusterName, principalArn)
    return { accessEntry: await entryShape(tx, cluster, entry) }
  },
})

/** ListAccessEntries: the principals with an entry, all or those with one access policy. EKS API Reference, "ListAccessEntries". */
export const ListAccessEntries = eks.operation('ListAccessEntries', {
  access: ({ clusterName }, context) => clusterAccess(context, clusterName),
  async handle(input, { tx, ...place }) {
    const cluster = await requireCluster(tx, place, input.clusterName)
    let query = tx.selectFrom('accessEntries').select('principalArn').where('clusterId', '=', cluster.id)
    if (input.associatedPolicyArn !== undefined)
      query = query.where(
        'principalArn',
        'in',
        tx
          .selectFrom('accessPolicyAssociations')
          .select('principalArn')
          .where('clusterId', '=', cluster.id)
          .where('policyArn', '=', input.associatedPolicyArn),
      )
    const { page, nextToken } = pageByName(await query.orderBy('principalArn').execute(), ({ principalArn }) => principalArn, input)
    return { accessEntries: page.map(({ principalArn }) => principalArn), nextToken }
  },
})

/** UpdateAccessEntry: changes user name and groups of a STANDARD entry. EKS API Reference, "UpdateAccessEntry". */
export const UpdateAccessEntry = eks.operation('UpdateAccessEntry', {
  async access(input, context) {
    const statement = await entryAccess(input, context)
    const { kubernetesGroups = statement.keys?.['eks:kubernetesGroups'], username = statement.keys?.['eks:username'] } = input
    return { ...statement, keys: { ...statement.keys, 'eks:kubernetesGroups': kubernetesGroups, 'eks:username': username } }
  },
  async handle(input, { tx, now, ...place }) {
    const { cluster, entry } = await requireEntry(tx, place, input.clusterName, input.principalArn)
    refuseManagedEntry(entry.principalArn, cluster.name)
    const kubernetesGroups = input.kubernetesGroups ?? (JSON.parse(entry.groups) as string[])
    const { groups, username } = identityOf({ ...input, kubernetesGroups, username: input.username ?? entry.username, type: entry.type })
    const changed = { ...entry, groups, username, modifiedAt: now }
    await tx
      .updateTable('accessEntries')
      .set({ groups, username, modifiedAt: now })
      .where('clusterId', '=', cluster.id)
      .where('principalArn', '=', entry.principalArn)
      .execute()
    await recordChange(tx, { account: cluster.account, kind: 'cluster', id: cluster.id, at: now })
    return { accessEntry: await entryShape(tx, cluster, changed) }
  },
})

/** DeleteAccessEntry: with its policy associations. EKS API Reference, "DeleteAccessEntry". */
export const DeleteAccessEntry = eks.operation('DeleteAccessEntry', {
  access: entryAccess,
  async handle({ clusterName, principalArn }, { tx, now, ...place }) {
    const { cluster, entry } = await requireEntry(tx, place, clusterName, principalArn)
    refuseManagedEntry(entry.principalArn, cluster.name)
    await removeEntry(cluster, entry, { tx, now })
    return {}
  },
})

/** Access to an entry by its ARN, with its tags and the keys of its type. Service Authorization Reference, "Resource types defined by Amazon Elastic Kubernetes Service". */
export async function entryAccess(
  { clusterName, principalArn }: { clusterName: string; principalArn: string },
  context: AccessContext,
): Promise<AccessStatement> {
  const { tx, account, region } = context
  const cluster = await clusterOfName(tx, context, clusterName)
  const entry = cluster && (await findEntry(tx, cluster, principalArn))
  const keys = { 'eks:clusterName': clusterName, 'eks:principalArn': principalArn }
  if (!cluster || !entry) return { resource: anyAccessEntryArn(region, account, clusterName), keys }
  const resource = arnOf(cluster, entry)
  const more = {
    'eks:accessEntryType': entry.type,
    'eks:kubernetesGroups': JSON.parse(entry.groups) as string[],
    'eks:username': entry.username,
    ...resourceTagKeys(await tagsOf(tx, resource)),
  }
  return { resource, keys: { ...keys, ...more } }
}

/** The cluster and entry. @throws ResourceNotFoundException, or InvalidRequestException when the cluster knows no entries */
export async function requireEntry(tx: Transaction, place: { account: string; region: string }, clusterName: string, principalArn: string) {
  const cluster = await requireEntryMode(tx, place, clusterName)
  const entry = await findEntry(tx, cluster, principalArn)
  if (!entry)
    throw new eks.ResourceNotFoundException(
      "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.",
      {
        clusterName,
      },
    )
  return { cluster, entry }
}

/** The cluster. @throws InvalidRequestException when it knows no entries */
export async function requireEntryMode(
  tx: Transaction,
  place: { account: string; region: string },
  clusterName: string,
): Promise<ClustersTable> {
  const cluster = await requireCluster(tx, place, clusterName)
  if (cluster.authenticationMode === 'CONFIG_MAP')
    throw new eks.InvalidRequestException(
      "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
      { clusterName },
    )
  return cluster
}

const findEntry = (tx: Transaction, { id }: ClustersTable, principalArn: string) =>
  tx.selectFrom('accessEntries').selectAll().where('clusterId', '=', id).where('principalArn', '=', principalArn).executeTakeFirst()

const arnOf = ({ region, account, name }: ClustersTable, { principalArn, entryId }: AccessEntriesTable) =>
  accessEntryArn(region, account, name, principalArn, entryId)

/** The unique id of a user, role or root user; undefined when there is none of that ARN. */
export async function principalIdOf(tx: Transaction, arn: string): Promise<string | undefined> {
  const { account = '', service, resource = '' } = parseArn(arn) ?? {}
  if (service !== 'iam') return undefined
  if (resource === 'root') return (await tx.selectFrom('accounts').select('id').where('id', '=', account).executeTakeFirst())?.id
  const [kind] = resource.split('/')
  if (kind !== 'user' && kind !== 'role') return undefined
  const row = await tx
    .selectFrom(kind === 'user' ? 'users' : 'roles')
    .select(['id', 'account', 'path', 'name'])
    .where('account', '=', account)
    .where('nameKey', '=', resource.slice(resource.lastIndexOf('/') + 1).toLowerCase())
    .executeTakeFirst()
  return row && (kind === 'user' ? userArn : roleArn)(row.account, row.path, row.name) === arn ? row.id : undefined
}

/** Type, user name and groups, checked. EKS User Guide, "Create access entries". */
function identityOf({
  principalArn,
  type = 'STANDARD',
  username,
  kubernetesGroups = [],
}: EntryInput): Pick<AccessEntriesTable, 'type' | 'username' | 'groups'> {
  const node = nodeEntryTypes[type]
  if (node) {
    if (username !== undefined && username !== node.username)
      throw new eks.InvalidParameterException(
        `The specified username is invalid: setting username is not allowed when the type is "${type}"`,
      )
    if (kubernetesGroups.length > 0 && kubernetesGroups.join() !== node.groups.join())
      throw new eks.InvalidParameterException(`The kubernetesGroups cannot be specified for access entries of type ${type}.`)
    return { type, username: node.username, groups: JSON.stringify(node.groups) }
  }
  if (type !== 'STANDARD') throw new eks.InvalidParameterException(`The type parameter is invalid: ${type}`)
  const badGroup = kubernetesGroups.find(group => reservedGroupPrefixes.some(prefix => group.startsWith(prefix)))
  if (badGroup !== undefined)
    throw new eks.InvalidParameterException(
      `The kubernetes group name ${badGroup} is invalid, it cannot start with ${badGroup.split(':')[0]}:`,
    )
  if (kubernetesGroups.includes('')) throw new eks.InvalidParameterException('A kubernetes group name cannot be empty.')
  if (username === '') throw new eks.InvalidParameterException('The username cannot be empty.')
  const reserved = reservedUsernamePrefixes.find(prefix => username?.startsWith(prefix))
  if (reserved !== undefined) throw new eks.InvalidParameterException(`The username must not begin with ${reserved}`)
  // A session name may hold what its holder likes: before it a colon keeps it from making up another identity.
  const session = username?.match(/\{\{SessionName(Raw)?\}\}/)
  if (session && !username?.slice(0, session.index).includes(':'))
    throw new eks.InvalidParameterException(`The username must have a colon before ${session[0]}.`)
  return { type, username: username ?? defaultUsername(principalArn), groups: JSON.stringify(kubernetesGroups) }
}

async function entryShape(tx: Transaction, cluster: ClustersTable, entry: AccessEntriesTable): Promise<AccessEntry> {
  const arn = arnOf(cluster, entry)
  return {
    clusterName: cluster.name,
    principalArn: entry.principalArn,
    kubernetesGroups: JSON.parse(entry.groups) as string[],
    accessEntryArn: arn,
    createdAt: new Date(entry.createdAt),
    modifiedAt: new Date(entry.modifiedAt),
    tags: await tagsOf(tx, arn),
    username: entry.username,
    type: entry.type,
  }
}
