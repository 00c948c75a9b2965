import { recordChange, type Transaction } from '../../store/index.ts'
import type { ClustersTable, EksUpdatesTable } from '../../store/tables/eks.ts'
import type { DescribeUpdateRequest, Update, UpdateParam } from '../../wire/models/eks.ts'
import type { AccessContext, AccessStatement, HandleContext } from '../operation.ts'
import { clusterAccess, pageByName } from './access.ts'
import { requireCluster } from './cluster-store.ts'
import { resourceAccess, resourcesOf } from './resources.ts'
import { eks } from './service.ts'

type UpdateTarget = Pick<DescribeUpdateRequest, 'name' | 'nodegroupName' | 'addonName' | 'capabilityName'>

/** What a cluster has that updates can be of: the member of the input that names it, and what is said when there is none. */
const targets = [
  { member: 'nodegroupName', kind: 'nodegroup', missing: (name: string) => `No node group found for name: ${name}.` },
  { member: 'addonName', kind: 'addon', missing: (name: string, cluster: string) => `No addon: ${name} found in cluster: ${cluster}` },
  { member: 'capabilityName', kind: 'capability', missing: (name: string) => `No capability found for name: ${name}.` },
] as const

/** The cluster, and what of it is named. Service Authorization Reference, "Actions defined by Amazon Elastic Kubernetes Service". */
const updateAccess = async (input: UpdateTarget, context: AccessContext): Promise<AccessStatement[]> => [
  await clusterAccess(context, input.name),
  ...(await Promise.all(
    targets.flatMap(({ member, kind }) => {
      const name = input[member]
      return name === undefined ? [] : [resourceAccess(context, kind, input.name, name)]
    }),
  )),
]

/** The ARN of what is named; null for the cluster itself. @throws ResourceNotFoundException, InvalidParameterException when several are */
async function targetOf(tx: Transaction, cluster: ClustersTable, input: UpdateTarget): Promise<string | null> {
  const named = targets.filter(({ member }) => input[member] !== undefined)
  const [target] = named
  if (!target) return null
  if (named.length > 1)
    throw new eks.InvalidParameterException('Only one of nodegroupName, addonName and capabilityName can be specified.', {
      clusterName: cluster.name,
    })
  const name = input[target.member] ?? ''
  const found = await resourcesOf(target.kind).find(tx, cluster.id, name)
  if (!found)
    throw new eks.ResourceNotFoundException(target.missing(name, cluster.name), { clusterName: cluster.name, [target.member]: name })
  return found.arn
}

/** DescribeUpdate: how a change of a cluster, or of what it has, goes on. EKS API Reference, "DescribeUpdate". */
export const DescribeUpdate = eks.operation('DescribeUpdate', {
  access: updateAccess,
  async handle(input, { tx, ...place }) {
    const cluster = await requireCluster(tx, place, input.name)
    const row = await requireUpdate(tx, cluster, input.updateId, await targetOf(tx, cluster, input))
    return { update: updateShape(row, cluster) }
  },
})

/** ListUpdates: ids of a cluster's changes, or of those of what it has. EKS API Reference, "ListUpdates". */
export const ListUpdates = eks.operation('ListUpdates', {
  access: updateAccess,
  async handle(input, { tx, ...place }) {
    const cluster = await requireCluster(tx, place, input.name)
    const target = await targetOf(tx, cluster, input)
    const rows = await tx
      .selectFrom('eksUpdates')
      .select('id')
      .where('clusterId', '=', cluster.id)
      .where('targetArn', target === null ? 'is' : '=', target)
      .orderBy('id')
      .execute()
    const { page, nextToken } = pageByName(rows, ({ id }) => id, input)
    return { updateIds: page.map(({ id }) => id), nextToken }
  },
})

