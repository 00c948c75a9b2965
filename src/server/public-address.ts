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
  return parsed.range() === 'unicast' && (parsed.kind() === 'ipv4' || parsed.match(globalUnicast))
}

/** All that is assigned of IPv6's unicast; what lies outside has meanings of its own, as addresses with an IPv4 one inside. RFC 4291, section 2.4. */
const globalUnicast = ipaddr.parseCIDR('2000::/3')

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
