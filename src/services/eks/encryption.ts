import type { EncryptionConfig } from '../../wire/models/eks.ts'
import { clusterAccess } from './access.ts'
import { detailsOf } from './cluster-shape.ts'
import { requireCluster } from './cluster-store.ts'
import { refuseOnOutposts } from './outposts.ts'
import { eks } from './service.ts'
import { beginUpdate, requireUpdatable } from './updates.ts'

/**
 * One key of KMS, of the cluster's region, for secrets alone. The words are those that users were shown, but those of several keys.
 * EKS API Reference, "EncryptionConfig" and "Provider".
 * @throws InvalidParameterException
 */
export function checkEncryption(
  configs: readonly EncryptionConfig[],
  { name: clusterName, region }: { readonly name: string; readonly region: string },
): void {
  const refused = (message: string) => new eks.InvalidParameterException(message, { clusterName })
  const [config] = configs
  if (!config || configs.length > 1) throw refused('The encryptionConfig must have one item.')
  if (config.resources?.join() !== 'secrets') throw refused('Invalid k8s resource for encryption')
  const [, keyRegion] = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:(?:key|alias)\/[\w/-]+$/.exec(config.provider?.keyArn ?? '') ?? []
  if (keyRegion === undefined) throw refused('The keyArn in encryptionConfig provider is invalid')
  if (keyRegion !== region) throw refused('The keyArn for encryptionConfig is scoped to invalid aws region.')
}

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
    checkEncryption(encryptionConfig, cluster)
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
