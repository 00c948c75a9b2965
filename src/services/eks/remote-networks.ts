import ipaddr from 'ipaddr.js'
import { defaultNetwork } from '../../catalogue/default-network.ts'
import { clusterVpc } from '../../kubernetes/cluster-security-group.ts'
import { serviceRangeOf } from '../../kubernetes/service-range.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { RemoteNetworkConfigRequest } from '../../wire/models/eks.ts'
import { detailsOf } from './cluster-shape.ts'
import { eks } from './service.ts'

/** Where nodes on premises may be: private networks, and those of carriers. EKS User Guide, "Prepare networking for hybrid nodes". */
const allowed = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].map(text => ipaddr.IPv4.parseCIDR(text))

/** EKS User Guide, "Amazon EKS Hybrid Nodes overview", "Limits": of nodes, and of pods. */
const mostNetworks = 15

type Network = ReturnType<typeof ipaddr.IPv4.parseCIDR>

/**
 * Holds the networks of hybrid nodes, and of pods on them, to what EKS takes. The words are those that users were shown, but those of numbers, of the VPC and of the IP family.
 * EKS API Reference, "RemoteNetworkConfigRequest".
 * @throws InvalidParameterException
 */
export function checkRemoteNetworks(
  config: RemoteNetworkConfigRequest | undefined,
  cluster: Pick<ClustersTable, 'id' | 'account' | 'region' | 'name' | 'authenticationMode' | 'details'>,
): void {
  if (config === undefined) return
  const refused = (message: string) => new eks.InvalidParameterException(message, { clusterName: cluster.name })
  const [nodes, pods] = [config.remoteNodeNetworks, config.remotePodNetworks].map(networks =>
    (networks ?? []).flatMap(({ cidrs = [] }) => cidrs),
  ) as [string[], string[]]
  // Empty lists of both take the configuration away.
  if (nodes.length + pods.length === 0 && config.remoteNodeNetworks && config.remotePodNetworks) return
  if (nodes.length === 0) throw refused('remoteNodeNetworks are required when specifying remoteNetworkConfig.')
  if (cluster.authenticationMode === 'CONFIG_MAP')
    throw refused('AccessConfig AuthMode must be API_AND_CONFIG_MAP or API when remoteNetworkConfig is specified')
  if (detailsOf(cluster).kubernetesNetworkConfig?.ipFamily === 'ipv6')
    throw refused('The ipFamily must be ipv4 when remoteNetworkConfig is specified.')
  const services = serviceRangeOf(cluster)
  const vpc = clusterVpc(cluster) === undefined ? undefined : defaultNetwork(cluster).cidr
  const known: string[] = []
  for (const [kind, networks] of [
    ['node', nodes],
    ['pod', pods],
  ] as const) {
    if (networks.length > mostNetworks) throw refused(`At most ${mostNetworks} CIDRs can be specified as remote ${kind} networks.`)
    for (const text of networks) {
      const why = problemOf(text, { services, vpc, known })
      if (why !== undefined) throw refused(`Invalid remote ${kind} network: CIDR ${text} ${why}`)
      known.push(text)
    }
  }
}

function problemOf(
  text: string,
  { services, vpc, known }: { readonly services: string; readonly vpc: string | undefined; readonly known: readonly string[] },
): string | undefined {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}$/.test(text) || !ipaddr.IPv4.isValidCIDR(text)) return 'is not valid'
  const [address, bits] = ipaddr.IPv4.parseCIDR(text)
  if (!allowed.some(([within, length]) => bits >= length && address.match(within, length))) return 'is not part of RFC 1918 or CGNAT'
  if (overlap(text, services)) return `overlaps with service CIDR ${services}`
  if (vpc !== undefined && overlap(text, vpc)) return `overlaps with VPC CIDR ${vpc}`
  const other = known.find(network => overlap(text, network))
  return other && `overlaps with already existing CIDR ${other}`
}

function overlap(one: string, other: string): boolean {
  const [[address, bits], [otherAddress, otherBits]] = [one, other].map(text => ipaddr.IPv4.parseCIDR(text)) as [Network, Network]
  return address.match(otherAddress, Math.min(bits, otherBits))
}
