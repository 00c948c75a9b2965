import { defaultNetwork } from '../../catalogue/default-network.ts'
import { livingInstance, profileAssociationOf } from '../../identity/instances.ts'
import { sealContexts, type Transaction } from '../../store/index.ts'
import { instanceArn } from './instance-arn.ts'
import type { GetInstanceMetadataResponse } from './model.ts'
import { nodes } from './service.ts'

/** As EC2 keeps the options of an instance. EC2 API Reference, "InstanceMetadataOptionsResponse". */
interface StoredOptions {
  readonly HttpTokens: 'optional' | 'required'
  readonly HttpPutResponseHopLimit: number
  readonly HttpEndpoint: 'enabled' | 'disabled'
  readonly InstanceMetadataTags: 'enabled' | 'disabled'
}

/**
 * GetInstanceMetadata: what an instance's metadata service tells, and how it is set. Whoever asks could learn all of it from EC2: DescribeInstances, and
 * DescribeInstanceAttribute for the user data.
 */
export const GetInstanceMetadata = nodes.operation('GetInstanceMetadata', {
  access: ({ instanceId }, { account, region }) => [
    { action: 'ec2:DescribeInstances', resource: '*' },
    { action: 'ec2:DescribeInstanceAttribute', resource: instanceArn(region, account, instanceId) },
  ],

  async handle({ instanceId }, { tx, account, world }) {
    const instance = await livingInstance(tx, instanceId)
    if (instance?.account !== account) throw new nodes.NoSuchInstance(`There is no running instance ${instanceId}.`)
    const options = JSON.parse(instance.metadataOptions) as StoredOptions
    const { userData } = instance
    const { vpcId, cidr: vpcCidr, subnets, securityGroupId } = defaultNetwork(instance)
    const subnet = subnets.find(({ id }) => id === instance.subnetId)
    const profile = await profileOf(tx, instanceId)
    return {
      instanceId,
      accountId: account,
      region: instance.region,
      availabilityZone: instance.availabilityZone,
      instanceType: instance.instanceType,
      imageId: instance.imageId,
      privateIp: instance.privateIp,
      privateDnsName: instance.privateDnsName,
      reservationId: instance.reservationId,
      subnetId: instance.subnetId,
      zoneId: subnet?.zoneId ?? '',
      vpcId,
      vpcCidr,
      subnetCidr: subnet?.cidr ?? '',
      securityGroupId,
      launchIndex: instance.launchIndex,
      launchedAt: new Date(instance.launchedAt),
      options: { httpTokens: options.HttpTokens, hopLimit: options.HttpPutResponseHopLimit, httpEndpoint: options.HttpEndpoint },
      ...(options.InstanceMetadataTags === 'enabled' && { tags: await tagsOf(tx, instanceId) }),
      ...(userData !== null && { userData: world.secrets.decrypt(userData, sealContexts.userData(instanceId)).toString() }),
      ...(profile && { profile }),
    }
  },
})

async function profileOf(tx: Transaction, instanceId: string): Promise<GetInstanceMetadataResponse['profile']> {
  const association = await profileAssociationOf(tx, instanceId)
  if (!association) return undefined
  const row = await tx
    .selectFrom('instanceProfiles')
    .leftJoin('roles', 'roles.id', 'instanceProfiles.roleId')
    .select(['instanceProfiles.name as name', 'roles.name as roleName'])
    .where('instanceProfiles.id', '=', association.profileId)
    .executeTakeFirst()
  // A profile that was deleted in IAM is nobody's any more, though the instance keeps its association.
  return (
    row && {
      name: row.name,
      arn: association.profileArn,
      id: association.profileId,
      ...(row.roleName !== null && { roleName: row.roleName }),
    }
  )
}

async function tagsOf(tx: Transaction, id: string): Promise<{ [key: string]: string }> {
  const rows = await tx.selectFrom('tags').select(['key', 'value']).where('ownerKind', '=', 'ec2').where('ownerId', '=', id).execute()
  return Object.fromEntries(rows.map(({ key, value }) => [key, value]))
}
