import { lookup } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'

/** An address to connect to, and to no other, whatever the name says a moment later. */
export interface PinnedAddress {
  readonly address: string
  readonly family: 4 | 6
}

/** A network that connections may go to though it is not public, such as `10.20.0.0/16`. */
export type Network = ReturnType<typeof ipaddr.parseCIDR>

/** Networks with commas between. @throws Error for a text that is not a network in CIDR form */
export const networksOf = (text: string): Network[] =>
  text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
    .map(part => ipaddr.parseCIDR(part))

/**
 * Whether a request that somebody else words may make us connect to an address: public ones, and those of networks that the
 * person who runs Gatehouse named. Loopback, private, link-local (cloud metadata), shared, mapped and translated ranges are not public.
 * OWASP, "Server-Side Request Forgery Prevention".
 */
export function mayConnectTo(address: string, networks: readonly Network[]): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  if (networks.some(network => parsed.kind() === network[0].kind() && parsed.match(network))) return true
  const [within, without] = publicUnicast[parsed.kind()]
  return parsed.match(within) && !without.some(block => parsed.match(block))
}

/**
 * Unicast, and its blocks that have a purpose of their own or belong to nobody. Blocks of relays and sinks that are reachable everywhere (AS112, AMT, anycast for port control) serve nobody's
 * documents, and are not public either. IPv6 outside 2000::/3 is never public: NAT64's prefixes and others with an IPv4 address inside, segment identifiers, local addresses.
 * IANA IPv4 and IPv6 Special-Purpose Address Registries; IANA IPv6 Global Unicast Address Assignments; RFC 4291, section 2.4.
 */
const publicUnicast: Readonly<Record<'ipv4' | 'ipv6', readonly [within: Network, without: readonly Network[]]>> = {
  ipv4: [
    ipaddr.parseCIDR('0.0.0.0/0'),
    networksOf(`0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.0.0.0/24, 192.0.2.0/24, 192.31.196.0/24,
      192.52.193.0/24, 192.88.99.0/24, 192.168.0.0/16, 192.175.48.0/24, 198.18.0.0/15, 198.51.100.0/24, 203.0.113.0/24, 224.0.0.0/3`),
  ],
  ipv6: [
    ipaddr.parseCIDR('2000::/3'),
    // Protocol assignments with Teredo, benchmarking and ORCHID among them; documentation, twice; 6to4; AS112; what IANA holds back, the former 6bone with it.
    networksOf('2001::/23, 2001:db8::/32, 2002::/16, 2620:4f:8000::/48, 2d00::/8, 2e00::/7, 3000::/4'),
  ],
}

/**
 * Resolves a host once. Every address of it must be one that we may connect to: a name with a public and a private one is a trap.
 * @param host  a name or an address, IPv6 with or without brackets
 * @returns     undefined when it is not to be connected to, or does not exist
 */
export async function pinnedAddressOf(host: string, networks: readonly Network[]): Promise<PinnedAddress | undefined> {
  const name = host.replace(/^\[(.*)\]$/, '$1')
  const found = await lookup(name, { all: true, order: 'verbatim' }).catch(() => [])
  const [first] = found
  if (!first || !found.every(({ address }) => mayConnectTo(address, networks))) return undefined
  return { address: first.address, family: first.family === 6 ? 6 : 4 }
}
