import type { ClustersTable } from '../../store/tables/eks.ts'
import type { AccessContext, CallContext } from '../operation.ts'
import { attachments } from './service.ts'

export const clusterArn = (name: string, { account, region }: Pick<CallContext, 'account' | 'region'>) =>
  `arn:aws:eks:${region}:${account}:cluster/${name}`

/** A cluster by name, in the caller's account and region. @throws ResourceNotFoundException */
export async function requireCluster(
  { tx, account, region }: Pick<AccessContext, 'tx' | 'account' | 'region'>,
  name: string,
): Promise<ClustersTable> {
  const cluster = await tx
    .selectFrom('clusters')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)
    .executeTakeFirst()
  if (!cluster) throw new attachments.ResourceNotFoundException(`No cluster found for name: ${name}.`)
  return cluster
}
