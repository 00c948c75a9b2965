import type { Transaction } from '../../store/index.ts'
import type { RoleUsageType } from '../../wire/models/iam.ts'
import { parseArn } from '../../types/arn.ts'
import { prefixEnd } from './paging.ts'

type Find = (tx: Transaction, account: string, region: string) => Promise<readonly { readonly arn: string }[]>

const eksResources =
  (kind: string): Find =>
  (tx, account, region) => {
    const prefix = `arn:aws:eks:${region}:${account}:${kind}/`
    return tx
      .selectFrom('eksResources')
      .select('arn')
      .where('arn', '>=', prefix)
      .where('arn', '<', prefixEnd(prefix))
      .orderBy('arn')
      .execute()
  }

const clusters = (tx: Transaction, account: string) =>
  tx
    .selectFrom('clusters')
    .select(['arn', 'details'])
    .where('account', '=', account)
    .where('kind', '!=', 'attached')
    .orderBy('arn')
    .execute()

const isLocal = ({ details }: { readonly details: string }) => 'outpostConfig' in (JSON.parse(details) as object)

/**
 * What keeps a service-linked role in use, by service: each service's guide, "Using service-linked roles", "Deleting a service-linked role". Of the
 * services that Gatehouse serves; what another has is not here.
 */
const resourcesOf: { readonly [service: string]: Find } = {
  'access-analyzer.amazonaws.com': (tx, account) =>
    tx.selectFrom('analyzers').select('arn').where('account', '=', account).orderBy('arn').execute(),
  'cloudtrail.amazonaws.com': async (tx, account) => [
    ...(await tx.selectFrom('trails').select('arn').where('account', '=', account).where('organizationId', 'is not', null).execute()),
    ...(await tx
      .selectFrom('eventDataStores')
      .select('arn')
      .where('account', '=', account)
      .where('organizationId', 'is not', null)
      .where('deletedAt', 'is', null)
      .execute()),
  ],
  'context.cloudtrail.amazonaws.com': (tx, account) =>
    tx
      .selectFrom('eventDataStores')
      .select('arn')
      .where('account', '=', account)
      .where('deletedAt', 'is', null)
      .where('contextKeys', 'like', '%"TagContext"%')
      .orderBy('arn')
      .execute(),
  'eks.amazonaws.com': async (tx, account) => (await clusters(tx, account)).filter(cluster => !isLocal(cluster)),
  'outposts.eks-local.amazonaws.com': async (tx, account) => (await clusters(tx, account)).filter(isLocal),
  'eks-connector.amazonaws.com': eksResources('cluster'),
  'eks-nodegroup.amazonaws.com': eksResources('nodegroup'),
  'eks-fargate.amazonaws.com': eksResources('fargateprofile'),
  'organizations.amazonaws.com': async (tx, account) => {
    const rows = await tx
      .selectFrom('organizationAccounts')
      .innerJoin('organizations', 'organizations.id', 'organizationAccounts.organizationId')
      .select(['organizations.id', 'managementAccount'])
      .where('accountId', '=', account)
      .execute()
    return rows.map(({ id, managementAccount }) => ({ arn: `arn:aws:organizations::${managementAccount}:organization/${id}` }))
  },
}

/** The resources that use a service-linked role of an account, by region. IAM API Reference, "RoleUsageType". */
export async function usesOfServiceLinkedRole(
  tx: Transaction,
  { account, service, region }: { readonly account: string; readonly service: string; readonly region: string },
): Promise<RoleUsageType[]> {
  const found = (await resourcesOf[service]?.(tx, account, region)) ?? []
  // What belongs to no region is IAM's, which is in us-east-1.
  const byRegion = Map.groupBy(found, ({ arn }) => parseArn(arn)?.region || 'us-east-1')
  return [...byRegion].map(([Region, resources]) => ({ Region, Resources: resources.map(({ arn }) => arn) }))
}
