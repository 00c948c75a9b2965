import type { ClustersTable } from '../../store/tables/eks.ts'
import type { CreateAccessConfigRequest, CreateClusterRequest } from '../../wire/models/eks.ts'
import { detailsOf } from './cluster-shape.ts'
import { eks } from './service.ts'

/** Whether a cluster is a local one on AWS Outposts. */
export const isLocal = (cluster: ClustersTable): boolean => detailsOf(cluster).outpostConfig !== undefined

/**
 * Local clusters run self-managed nodes and add-ons, and their pods get no roles of their own.
 * EKS User Guide, "Deploy an Amazon EKS cluster on AWS Outposts", "Comparing the deployment options" and "IAM roles for service accounts".
 * @param feature  as the guide calls it, first in a sentence
 * @throws         InvalidRequestException
 */
export function refuseOnOutposts(cluster: ClustersTable, feature: string): void {
  if (isLocal(cluster)) throw unavailable(cluster.name, feature)
}

const unavailable = (clusterName: string, feature: string) =>
  new eks.InvalidRequestException(`${feature} is not available: ${clusterName} is a local cluster on AWS Outposts.`, { clusterName })

/**
 * What other clusters can be made with.
 * EKS User Guide, "Deploy Amazon EKS on-premises with AWS Outposts", "Comparing the deployment options".
 * @throws InvalidRequestException; InvalidParameterException for other than one Outpost, as EKS API Reference, "OutpostConfigRequest", has it
 */
export function refuseSettingsOnOutposts({
  name,
  outpostConfig,
  encryptionConfig,
  kubernetesNetworkConfig,
  resourcesVpcConfig,
}: CreateClusterRequest): void {
  const [outpost, ...others] = outpostConfig?.outpostArns ?? []
  if (others.length > 0 || !/^arn:aws[a-z-]*:outposts:[a-z0-9-]+:\d{12}:outpost\/op-[0-9a-z-]+$/.test(outpost ?? ''))
    throw new eks.InvalidParameterException('The outpostArns must have the ARN of one Outpost.', { clusterName: name })
  if (encryptionConfig?.length) throw unavailable(name, 'Envelope encryption of secrets')
  if (kubernetesNetworkConfig?.ipFamily === 'ipv6') throw unavailable(name, 'The IP family ipv6')
  if (resourcesVpcConfig.endpointPublicAccess) throw unavailable(name, 'A public endpoint')
}

/**
 * What is set of access to a local cluster: nothing but what CONFIG_MAP has. Its words are those that a user was shown (eksctl, issue 7552).
 * @throws InvalidParameterException
 */
export function refuseAccessOnOutposts(
  clusterName: string,
  { authenticationMode, bootstrapClusterCreatorAdminPermissions }: CreateAccessConfigRequest,
): void {
  if ((authenticationMode ?? 'CONFIG_MAP') !== 'CONFIG_MAP' || bootstrapClusterCreatorAdminPermissions === false)
    throw new eks.InvalidParameterException(
      'Local Amazon EKS cluster only supports bootstrapClusterCreatorAdminPermissions=true and authenticationMode=CONFIG_MAP for AccessConfig.',
      { clusterName },
    )
}
