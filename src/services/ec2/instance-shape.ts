import type { InstanceProfileAssociationsTable, InstancesTable } from '../../store/tables/ec2.ts'
import type { Instance, InstanceState, Reservation } from '../../wire/models/ec2.ts'
import { defaultNetwork } from '../../catalogue/default-network.ts'
import { type MetadataOptions, optionsResponse } from './metadata-options.ts'
import { tagList, type Tags } from './tag-store.ts'

/** An instance with all that is told of it. */
export interface DescribedInstance {
  readonly row: InstancesTable
  readonly state: InstanceState
  readonly association: InstanceProfileAssociationsTable | undefined
  readonly tags: Tags
}

/** EC2 API Reference, "Instance". */
export function instanceShape({ row, state, association, tags }: DescribedInstance): Instance {
  const { vpcId, securityGroupId } = defaultNetwork(row)
  const terminated = row.terminatedAt !== null
  return {
    InstanceId: row.id,
    ImageId: row.imageId,
    State: state,
    PrivateDnsName: terminated ? '' : row.privateDnsName,
    PublicDnsName: '',
    StateTransitionReason: terminated ? `User initiated (${gmt(row.terminatedAt as number)})` : '',
    ...(terminated && {
      StateReason: { Code: 'Client.UserInitiatedShutdown', Message: 'Client.UserInitiatedShutdown: User initiated shutdown' },
    }),
    ...(row.keyName !== null && { KeyName: row.keyName }),
    AmiLaunchIndex: row.launchIndex,
    InstanceType: row.instanceType,
    // EC2 tells whole seconds.
    LaunchTime: new Date(Math.floor(row.launchedAt / 1000) * 1000),
    Placement: { AvailabilityZone: row.availabilityZone, GroupName: '', Tenancy: 'default' },
    Monitoring: { State: 'disabled' },
    ...(!terminated && {
      SubnetId: row.subnetId,
      VpcId: vpcId,
      PrivateIpAddress: row.privateIp,
      SecurityGroups: [{ GroupId: securityGroupId, GroupName: 'default' }],
    }),
    Architecture: 'x86_64',
    Hypervisor: 'xen',
    RootDeviceType: 'ebs',
    VirtualizationType: 'hvm',
    ...(row.clientToken !== null && { ClientToken: row.clientToken }),
    ...(association && { IamInstanceProfile: { Arn: association.profileArn, Id: association.profileId } }),
    ...(Object.keys(tags).length > 0 && { Tags: tagList(tags) }),
    MetadataOptions: optionsResponse(JSON.parse(row.metadataOptions) as MetadataOptions, state.Name === 'pending' ? 'pending' : 'applied'),
    PrivateDnsNameOptions: { HostnameType: row.hostnameType, EnableResourceNameDnsARecord: false, EnableResourceNameDnsAAAARecord: false },
  }
}

const gmt = (at: number) => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} GMT`

/** Instances by the launch that made them. EC2 API Reference, "Reservation". */
export function reservations(instances: readonly DescribedInstance[]): Reservation[] {
  const byId = new Map<string, DescribedInstance[]>()
  for (const instance of instances) {
    const launched = byId.get(instance.row.reservationId)
    if (launched) launched.push(instance)
    else byId.set(instance.row.reservationId, [instance])
  }
  return [...byId].map(([ReservationId, launched]) => ({
    ReservationId,
    OwnerId: (launched[0] as DescribedInstance).row.account,
    Groups: [],
    Instances: launched.toSorted((one, other) => one.row.launchIndex - other.row.launchIndex).map(instanceShape),
  }))
}
