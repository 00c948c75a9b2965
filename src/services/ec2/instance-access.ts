import { profileAssociationOf } from '../../identity/instances.ts'
import type { RequestContext } from '../../policy/index.ts'
import type { InstanceProfileAssociationsTable, InstancesTable } from '../../store/tables/ec2.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'
import { ec2Arn } from './arns.ts'
import { findInstance } from './instance-store.ts'
import { metadataKeys, type MetadataOptions } from './metadata-options.ts'
import { resourceTagKeys, tagsOf } from './tag-store.ts'

/** Access to an instance by id, with its keys when it exists. Service Authorization Reference, "Resource types defined by Amazon EC2", instance. */
export async function instanceAccess({ tx, account, region, now }: AccessContext, id: string): Promise<AccessStatement> {
  const place = { account, region }
  const instance = await findInstance(tx, place, id, now)
  const keys = instance ? { ...instanceKeys(instance, await profileAssociationOf(tx, id)), ...resourceTagKeys(await tagsOf(tx, id)) } : {}
  return { resource: ec2Arn(place, 'instance', id), keys: { ...keys, 'ec2:Region': region } }
}

/** An instance as policies see it. */
export const instanceKeys = (instance: InstancesTable, association: InstanceProfileAssociationsTable | undefined): RequestContext => ({
  'ec2:InstanceID': instance.id,
  'ec2:InstanceType': instance.instanceType,
  'ec2:AvailabilityZone': instance.availabilityZone,
  'ec2:Tenancy': 'default',
  'ec2:RootDeviceType': 'ebs',
  'ec2:InstanceProfile': association?.profileArn,
  ...metadataKeys(JSON.parse(instance.metadataOptions) as MetadataOptions),
})
