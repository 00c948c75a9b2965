import { keyIdOf } from '../../kubernetes/issuer/discovery.ts'
import { clusterArn, clusterOrThrow } from '../../kubernetes/cluster-of-name.ts'
import { attachments } from './service.ts'

/** DescribeAttachment: what is known of an attached cluster, and whether it can be asked, for `gatehouse cluster doctor`. */
export const DescribeAttachment = attachments.operation('DescribeAttachment', {
  access: ({ clusterName }, context) => ({
    action: 'eks:DescribeCluster',
    resource: clusterArn(context.region, context.account, clusterName),
  }),

  async handle({ clusterName }, context) {
    const { id } = await clusterOrThrow(context.tx, context, clusterName, attachments.ResourceNotFoundException)
    const attachment = await context.tx.selectFrom('attachedClusters').select('publicKeys').where('clusterId', '=', id).executeTakeFirst()
    if (!attachment) throw new attachments.ResourceNotFoundException(`${clusterName} is not attached.`)
    const keyIds = (JSON.parse(attachment.publicKeys) as string[]).map(keyIdOf)
    // What the token webhook reads of a cluster: who cannot read that cannot map users.
    const problem = await context.world.clusters.awsAuth(id).then(
      () => undefined,
      (thrown: unknown) => (thrown as Error).message,
    )
    return { clusterId: id, keyIds, ...(problem !== undefined && { problem }) }
  },
})
