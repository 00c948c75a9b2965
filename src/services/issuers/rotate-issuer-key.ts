import { clusterArn, clusterOrThrow } from '../../kubernetes/cluster-of-name.ts'
import { issuers } from './service.ts'

/**
 * RotateIssuerKey: a new key for a cluster's issuer. It is published at once and signs an hour later, when verifiers' copies of the key set have ended;
 * the key before it stays published until the last token that it signed has expired. Whoever may update the cluster may do it.
 */
export const RotateIssuerKey = issuers.operation('RotateIssuerKey', {
  access: ({ clusterName }, context) => ({
    action: 'eks:UpdateClusterConfig',
    resource: clusterArn(context.region, context.account, clusterName),
  }),

  async handle({ clusterName, immediately = false }, { tx, world, ...place }) {
    const cluster = await clusterOrThrow(tx, place, clusterName, issuers.ResourceNotFoundException)
    if (cluster.kind === 'attached')
      throw new issuers.InvalidRequestException(
        `${clusterName} is attached: its own API server has the key. Change it there, and attach it again.`,
      )
    return { issuer: cluster.issuerUrl, keyId: await world.clusters.rotateIssuerKey(cluster.id, { immediately }) }
  },

  trail: ({ clusterName }, _output, context) => ({
    resources: [{ ARN: clusterArn(context.region, context.account, clusterName), accountId: context.account, type: 'AWS::EKS::Cluster' }],
  }),
  // The keys have a transaction of their own, which must not wait for this one.
  transaction: 'read',
})
