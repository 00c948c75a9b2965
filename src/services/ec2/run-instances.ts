import { createHash } from 'node:crypto'
import { profileAssociationOf } from '../../identity/instances.ts'
import { sealContexts, type Transaction } from '../../store/index.ts'
import type { InstancesTable } from '../../store/tables/ec2.ts'
import type { Reservation, RunInstancesRequest } from '../../wire/models/ec2.ts'
import type { AccessContext, AccessStatement, HandleContext } from '../operation.ts'
import { ec2Arn, imageArn, type Place } from './arns.ts'
import {
  addressNumber,
  addressText,
  defaultNetwork,
  type DefaultSubnet,
  reservedAtStart,
  subnetSize,
} from '../../catalogue/default-network.ts'
import { ec2Error } from './errors.ts'
import { findProfile, passRole, requireProfile } from './instance-profiles.ts'
import { type DescribedInstance, reservations } from './instance-shape.ts'
import { forgetTerminated, newId, states, stateOf } from './instance-store.ts'
import { checkEnforcement, metadataKeys, optionsForLaunch } from './metadata-options.ts'
import { checkLaunch, defaultType } from './launch-checks.ts'
import { launchRecord } from './launch-record.ts'
import { ec2Operation } from './service.ts'
import { addTags, checkedTags, requestTagKeys, resourceTagKeys, tagsForType, tagsOf } from './tag-store.ts'

/** RunInstances: instances as records, in the account's default VPC. EC2 API Reference. */
export const RunInstances = ec2Operation('RunInstances', {
  access: async (input, context) => [
    ...(await launchAccess(input, context)),
    ...tagAccess(input, context),
    ...(input.IamInstanceProfile
      ? passRole(await findProfile(context.tx, context.account, input.IamInstanceProfile), ec2Arn(context, 'instance', '*'))
      : []),
  ],

  async handle(input, context) {
    const { tx, account, region, now } = context
    const place = { account, region }
    checkLaunch(input)
    const requestHash = hashOf(input)
    const launched = input.ClientToken ? await launchedBefore(tx, place, input.ClientToken, requestHash) : undefined
    if (launched) return launched
    const profile =
      input.IamInstanceProfile && requireProfile(await findProfile(tx, account, input.IamInstanceProfile), input.IamInstanceProfile)
    const options = await optionsForLaunch(tx, place, input.MetadataOptions)
    await checkEnforcement(tx, place, options)
    await forgetTerminated(tx, place, now)
    const subnet = subnetFor(input, place)
    const addresses = await freeAddresses(subnet, input, context)
    const reservationId = newId('r', context.world.random)
    const tags = checkedTags(tagsForType(input.TagSpecifications, 'instance'))
    const instances: DescribedInstance[] = []
    for (const [launchIndex, address] of addresses.entries()) {
      const id = newId('i', context.world.random)
      const hostnameType = input.PrivateDnsNameOptions?.HostnameType === 'resource-name' ? 'resource-name' : 'ip-name'
      const row: InstancesTable = {
        id,
        account,
        region,
        reservationId,
        launchIndex,
        clientToken: input.ClientToken || null,
        requestHash,
        imageId: input.ImageId as string,
        instanceType: input.InstanceType ?? defaultType,
        keyName: input.KeyName || null,
        subnetId: subnet.id,
        availabilityZone: subnet.zone,
        privateIp: address,
        privateDnsName: privateDnsName(region, hostnameType === 'ip-name' ? `ip-${address.replaceAll('.', '-')}` : id),
        hostnameType,
        userData: input.UserData ? context.world.secrets.encrypt(input.UserData, sealContexts.userData(id)) : null,
        metadataOptions: JSON.stringify(options),
        launchedAt: now,
        terminatedAt: null,
      }
      await tx.insertInto('instances').values(row).execute()
      await addTags(tx, id, tags)
      const association = profile && {
        id: newId('iip-assoc', context.world.random),
        account,
        instanceId: id,
        profileId: profile.id,
        profileArn: profile.arn,
        associatedAt: now,
      }
      if (association) await tx.insertInto('instanceProfileAssociations').values(association).execute()
      instances.push({ row, state: states.pending, association, tags })
    }
    return reservations(instances)[0] as Reservation
  },

  trail: launchRecord,
})

