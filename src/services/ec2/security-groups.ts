import { defaultNetwork } from '../../catalogue/default-network.ts'
import { clusterSecurityGroup } from '../../kubernetes/cluster-security-group.ts'
import type { Transaction } from '../../store/index.ts'
import { ec2Arn } from './arns.ts'
import { ec2Error } from './errors.ts'
import { filtered, type FilterValues } from './filters.ts'
import { pageById } from './paging.ts'
import { ec2Operation } from './service.ts'
import { tagList, type Tags, tagsOfAll } from './tag-store.ts'

export interface SecurityGroup {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly vpcId: string | undefined
}

/** The security groups of an account: its default VPC's own, and those that EKS made for its clusters. Amazon VPC User Guide, "Default security groups for your VPCs". */
export async function securityGroups(
  tx: Transaction,
  place: { readonly account: string; readonly region: string },
): Promise<readonly SecurityGroup[]> {
  const { vpcId, securityGroupId: id } = defaultNetwork(place)
  const { account, region } = place
  const clusters = await tx.selectFrom('clusters').selectAll().where('account', '=', account).where('region', '=', region).execute()
  return [
    { id, name: 'default', description: 'default VPC security group', vpcId },
    ...clusters.flatMap(row => clusterSecurityGroup(row) ?? []),
  ]
}

/** @throws InvalidGroup.NotFound */
export const noSuchGroup = (group: string) =>
  ec2Error('InvalidGroup.NotFound', `The security group '${group.slice(0, 255)}' does not exist`)

/** DescribeSecurityGroups. EC2 API Reference. Names are of groups of the default VPC alone. */
export const DescribeSecurityGroups = ec2Operation('DescribeSecurityGroups', {
  access: (_input, { region }) => ({ resource: '*', keys: { 'ec2:Region': region } }),
  async handle(input, { tx, account, region }) {
    const place = { account, region }
    const groups = await securityGroups(tx, place)
    const { vpcId } = defaultNetwork(place)
    const named = groups.filter(group => group.vpcId === vpcId)
    const unknown =
      input.GroupIds?.find(id => groups.every(group => group.id !== id)) ??
      input.GroupNames?.find(name => named.every(group => group.name !== name))
    if (unknown !== undefined) throw noSuchGroup(unknown)
    const tags = await tagsOfAll(
      tx,
      groups.map(({ id }) => id),
    )
    const asked = groups.filter(
      group =>
        (!input.GroupIds?.length || input.GroupIds.includes(group.id)) &&
        (!input.GroupNames?.length || (named.includes(group) && input.GroupNames.includes(group.name))),
    )
    const tagsOf = ({ id }: SecurityGroup): Tags => tags.get(id) ?? {}
    const values: FilterValues<SecurityGroup> = {
      'group-id': ({ id }) => id,
      'group-name': ({ name }) => name,
      'vpc-id': group => group.vpcId,
      'owner-id': () => account,
      description: ({ description }) => description,
    }
    const { page, NextToken } = pageById(
      filtered(asked, input.Filters, values, tagsOf).toSorted((one, other) => (one.id < other.id ? -1 : 1)),
      ({ id }) => id,
      input,
    )
    const SecurityGroups = page.map(group => ({
      GroupId: group.id,
      SecurityGroupArn: ec2Arn(place, 'security-group', group.id),
      GroupName: group.name,
      Description: group.description,
      OwnerId: account,
      ...(group.vpcId !== undefined && { VpcId: group.vpcId }),
      IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: group.id, UserId: account }] }],
      IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      Tags: tagList(tagsOf(group)),
    }))
    return { SecurityGroups, NextToken }
  },
})
