import { defaultNetwork } from '../../catalogue/default-network.ts'
import { eks } from './service.ts'

/** EKS API Reference, "CreateCluster", resourcesVpcConfig. */
const mostSecurityGroups = 5

interface Networks {
  readonly subnetIds: readonly string[]
  readonly securityGroupIds: readonly string[]
  readonly endpointPublicAccess: boolean
  readonly endpointPrivateAccess: boolean
}

/**
 * What a control plane's networks must be: subnets of two zones, as far as the subnets are known here, an endpoint that somebody reaches, and no more security groups than EKS takes.
 * The words are those that users were shown, but those of security groups. EKS API Reference, "VpcConfigRequest".
 * @throws InvalidParameterException
 */
export function checkNetworks(
  { subnetIds, securityGroupIds, endpointPublicAccess, endpointPrivateAccess }: Networks,
  { name: clusterName, account, region }: { readonly name: string; readonly account: string; readonly region: string },
): void {
  const refused = (message: string) => new eks.InvalidParameterException(message, { clusterName })
  const { subnets } = defaultNetwork({ account, region })
  const zones = new Set(subnetIds.map(id => subnets.find(subnet => subnet.id === id)?.zone ?? id))
  if (zones.size < 2) throw refused('Subnets specified must be in at least two different AZs')
  if (!endpointPublicAccess && !endpointPrivateAccess) throw refused('Private and public endpoint access cannot be false')
  if (securityGroupIds.length > mostSecurityGroups)
    throw refused(`At most ${mostSecurityGroups} security groups can be specified in securityGroupIds.`)
}
