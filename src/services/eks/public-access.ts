import ipaddr from 'ipaddr.js'
import { eks } from './service.ts'

/** EKS User Guide, "View and manage Amazon EKS and Fargate service quotas". */
const mostNetworks = 40

/**
 * Holds the networks that may reach a public endpoint to what EKS takes: no reserved addresses, those of examples among them, and those of IPv6 on clusters of that family alone. The words are
 * those of the guide, "Cluster API server endpoint", and those that users were shown.
 * @throws InvalidParameterException
 */
export function checkPublicAccess(
  networks: readonly string[] | undefined,
  { clusterName, ipFamily }: { readonly clusterName: string; readonly ipFamily: string | undefined },
): void {
  if (networks === undefined) return
  const refused = (why: string, which: readonly string[]) =>
    new eks.InvalidParameterException(`The following CIDRs are ${why} in publicAccessCidrs: [${which.join(', ')}]`, { clusterName })
  const invalid = networks.filter(text => !ipaddr.isValidCIDR(text) || (ipaddr.parseCIDR(text)[0].kind() === 'ipv6' && ipFamily !== 'ipv6'))
  if (invalid.length > 0) throw refused('invalid', invalid)
  const reserved = networks.filter(isReserved)
  if (reserved.length > 0) throw refused('not allowed', reserved)
  if (networks.length > mostNetworks)
    throw new eks.InvalidParameterException(`At most ${mostNetworks} CIDRs can be specified in publicAccessCidrs.`, { clusterName })
}

/** Whether a network is within addresses that nobody on the internet has; a network around them, such as all addresses, is not. */
function isReserved(text: string): boolean {
  const [address, bits] = ipaddr.parseCIDR(text)
  return bits >= shortestPrefix[address.kind()] && address.range() !== 'unicast'
}

/** The first and widest reserved networks of each family are /3 and /8: what is wider holds public addresses too. */
const shortestPrefix = { ipv4: 3, ipv6: 7 } as const
