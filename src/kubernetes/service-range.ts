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
  if (network?.ipFamily !== 'ipv6') return network?.serviceIpv4Cidr ?? defaultRange
  const [one, two, three] = id.toLowerCase().match(/.{4}/g) ?? []
  return `fd${one?.slice(2)}:${two}:${three}::/108`
}
