import { profileAssociationOf } from '../../identity/instances.ts'
import type { Transaction } from '../../store/index.ts'
import type { InstanceProfileAssociationsTable } from '../../store/tables/ec2.ts'
import type { IamInstanceProfileAssociation } from '../../wire/models/ec2.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'
import { ec2Arn } from './arns.ts'
import { ec2Error } from './errors.ts'
import { filtered, type FilterValues } from './filters.ts'
import { instanceAccess } from './instance-access.ts'
import { findProfile, passRole, requireProfile } from './instance-profiles.ts'
import { isTerminated, newId, requireInstance } from './instance-store.ts'
import { pageById } from './paging.ts'
import { ec2Operation } from './service.ts'

/** AssociateIamInstanceProfile: an instance has one profile at most. EC2 API Reference. */
export const AssociateIamInstanceProfile = ec2Operation('AssociateIamInstanceProfile', {
  access: async ({ InstanceId, IamInstanceProfile }, context) => givingAccess(context, InstanceId, IamInstanceProfile),

  async handle({ InstanceId, IamInstanceProfile }, { tx, account, region, now, world }) {
    const instance = await requireInstance(tx, { account, region }, InstanceId, now)
    if (isTerminated(instance))
      throw ec2Error('IncorrectInstanceState', `The instance '${InstanceId}' is not in the 'running' or 'stopped' states.`)
    const profile = requireProfile(await findProfile(tx, account, IamInstanceProfile), IamInstanceProfile)
    if (await profileAssociationOf(tx, InstanceId))
      throw ec2Error('IncorrectState', `There is an existing association for instance ${InstanceId}`)
    const row = {
      id: newId('iip-assoc', world.random),
      account,
      instanceId: InstanceId,
      profileId: profile.id,
      profileArn: profile.arn,
      associatedAt: now,
    }
    await tx.insertInto('instanceProfileAssociations').values(row).execute()
    return { IamInstanceProfileAssociation: shape(row, 'associating') }
  },
})

/** ReplaceIamInstanceProfileAssociation: the association gets another id. EC2 API Reference. */
export const ReplaceIamInstanceProfileAssociation = ec2Operation('ReplaceIamInstanceProfileAssociation', {
  async access({ AssociationId, IamInstanceProfile }, context) {
    const found = await findAssociation(context.tx, context.account, AssociationId)
    return givingAccess(context, found?.instanceId ?? '*', IamInstanceProfile)
  },

  async handle({ AssociationId, IamInstanceProfile }, { tx, account, now, world }) {
    const association = await requireAssociation(tx, account, AssociationId)
    const profile = requireProfile(await findProfile(tx, account, IamInstanceProfile), IamInstanceProfile)
    const changes = { id: newId('iip-assoc', world.random), profileId: profile.id, profileArn: profile.arn, associatedAt: now }
    await tx.updateTable('instanceProfileAssociations').set(changes).where('id', '=', association.id).execute()
    return { IamInstanceProfileAssociation: shape({ ...association, ...changes }, 'associating') }
  },
})

/** DisassociateIamInstanceProfile. Credentials that the instance holds stay good until they expire. EC2 API Reference. */
export const DisassociateIamInstanceProfile = ec2Operation('DisassociateIamInstanceProfile', {
  async access({ AssociationId }, context) {
    const found = await findAssociation(context.tx, context.account, AssociationId)
    return instanceAccess(context, found?.instanceId ?? '*')
  },

  async handle({ AssociationId }, { tx, account }) {
    const association = await requireAssociation(tx, account, AssociationId)
    await tx.deleteFrom('instanceProfileAssociations').where('id', '=', association.id).execute()
    return { IamInstanceProfileAssociation: shape(association, 'disassociating') }
  },
})

const filterValues: FilterValues<InstanceProfileAssociationsTable> = {
  'instance-id': ({ instanceId }) => instanceId,
  state: () => 'associated',
}

/** DescribeIamInstanceProfileAssociations. EC2 API Reference. */
export const DescribeIamInstanceProfileAssociations = ec2Operation('DescribeIamInstanceProfileAssociations', {
  access: (_input, { region }) => ({ resource: '*', keys: { 'ec2:Region': region } }),

  async handle(input, { tx, account }) {
    const ids = input.AssociationIds
    for (const id of ids ?? []) await requireAssociation(tx, account, id)
    const rows = await tx.selectFrom('instanceProfileAssociations').selectAll().where('account', '=', account).orderBy('id').execute()
    const wanted = ids ? rows.filter(({ id }) => ids.includes(id)) : rows
    const { page, NextToken } = pageById(
      filtered(wanted, input.Filters, filterValues, () => ({})),
      ({ id }) => id,
      input,
    )
    return { IamInstanceProfileAssociations: page.map(row => shape(row, 'associated')), NextToken }
  },
})

/** Who gives an instance a profile may do so on the instance, with the profile, and hands over its role. */
async function givingAccess(
  context: AccessContext,
  instanceId: string,
  specification: { readonly Arn?: string; readonly Name?: string },
): Promise<AccessStatement[]> {
  const profile = await findProfile(context.tx, context.account, specification)
  const statement = await instanceAccess(context, instanceId)
  return [
    { ...statement, keys: { ...statement.keys, 'ec2:NewInstanceProfile': profile?.arn ?? specification.Arn } },
    ...passRole(profile, ec2Arn(context, 'instance', instanceId)),
  ]
}

const findAssociation = (tx: Transaction, account: string, id: string) =>
  tx.selectFrom('instanceProfileAssociations').selectAll().where('id', '=', id).where('account', '=', account).executeTakeFirst()

/** @throws InvalidParameterValue, in EC2's words */
async function requireAssociation(tx: Transaction, account: string, id: string): Promise<InstanceProfileAssociationsTable> {
  const found = await findAssociation(tx, account, id)
  if (!found) throw ec2Error('InvalidParameterValue', 'Invalid value for associationId.')
  return found
}

const shape = (
  { id, instanceId, profileArn, profileId, associatedAt }: InstanceProfileAssociationsTable,
  state: 'associating' | 'associated' | 'disassociating',
): IamInstanceProfileAssociation => ({
  AssociationId: id,
  InstanceId: instanceId,
  IamInstanceProfile: { Arn: profileArn, Id: profileId },
  State: state,
  Timestamp: new Date(associatedAt),
})