/** CancelUpdate: EKS cancels rollbacks of versions alone, while the nodes of EKS Auto Mode are rolled back: there are none here. EKS API Reference, "CancelUpdate". */
export const CancelUpdate = eks.operation('CancelUpdate', {
  access: ({ name }, context) => clusterAccess(context, name),
  async handle({ name, updateId }, { tx, ...place }) {
    const cluster = await requireCluster(tx, place, name)
    const { status, type } = updateShape(await requireUpdate(tx, cluster, updateId, null), cluster)
    if (status !== 'InProgress')
      throw new eks.InvalidStateException(`Update ${updateId} cannot be cancelled: its status is ${status}.`, { clusterName: name })
    const why = type === 'VersionRollback' ? 'the rollback of the control plane has begun' : `its type is ${type}, not VersionRollback`
    throw new eks.InvalidRequestException(`Update ${updateId} cannot be cancelled: ${why}.`, { clusterName: name })
  },
})

async function requireUpdate(tx: Transaction, cluster: ClustersTable, id: string, targetArn: string | null): Promise<EksUpdatesTable> {
  const row = await tx
    .selectFrom('eksUpdates')
    .selectAll()
    .where('id', '=', id)
    .where('clusterId', '=', cluster.id)
    .where('targetArn', targetArn === null ? 'is' : '=', targetArn)
    .executeTakeFirst()
  if (!row) throw new eks.ResourceNotFoundException(`No update found for ID: ${id}`, { clusterName: cluster.name })
  return row
}

/**
 * Notes a change of a cluster, which must be ACTIVE for it, or of what it has.
 * @returns the update as EKS answers it: in progress
 */
export async function beginUpdate(
  { tx, now, world }: Pick<HandleContext, 'tx' | 'now' | 'world'>,
  cluster: ClustersTable,
  type: string,
  params: readonly UpdateParam[],
  targetArn: string | null = null,
): Promise<Update> {
  const row: EksUpdatesTable = {
    id: world.random.uuid(),
    clusterId: cluster.id,
    type,
    // What a cluster has is changed within the call; the cluster itself when it runs again.
    status: targetArn === null ? 'InProgress' : 'Successful',
    params: JSON.stringify(params),
    createdAt: now,
    targetArn,
  }
  // The cluster is ACTIVE: what was in progress before has ended.
  await tx
    .updateTable('eksUpdates')
    .set({ status: 'Successful' })
    .where('clusterId', '=', cluster.id)
    .where('status', '=', 'InProgress')
    .execute()
  await tx.insertInto('eksUpdates').values(row).execute()
  await recordChange(tx, { account: cluster.account, kind: 'cluster', id: cluster.id, at: now })
  return { ...updateShape(row, cluster), status: 'InProgress' }
}

/** @throws ResourceInUseException when the cluster is being made, changed or deleted, or has failed */
export function requireActive({ name, status }: ClustersTable): void {
  if (status !== 'ACTIVE')
    throw new eks.ResourceInUseException(`Cannot update cluster ${name}: its status is ${status}, not ACTIVE.`, { clusterName: name })
}

/**
 * Changes of a cluster itself come one at a time. The words are those that users were shown (cloud-custodian, issue 9250).
 * @throws ResourceInUseException
 */
export async function requireUpdatable(tx: Transaction, cluster: ClustersTable, type: string): Promise<void> {
  const { id, name, status } = cluster
  const running = tx.selectFrom('eksUpdates').select('id').where('clusterId', '=', id).where('status', '=', 'InProgress')
  const update = status === 'UPDATING' ? await running.orderBy('createdAt', 'desc').executeTakeFirst() : undefined
  if (update)
    throw new eks.ResourceInUseException(`Cannot ${type} because cluster ${name} currently has update ${update.id} in progress`, {
      clusterName: name,
    })
  requireActive(cluster)
}

/** What has begun ends with the cluster's status, which the running of it decides. */
const endings: { readonly [status in ClustersTable['status']]?: 'Successful' | 'Failed' } = { ACTIVE: 'Successful', FAILED: 'Failed' }

const updateShape = (row: EksUpdatesTable, { status }: ClustersTable): Update => ({
  id: row.id,
  status: row.status === 'InProgress' ? (endings[status] ?? 'InProgress') : row.status,
  type: row.type,
  params: JSON.parse(row.params) as UpdateParam[],
  createdAt: new Date(row.createdAt),
  errors: [],
})