/** The resources that a launch touches, each with the keys that policies know it by. Service Authorization Reference, RunInstances. */
async function launchAccess(input: RunInstancesRequest, { tx, account, region }: AccessContext): Promise<AccessStatement[]> {
  const place = { account, region }
  const network = defaultNetwork(place)
  const subnet = network.subnets.find(({ id }) => id === input.SubnetId) ?? network.subnets[0]
  const profile = input.IamInstanceProfile && (await findProfile(tx, account, input.IamInstanceProfile))
  const zone = { 'ec2:AvailabilityZone': input.Placement?.AvailabilityZone ?? subnet?.zone }
  const subnetArn = ec2Arn(place, 'subnet', input.SubnetId ?? subnet?.id ?? '')
  const vpcArn = ec2Arn(place, 'vpc', network.vpcId)
  const own = async (type: string, id: string) => ({ resource: ec2Arn(place, type, id), keys: resourceTagKeys(await tagsOf(tx, id)) })
  const groups = input.SecurityGroupIds ?? [network.securityGroupId]
  const tagged = (type: string) => requestTagKeys(tagsForType(input.TagSpecifications, type))
  const statements: AccessStatement[] = [
    {
      resource: imageArn(place, input.ImageId ?? ''),
      keys: { 'ec2:ImageID': input.ImageId, 'ec2:ImageType': 'machine', 'ec2:RootDeviceType': 'ebs' },
    },
    {
      resource: ec2Arn(place, 'instance', '*'),
      keys: {
        ...zone,
        ...metadataKeys(await optionsForLaunch(tx, place, input.MetadataOptions)),
        ...tagged('instance'),
        'ec2:InstanceType': input.InstanceType ?? defaultType,
        'ec2:InstanceProfile': profile?.arn ?? input.IamInstanceProfile?.Arn,
        'ec2:EbsOptimized': input.EbsOptimized ?? false,
        'ec2:RootDeviceType': 'ebs',
        'ec2:Tenancy': input.Placement?.Tenancy ?? 'default',
      },
    },
    {
      resource: ec2Arn(place, 'network-interface', '*'),
      keys: { ...zone, ...tagged('network-interface'), 'ec2:Subnet': subnetArn, 'ec2:Vpc': vpcArn },
    },
    { ...(await own('subnet', input.SubnetId ?? subnet?.id ?? '')) },
    ...(await Promise.all(groups.map(id => own('security-group', id)))),
    { resource: ec2Arn(place, 'volume', '*'), keys: { ...zone, ...tagged('volume') } },
    ...(input.KeyName ? [{ resource: ec2Arn(place, 'key-pair', input.KeyName), keys: { 'ec2:KeyPairName': input.KeyName } }] : []),
  ]
  const ofVpc = /:(subnet|security-group)\//
  return statements.map(({ resource, keys }) => ({
    resource,
    keys: { ...keys, ...(ofVpc.test(resource) && { 'ec2:Vpc': vpcArn, ...(resource.includes(':subnet/') && zone) }), 'ec2:Region': region },
  }))
}

/** Tags at launch need CreateTags too. EC2 User Guide, "Grant permission to tag Amazon EC2 resources during creation". */
const tagAccess = ({ TagSpecifications }: RunInstancesRequest, { account, region }: AccessContext): AccessStatement[] =>
  (TagSpecifications ?? []).map(({ ResourceType = '', Tags }) => ({
    action: 'ec2:CreateTags',
    resource: ec2Arn({ account, region }, ResourceType, '*'),
    keys: { 'ec2:CreateAction': 'RunInstances', 'ec2:Region': region, ...requestTagKeys(Tags) },
  }))

