import ipaddr from 'ipaddr.js'
import type { ClustersTable } from '../store/tables/eks.ts'

/** The range that EKS chooses when the caller does not. EKS API Reference, "KubernetesNetworkConfigRequest". */
const defaultRange = '10.100.0.0/16'

/** Of a cluster's details, what its addresses hang on. */
interface ClusterNetwork {
  readonly kubernetesNetworkConfig?: { readonly ipFamily?: string; readonly serviceIpv4Cidr?: string }
}

/** Where a cluster's services have their addresses; of the IPv6 family a unique local one of the cluster's own, which nobody chooses. */
export function serviceRangeOf({ id, details }: Pick<ClustersTable, 'id' | 'details'>): string {
  const { kubernetesNetworkConfig: network } = JSON.parse(details) as ClusterNetwork
  const chosen = network?.serviceIpv4Cidr
  // What was kept before ranges were looked at may be none.
  if (network?.ipFamily !== 'ipv6') return chosen !== undefined && isServiceRange(chosen) ? chosen : defaultRange
  const [one, two, three] = id.toLowerCase().match(/.{4}/g) ?? []
  return `fd${one?.slice(2)}:${two}:${three}::/108`
}

const privateNetworks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map(text => ipaddr.IPv4.parseCIDR(text))
const [fewestBits, mostBits] = [12, 24]

/** Whether services can have their addresses in a range. EKS API Reference, "KubernetesNetworkConfigRequest", serviceIpv4Cidr. */
export function isServiceRange(text: string): boolean {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}$/.test(text) || !ipaddr.IPv4.isValidCIDR(text)) return false
  const [address, bits] = ipaddr.IPv4.parseCIDR(text)
  const network = ipaddr.IPv4.networkAddressFromCIDR(text)
  const isPrivate = privateNetworks.some(([within, length]) => bits >= length && address.match(within, length))
  return isPrivate && bits >= fewestBits && bits <= mostBits && network.toString() === address.toString()
}
