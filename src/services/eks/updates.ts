import { recordChange } from '../../store/index.ts'
import type { ClustersTable, EksUpdatesTable } from '../../store/tables/eks.ts'
import type { Update, UpdateParam } from '../../wire/models/eks.ts'
import type { HandleContext } from '../operation.ts'
import { clusterAccess, pageByName } from './access.ts'
import { requireCluster } from './cluster-store.ts'
import { eks } from './service.ts'

/** DescribeUpdate: how a change of a cluster goes on. EKS API Reference, "DescribeUpdate". */
export const DescribeUpdate = eks.operation('DescribeUpdate', {
  access: ({ name }, context) => clusterAccess(context, name),
  async handle(input, { tx, ...place }) {
    const cluster = await requireCluster(tx, place, input.name)
    refuseOtherTargets(input)
    const row = await tx
      .selectFrom('eksUpdates')
      .selectAll()
      .where('id', '=', input.updateId)
      .where('clusterId', '=', cluster.id)
      .executeTakeFirst()
    if (!row) throw new eks.ResourceNotFoundException(`No update found for ID: ${input.updateId}`, { clusterName: cluster.name })
    return { update: updateShape(row, cluster) }
  },
})

/** ListUpdates: ids of a cluster's changes. EKS API Reference, "ListUpdates". */
export const ListUpdates = eks.operation('ListUpdates', {
  access: ({ name }, context) => clusterAccess(context, name),
  async handle(input, { tx, ...place }) {
    const cluster = await requireCluster(tx, place, input.name)
    refuseOtherTargets(input)
    const rows = await tx.selectFrom('eksUpdates').select('id').where('clusterId', '=', cluster.id).orderBy('id').execute()
    const { page, nextToken } = pageByName(rows, ({ id }) => id, input)
    return { updateIds: page.map(({ id }) => id), nextToken }
  },
})

/** Clusters have no node groups, add-ons or capabilities here: none of that name can have updates. */
function refuseOtherTargets(input: {
  readonly name: string
  readonly nodegroupName?: string
  readonly addonName?: string
  readonly capabilityName?: string
}): void {
  const { name: clusterName } = input
  if (input.nodegroupName !== undefined)
    throw new eks.ResourceNotFoundException(`No node group found for name: ${input.nodegroupName}.`, { clusterName })
  if (input.addonName !== undefined)
    throw new eks.ResourceNotFoundException(`No addon: ${input.addonName} found in cluster: ${clusterName}`, { clusterName })
  if (input.capabilityName !== undefined)
    throw new eks.ResourceNotFoundException(`No capability found for name: ${input.capabilityName}.`, { clusterName })
}

/**
 * Notes a change of a cluster, which must be ACTIVE for it.
 * @returns the update as EKS answers it: in progress
 */
export async function beginUpdate(
  { tx, now, world }: Pick<HandleContext, 'tx' | 'now' | 'world'>,
  cluster: ClustersTable,
  type: string,
  params: readonly UpdateParam[],
): Promise<Update> {
  const row: EksUpdatesTable = {
    id: world.random.uuid(),
    clusterId: cluster.id,
    type,
    status: 'InProgress',
    params: JSON.stringify(params),
    createdAt: now,
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
  return updateShape(row, { ...cluster, status: 'UPDATING' })
}

/** @throws ResourceInUseException when the cluster is being made, changed or deleted, or has failed */
export function requireActive({ name, status }: ClustersTable): void {
  if (status !== 'ACTIVE')
    throw new eks.ResourceInUseException(`Cannot update cluster ${name}: its status is ${status}, not ACTIVE.`, { clusterName: name })
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