/** What a client token stands for: everything but the token itself and a dry run. */
function hashOf(input: RunInstancesRequest): string {
  const entries = Object.entries(input).filter(([name]) => name !== 'ClientToken' && name !== 'DryRun')
  return createHash('sha256')
    .update(JSON.stringify(entries.toSorted(([one], [other]) => (one < other ? -1 : 1))))
    .digest('base64url')
}

/** The launch that a client token has made already. @throws IdempotentParameterMismatch. EC2 API Reference, "Ensuring idempotency". */
async function launchedBefore(
  tx: Transaction,
  { account, region }: Place,
  token: string,
  requestHash: string,
): Promise<Reservation | undefined> {
  const rows = await tx
    .selectFrom('instances')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('clientToken', '=', token)
    .execute()
  if (rows.length === 0) return undefined
  if (rows.some(row => row.requestHash !== requestHash))
    throw ec2Error(
      'IdempotentParameterMismatch',
      'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
    )
  const instances: DescribedInstance[] = []
  for (const row of rows)
    instances.push({ row, state: stateOf(row), association: await profileAssociationOf(tx, row.id), tags: await tagsOf(tx, row.id) })
  return reservations(instances)[0]
}

/** @throws InvalidSubnetID.NotFound, InvalidZone, InvalidGroup.NotFound */
function subnetFor({ SubnetId, Placement, SecurityGroupIds = [], SecurityGroups = [] }: RunInstancesRequest, place: Place): DefaultSubnet {
  const { subnets, securityGroupId } = defaultNetwork(place)
  const group = SecurityGroupIds.find(id => id !== securityGroupId) ?? SecurityGroups.find(name => name !== 'default')
  if (group !== undefined) throw ec2Error('InvalidGroup.NotFound', `The security group '${group}' does not exist`)
  if (SubnetId !== undefined) {
    const found = subnets.find(({ id }) => id === SubnetId)
    if (!found) throw ec2Error('InvalidSubnetID.NotFound', `The subnet ID '${SubnetId}' does not exist`)
    return found
  }
  const zone = Placement?.AvailabilityZone
  const found = zone === undefined ? subnets[0] : subnets.find(subnet => subnet.zone === zone)
  if (!found) throw ec2Error('InvalidZone', `Invalid availability zone: [${zone}]`)
  return found
}

/** Private addresses of a subnet for a launch: the one that is asked for, else free ones from a random place on. */
async function freeAddresses(
  subnet: DefaultSubnet,
  input: RunInstancesRequest,
  { tx, account, region, world }: HandleContext,
): Promise<string[]> {
  const rows = await tx
    .selectFrom('instances')
    .select('privateIp')
    .where('account', '=', account)
    .where('region', '=', region)
    .where('terminatedAt', 'is', null)
    .execute()
  const taken = new Set(rows.map(({ privateIp }) => privateIp))
  const { PrivateIpAddress: wanted, MaxCount, MinCount } = input
  const first = subnet.base + reservedAtStart
  const usable = subnetSize - reservedAtStart - 1
  if (wanted !== undefined) {
    const offset = addressNumber(wanted) - first
    if (offset < 0 || offset >= usable)
      throw ec2Error('InvalidParameterValue', `Address ${wanted} does not fall within the subnet's address range`)
    if (taken.has(wanted)) throw ec2Error('InvalidIPAddress.InUse', `Address ${wanted} is in use.`)
    return [wanted]
  }
  const [high = 0, low = 0] = world.random.bytes(2)
  const found: string[] = []
  for (let step = 0; step < usable && found.length < MaxCount; step++) {
    const address = addressText(first + ((high * 256 + low + step) % usable))
    if (!taken.has(address)) found.push(address)
  }
  if (found.length < MinCount)
    throw ec2Error(
      'InsufficientFreeAddressesInSubnet',
      `There are not enough free addresses in subnet '${subnet.id}' to satisfy the requested number of instances.`,
    )
  return found
}

/** EC2 User Guide, "EC2 instance hostnames and domains": us-east-1 has a domain of its own. */
const privateDnsName = (region: string, host: string) => `${host}.${region === 'us-east-1' ? 'ec2' : `${region}.compute`}.internal`
