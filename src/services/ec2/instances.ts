import type { Transaction } from '../../store/index.ts'
import type { InstancesTable } from '../../store/tables/ec2.ts'
import type { Place } from './arns.ts'
import { defaultNetwork } from '../../catalogue/default-network.ts'
import { ec2Error } from './errors.ts'
import { filtered, type FilterValues } from './filters.ts'
import { instanceAccess } from './instance-access.ts'
import { type DescribedInstance, reservations } from './instance-shape.ts'
import { associationsOf, checkInstanceIds, notFound, requireInstance, states, stateOf, visibleInstances } from './instance-store.ts'
import type { MetadataOptions } from './metadata-options.ts'
import { pageById } from './paging.ts'
import { ec2Operation } from './service.ts'
import { tagsOfAll } from './tag-store.ts'

const optionsOf = ({ row }: DescribedInstance) => JSON.parse(row.metadataOptions) as MetadataOptions

/** EC2 API Reference, "DescribeInstances", filters: those of what is recorded. */
const filterValues: FilterValues<DescribedInstance> = {
  'availability-zone': ({ row }) => row.availabilityZone,
  'client-token': ({ row }) => row.clientToken,
  'dns-name': () => '',
  'iam-instance-profile.arn': ({ association }) => association?.profileArn,
  'iam-instance-profile.id': ({ association }) => association?.profileId,
  'image-id': ({ row }) => row.imageId,
  'instance-id': ({ row }) => row.id,
  'instance-state-code': ({ state }) => state.Code,
  'instance-state-name': ({ state }) => state.Name,
  'instance-type': ({ row }) => row.instanceType,
  'instance.group-id': ({ row }) => defaultNetwork(row).securityGroupId,
  'instance.group-name': () => 'default',
  'key-name': ({ row }) => row.keyName,
  'launch-index': ({ row }) => row.launchIndex,
  'launch-time': ({ row }) => new Date(row.launchedAt).toISOString(),
  'metadata-options.http-endpoint': instance => optionsOf(instance).HttpEndpoint,
  'metadata-options.http-put-response-hop-limit': instance => optionsOf(instance).HttpPutResponseHopLimit,
  'metadata-options.http-tokens': instance => optionsOf(instance).HttpTokens,
  'metadata-options.instance-metadata-tags': instance => optionsOf(instance).InstanceMetadataTags,
  'owner-id': ({ row }) => row.account,
  'private-dns-name': ({ row }) => row.privateDnsName,
  'private-ip-address': ({ row }) => row.privateIp,
  'reservation-id': ({ row }) => row.reservationId,
  'subnet-id': ({ row }) => row.subnetId,
  'vpc-id': ({ row }) => defaultNetwork(row).vpcId,
}

/** DescribeInstances: pages count instances; those of one launch stand in one reservation. EC2 API Reference. */
export const DescribeInstances = ec2Operation('DescribeInstances', {
  access: (_input, { region }) => ({ resource: '*', keys: { 'ec2:Region': region } }),

  async handle(input, { tx, account, region, now }) {
    const ids = input.InstanceIds ?? []
    checkInstanceIds(ids)
    if (ids.length > 0 && input.MaxResults !== undefined)
      throw ec2Error('InvalidParameterCombination', 'The parameter instancesSet cannot be used with the parameter maxResults')
    const place = { account, region }
    const rows = await visibleInstances(tx, place, now)
    const missing = ids.filter(id => rows.every(row => row.id !== id))
    if (missing.length > 0) throw notFound(missing)
    const wanted = await described(tx, place, ids.length === 0 ? rows : rows.filter(({ id }) => ids.includes(id)))
    const matching = filtered(wanted, input.Filters, filterValues, ({ tags }) => tags)
    const { page, NextToken } = pageById(matching, ({ row }) => row.id, input)
    return { Reservations: reservations(page), NextToken }
  },

  trail: ({ InstanceIds = [], Filters = [] }) => ({
    requestParameters: {
      instancesSet: InstanceIds.length === 0 ? {} : { items: InstanceIds.map(instanceId => ({ instanceId })) },
      filterSet:
        Filters.length === 0
          ? {}
          : { items: Filters.map(({ Name = '', Values = [] }) => ({ name: Name, valueSet: { items: Values.map(value => ({ value })) } })) },
    },
  }),
})

async function described(tx: Transaction, place: Place, rows: readonly InstancesTable[]): Promise<DescribedInstance[]> {
  const [associations, tags] = [
    await associationsOf(tx, place),
    await tagsOfAll(
      tx,
      rows.map(({ id }) => id),
    ),
  ]
  return rows.map(row => ({ row, state: stateOf(row), association: associations.get(row.id), tags: tags.get(row.id) ?? {} }))
}

/** TerminateInstances: a second time changes nothing; the profile's association ends with the instance. EC2 API Reference. */
export const TerminateInstances = ec2Operation('TerminateInstances', {
  access: ({ InstanceIds }, context) => Promise.all(InstanceIds.map(id => instanceAccess(context, id))),

  async handle({ InstanceIds }, { tx, account, region, now }) {
    checkInstanceIds(InstanceIds)
    const rows: InstancesTable[] = []
    for (const id of new Set(InstanceIds)) rows.push(await requireInstance(tx, { account, region }, id, now))
    const running = rows.filter(({ terminatedAt }) => terminatedAt === null).map(({ id }) => id)
    if (running.length > 0) {
      await tx.updateTable('instances').set({ terminatedAt: now }).where('id', 'in', running).execute()
      await tx.deleteFrom('instanceProfileAssociations').where('instanceId', 'in', running).execute()
    }
    return {
      TerminatingInstances: rows.map(row => ({
        InstanceId: row.id,
        CurrentState: row.terminatedAt === null ? states.shuttingDown : states.terminated,
        PreviousState: stateOf(row),
      })),
    }
  },

  trail: ({ InstanceIds }) => ({ requestParameters: { instancesSet: { items: InstanceIds.map(instanceId => ({ instanceId })) } } }),
})
