import type { Transaction } from '../../store/index.ts'
import type { CallContext } from '../operation.ts'
import { ec2Arn } from './arns.ts'
import { defaultNetwork, type DefaultSubnet, reservedAtStart, subnetSize, zonesOf } from '../../catalogue/default-network.ts'
import { ec2Error } from './errors.ts'
import { filtered, type FilterValues } from './filters.ts'
import { pageById } from './paging.ts'
import { ec2Operation } from './service.ts'
import { tagList, type Tags, tagsOf, tagsOfAll } from './tag-store.ts'

const anyAccess = (_input: unknown, { region }: CallContext) => ({ resource: '*', keys: { 'ec2:Region': region } })
const noTags = (): Tags => ({})

/** DescribeRegions: the one region that Gatehouse is. EC2 API Reference. */
export const DescribeRegions = ec2Operation('DescribeRegions', {
  access: anyAccess,
  async handle({ RegionNames, Filters }, { region }) {
    const unknown = RegionNames?.find(name => name !== region)
    if (unknown !== undefined) throw ec2Error('InvalidParameterValue', `Invalid region provided: [${unknown.slice(0, 255)}]`)
    const all = [{ RegionName: region, Endpoint: `ec2.${region}.amazonaws.com`, OptInStatus: 'opt-in-not-required' }]
    const values: FilterValues<(typeof all)[number]> = {
      'region-name': ({ RegionName }) => RegionName,
      endpoint: ({ Endpoint }) => Endpoint,
      'opt-in-status': ({ OptInStatus }) => OptInStatus,
    }
    return { Regions: [...filtered(all, Filters, values, noTags)] }
  },
})

/** DescribeAvailabilityZones: three. EC2 API Reference. */
export const DescribeAvailabilityZones = ec2Operation('DescribeAvailabilityZones', {
  access: anyAccess,
  async handle({ ZoneNames, ZoneIds, Filters }, { region }) {
    const zones = zonesOf(region)
    const unknown =
      ZoneNames?.find(name => zones.every(({ zone }) => zone !== name)) ?? ZoneIds?.find(id => zones.every(({ zoneId }) => zoneId !== id))
    if (unknown !== undefined) throw ec2Error('InvalidParameterValue', `Invalid availability zone: [${unknown.slice(0, 255)}]`)
    const wanted = zones.filter(({ zone, zoneId }) => (ZoneNames?.includes(zone) ?? true) && (ZoneIds?.includes(zoneId) ?? true))
    const values: FilterValues<(typeof zones)[number]> = {
      'zone-name': ({ zone }) => zone,
      'zone-id': ({ zoneId }) => zoneId,
      'zone-type': () => 'availability-zone',
      'region-name': () => region,
      'group-name': () => `${region}-zg-1`,
      'opt-in-status': () => 'opt-in-not-required',
      state: () => 'available',
    }
    return {
      AvailabilityZones: filtered(wanted, Filters, values, noTags).map(({ zone, zoneId }) => ({
        State: 'available',
        OptInStatus: 'opt-in-not-required',
        Messages: [],
        RegionName: region,
        ZoneName: zone,
        ZoneId: zoneId,
        GroupName: `${region}-zg-1`,
        NetworkBorderGroup: region,
        ZoneType: 'availability-zone',
      })),
    }
  },
})

/** DescribeVpcs: the account's default one. EC2 API Reference. */
export const DescribeVpcs = ec2Operation('DescribeVpcs', {
  access: anyAccess,
  async handle(input, { tx, account, region }) {
    const { vpcId, cidr, dhcpOptionsId } = defaultNetwork({ account, region })
    const unknown = input.VpcIds?.find(id => id !== vpcId)
    if (unknown !== undefined) throw ec2Error('InvalidVpcID.NotFound', `The vpc ID '${unknown.slice(0, 255)}' does not exist`)
    const all = [{ id: vpcId, tags: await tagsOf(tx, vpcId) }]
    const values: FilterValues<(typeof all)[number]> = {
      'vpc-id': ({ id }) => id,
      cidr: () => cidr,
      'dhcp-options-id': () => dhcpOptionsId,
      'is-default': () => true,
      isDefault: () => true,
      'owner-id': () => account,
      state: () => 'available',
    }
    const { page, NextToken } = pageById(
      filtered(all, input.Filters, values, ({ tags }) => tags),
      ({ id }) => id,
      input,
    )
    const Vpcs = page.map(({ id, tags }) => ({
      VpcId: id,
      OwnerId: account,
      State: 'available' as const,
      CidrBlock: cidr,
      DhcpOptionsId: dhcpOptionsId,
      InstanceTenancy: 'default' as const,
      IsDefault: true,
      Tags: tagList(tags),
    }))
    return { Vpcs, NextToken }
  },
})

/** DescribeSubnets: the default VPC's, one in each zone. EC2 API Reference. */
export const DescribeSubnets = ec2Operation('DescribeSubnets', {
  access: anyAccess,
  async handle(input, { tx, account, region }) {
    const place = { account, region }
    const { vpcId, subnets } = defaultNetwork(place)
    const unknown = input.SubnetIds?.find(id => subnets.every(subnet => subnet.id !== id))
    if (unknown !== undefined) throw ec2Error('InvalidSubnetID.NotFound', `The subnet ID '${unknown.slice(0, 255)}' does not exist`)
    const tags = await tagsOfAll(
      tx,
      subnets.map(({ id }) => id),
    )
    const used = await addressesIn(tx, place)
    const values: FilterValues<DefaultSubnet> = {
      'subnet-id': ({ id }) => id,
      'vpc-id': () => vpcId,
      'availability-zone': ({ zone }) => zone,
      availabilityZone: ({ zone }) => zone,
      'availability-zone-id': ({ zoneId }) => zoneId,
      'cidr-block': ({ cidr }) => cidr,
      cidr: ({ cidr }) => cidr,
      'default-for-az': () => true,
      'owner-id': () => account,
      state: () => 'available',
    }
    const wanted = subnets.filter(({ id }) => input.SubnetIds?.includes(id) ?? true).toSorted((one, other) => (one.id < other.id ? -1 : 1))
    const { page, NextToken } = pageById(
      filtered(wanted, input.Filters, values, ({ id }) => tags.get(id) ?? {}),
      ({ id }) => id,
      input,
    )
    const Subnets = page.map(({ id, zone, zoneId, cidr }) => ({
      SubnetId: id,
      SubnetArn: ec2Arn(place, 'subnet', id),
      VpcId: vpcId,
      OwnerId: account,
      State: 'available' as const,
      CidrBlock: cidr,
      AvailabilityZone: zone,
      AvailabilityZoneId: zoneId,
      AvailableIpAddressCount: subnetSize - reservedAtStart - 1 - (used.get(id) ?? 0),
      DefaultForAz: true,
      MapPublicIpOnLaunch: false,
      Tags: tagList(tags.get(id) ?? {}),
    }))
    return { Subnets, NextToken }
  },
})

/** How many addresses of each subnet are taken. */
async function addressesIn(tx: Transaction, { account, region }: { account: string; region: string }): Promise<Map<string, number>> {
  const rows = await tx
    .selectFrom('instances')
    .select(['subnetId', expression => expression.fn.countAll<number>().as('count')])
    .where('account', '=', account)
    .where('region', '=', region)
    .where('terminatedAt', 'is', null)
    .groupBy('subnetId')
    .execute()
  return new Map(rows.map(({ subnetId, count }) => [subnetId, Number(count)]))
}
