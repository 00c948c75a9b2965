import type { ClustersTable } from '../../store/tables/eks.ts'
import type { UpdateParam, VpcConfigRequest } from '../../wire/models/eks.ts'
import { checkNetworks } from './cluster-networks.ts'
import { detailsOf, vpcOf } from './cluster-shape.ts'
import type { ConfigurationChange } from './configuration-change.ts'
import { isLocal } from './outposts.ts'
import { checkPublicAccess } from './public-access.ts'
import { eks } from './service.ts'

type Vpc = ReturnType<typeof vpcOf>

interface Kind {
  readonly type: string
  readonly members: readonly (keyof VpcConfigRequest)[]
  readonly params: (after: Vpc) => readonly UpdateParam[]
  /** What EKS says more of a cluster that is so already. */
  readonly already: (now: Vpc) => string
}

/** What of a control plane's networks changes in one call. EKS API Reference, "Update" and "UpdateParam"; EKS User Guide, "Configure control plane egress routing". */
const kinds: readonly Kind[] = [
  {
    type: 'VpcConfigUpdate',
    members: ['subnetIds', 'securityGroupIds'],
    params: after => [
      { type: 'Subnets', value: JSON.stringify(after.subnetIds) },
      { type: 'SecurityGroups', value: JSON.stringify(after.securityGroupIds) },
    ],
    already: () => '',
  },
  {
    type: 'EndpointAccessUpdate',
    members: ['endpointPublicAccess', 'endpointPrivateAccess', 'publicAccessCidrs'],
    params: after => [
      { type: 'EndpointPublicAccess', value: String(after.endpointPublicAccess) },
      { type: 'EndpointPrivateAccess', value: String(after.endpointPrivateAccess) },
      { type: 'PublicAccessCidrs', value: JSON.stringify(after.publicAccessCidrs) },
    ],
    already: now =>
      ` with endpointPrivateAccess: ${now.endpointPrivateAccess} , endpointPublicAccess: ${now.endpointPublicAccess}, and Public Endpoint Restrictions: [${now.publicAccessCidrs.join(', ')}]`,
  },
  {
    type: 'ControlPlaneEgressUpdate',
    members: ['controlPlaneEgressMode'],
    params: after => [{ type: 'ControlPlaneEgressMode', value: after.controlPlaneEgressMode }],
    already: () => '',
  },
]

/** Who reaches the endpoint, the networks of the control plane, or its way out: EKS takes no call with several. @throws InvalidParameterException */
export function vpcChange(wanted: VpcConfigRequest, cluster: ClustersTable): ConfigurationChange {
  const clusterName = cluster.name
  const refused = (message: string) => new eks.InvalidParameterException(message, { clusterName })
  const [kind, ...others] = kinds.filter(({ members }) => members.some(member => wanted[member] !== undefined))
  if (!kind) throw refused('The type for cluster update was not provided.')
  if (others.length > 0) throw refused('Only one type of update can be allowed.')
  const details = detailsOf(cluster)
  const now = vpcOf(details)
  checkPublicAccess(wanted.publicAccessCidrs, { clusterName, ipFamily: details.kubernetesNetworkConfig?.ipFamily })
  const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)) as VpcConfigRequest
  const after = vpcOf({ ...details, resourcesVpcConfig: { ...now, ...given } })
  if (!isLocal(cluster)) checkNetworks(after, cluster)
  if (now.controlPlaneEgressMode !== 'AWS_MANAGED' && after.controlPlaneEgressMode === 'AWS_MANAGED')
    throw refused(`The controlPlaneEgressMode cannot be changed from ${now.controlPlaneEgressMode} to AWS_MANAGED.`)
  if (JSON.stringify(after) === JSON.stringify(now)) throw refused(`Cluster is already at the desired configuration${kind.already(now)}`)
  return { type: kind.type, params: kind.params(after), details: { resourcesVpcConfig: after } }
}
