import { createHash } from 'node:crypto'

export interface DefaultSubnet {
  readonly id: string
  readonly zone: string
  readonly zoneId: string
  readonly cidr: string
  /** The first address, as a number. */
  readonly base: number
}

/** The default VPC of an account in a region. EC2's addresses of it are always these. Amazon VPC User Guide, "Default VPCs". */
export interface DefaultNetwork {
  readonly vpcId: string
  readonly cidr: string
  readonly dhcpOptionsId: string
  readonly securityGroupId: string
  readonly subnets: readonly DefaultSubnet[]
}

const cidr = '172.31.0.0/16'
const firstAddress = addressNumber('172.31.0.0')
/** Addresses of a default subnet: /20. */
export const subnetSize = 4_096
/** The first four and the last address of a subnet are AWS's own. Amazon VPC User Guide, "Subnet CIDR blocks". */
export const reservedAtStart = 4

/** The account's default VPC. It is made of nothing but names, so that each account has one from the start. */
export function defaultNetwork(place: { readonly account: string; readonly region: string }): DefaultNetwork {
  const id = (prefix: string, what: string) => `${prefix}-${hexadecimal(`${place.account} ${place.region} ${what}`)}`
  return {
    vpcId: id('vpc', 'vpc'),
    cidr,
    dhcpOptionsId: id('dopt', 'dhcp options'),
    securityGroupId: id('sg', 'security group'),
    subnets: zonesOf(place.region).map(({ zone, zoneId }, index) => {
      const base = firstAddress + index * subnetSize
      return { id: id('subnet', zone), zone, zoneId, cidr: `${addressText(base)}/20`, base }
    }),
  }
}

/** Three zones, with ids as AWS makes them: `use1-az1` in us-east-1. AWS Regions and Availability Zones User Guide, "Availability Zone IDs". */
export function zonesOf(region: string): readonly { readonly zone: string; readonly zoneId: string }[] {
  const [area = '', direction = '', number = ''] = region.split('-')
  const initials = direction.replace(/^(north|south)(east|west)$/, (_, first: string, second: string) => `${first[0]}${second[0]}`)
  const prefix = `${area}${initials.length === 2 ? initials : initials.charAt(0)}${number}`
  return ['a', 'b', 'c'].map((letter, index) => ({ zone: `${region}${letter}`, zoneId: `${prefix}-az${index + 1}` }))
}

export const addressText = (address: number): string => [24, 16, 8, 0].map(shift => (address >>> shift) & 255).join('.')

/** @param text  a dotted IPv4 address that was checked to be one */
export function addressNumber(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

const hexadecimal = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 17)
