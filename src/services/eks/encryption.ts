import { clusterAccess } from './access.ts'
import { detailsOf } from './cluster-shape.ts'
import { requireCluster } from './cluster-store.ts'
import { refuseOnOutposts } from './outposts.ts'
import { eks } from './service.ts'
import { beginUpdate, requireUpdatable } from './updates.ts'

/** AssociateEncryptionConfig: encrypts a cluster's secrets with a key of KMS, once and for good. EKS User Guide, "Encrypt Kubernetes secrets with KMS on existing clusters". */
export const AssociateEncryptionConfig = eks.operation('AssociateEncryptionConfig', {
  access: ({ clusterName, encryptionConfig }, context) =>
    clusterAccess(context, clusterName, {
      'eks:encryptionConfigProviderKeyArns': encryptionConfig.flatMap(({ provider }) => provider?.keyArn ?? []),
    }),

  async handle({ clusterName, encryptionConfig }, { tx, now, world, ...place }) {
    const cluster = await requireCluster(tx, place, clusterName)
    refuseOnOutposts(cluster, 'Envelope encryption of secrets')
    const details = detailsOf(cluster)
    const [config] = encryptionConfig
    if (!config || encryptionConfig.length > 1 || config.resources?.join() !== 'secrets')
      throw new eks.InvalidParameterException('The encryptionConfig must have one item, whose resources are ["secrets"].', { clusterName })
    if (!/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[\w/-]+$/.test(config.provider?.keyArn ?? ''))
      throw new eks.InvalidParameterException('The keyArn in encryptionConfig provider is invalid', { clusterName })
    if (details.encryptionConfig?.length)
      throw new eks.InvalidRequestException('Cluster already has an encryption configuration, which cannot be changed.', { clusterName })
    await requireUpdatable(tx, cluster, 'AssociateEncryptionConfig')
    await tx
      .updateTable('clusters')
      .set({ details: JSON.stringify({ ...details, encryptionConfig }) })
      .where('id', '=', cluster.id)
      .execute()
    const params = [{ type: 'EncryptionConfig', value: JSON.stringify(encryptionConfig) }]
    return { update: await beginUpdate({ tx, now, world }, cluster, 'AssociateEncryptionConfig', params) }
  },
})
