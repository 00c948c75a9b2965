import type { Transaction } from '../store/index.ts'
import type { ClustersTable } from '../store/tables/eks.ts'

/** Where clusters have names of their own. */
interface Place {
  readonly account: string
  readonly region: string
}

/** Service Authorization Reference, "Resource types defined by Amazon Elastic Kubernetes Service". */
export const clusterArn = (region: string, account: string, name: string) => `arn:aws:eks:${region}:${account}:cluster/${name}`

/** A cluster by name, in the caller's account and region. */
export const clusterOfName = (tx: Transaction, { account, region }: Place, name: string): Promise<ClustersTable | undefined> =>
  tx
    .selectFrom('clusters')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)
    .executeTakeFirst()

/** @param NotFound  the calling service's error @throws it, in EKS's words */
export async function clusterOrThrow(
  tx: Transaction,
  place: Place,
  name: string,
  NotFound: new (message: string, members: { clusterName: string }) => Error,
): Promise<ClustersTable> {
  const cluster = await clusterOfName(tx, place, name)
  if (!cluster) throw new NotFound(`No cluster found for name: ${name}.`, { clusterName: name })
  return cluster
}
