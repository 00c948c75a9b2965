import type { Json, JsonObject } from '../../../types/json.ts'
import { asText, isObject } from '../template/template.ts'
import { barred, call, camelCase, members, named, retag, settled, tags } from './eks-calls.ts'
import { changed, flag, objects, requiredText, text, unlessGone } from './properties.ts'
import { mutable, replacing, type ResourceType, thenFinish } from './resource-type.ts'

// What runs on a cluster. CloudFormation Template Reference, "AWS::EKS::Nodegroup", "AWS::EKS::FargateProfile", "AWS::EKS::Addon", "AWS::EKS::Capability".

/** What UpdateNodegroupVersion changes, and what UpdateNodegroupConfig takes as it is. */
const nodeVersions = ['Version', 'ReleaseVersion', 'LaunchTemplate'] as const
const nodeSettings = ['NodeRepairConfig', 'ScalingConfig', 'UpdateConfig', 'WarmPoolConfig'] as const

export const nodegroup: ResourceType = {
  name: 'AWS::EKS::Nodegroup',
  systemTags: true,
  properties: {
    ...mutable('Labels', 'Tags', 'Taints', 'ForceUpdateEnabled', ...nodeVersions, ...nodeSettings),
    ...replacing('AmiType', 'CapacityType', 'ClusterName', 'DiskSize', 'InstanceTypes'),
    ...replacing('NodegroupName', 'NodeRole', 'RemoteAccess', 'Subnets'),
  },
  required: ['ClusterName', 'NodeRole', 'Subnets'],
  namedBy: 'NodegroupName',
  attributes: ['Arn', 'ClusterName', 'Id', 'NodegroupName'],

  async create(properties, context) {
    const clusterName = requiredText(properties, 'ClusterName')
    const nodegroupName = text(properties, 'NodegroupName') ?? context.name(63)
    const given = Object.keys(nodegroup.properties).filter(
      property => !['ClusterName', 'NodegroupName', 'Tags', 'ForceUpdateEnabled'].includes(property),
    )
    const group = { clusterName, nodegroupName }
    const made = await call<{ nodegroup: { nodegroupArn: string } }>(context, 'CreateNodegroup', {
      ...group,
      ...members(properties, ...given),
      ...tags(properties, context),
    })
    const Id = `${clusterName}/${nodegroupName}`
    await thenFinish(Id, () => settled(context, 'DescribeNodegroup', group, ['ACTIVE', 'DEGRADED']))
    const attributes = { Arn: made.nodegroup.nodegroupArn, ClusterName: clusterName, Id, NodegroupName: nodegroupName }
    return { physicalId: Id, attributes }
  },

  async update(id, properties, previous, context) {
    const [clusterName = '', nodegroupName = ''] = id.split('/')
    const group = { clusterName, nodegroupName }
    const version = nodeVersions.filter(name => changed(properties, previous, name))
    if (version.length > 0) {
      const force = flag(properties, 'ForceUpdateEnabled')
      await call(context, 'UpdateNodegroupVersion', { ...group, ...members(properties, ...version), force })
      await settled(context, 'DescribeNodegroup', group, ['ACTIVE', 'DEGRADED'])
    }
    const config = nodeSettings.filter(name => changed(properties, previous, name))
    const labels = changed(properties, previous, 'Labels') ? { labels: mapChange(properties['Labels'], previous['Labels']) } : {}
    const taints = changed(properties, previous, 'Taints') ? { taints: taintChange(properties, previous) } : {}
    if (config.length > 0 || Object.keys({ ...labels, ...taints }).length > 0) {
      await call(context, 'UpdateNodegroupConfig', { ...group, ...members(properties, ...config), ...labels, ...taints })
      await settled(context, 'DescribeNodegroup', group, ['ACTIVE', 'DEGRADED'])
    }
    const described = await call<{ nodegroup: { nodegroupArn: string } }>(context, 'DescribeNodegroup', group)
    await retag(described.nodegroup.nodegroupArn, properties, previous, context)
    return { physicalId: id }
  },

  async delete(id, _properties, context) {
    const [clusterName = '', nodegroupName = ''] = id.split('/')
    await unlessGone(call(context, 'DeleteNodegroup', { clusterName, nodegroupName }))
    await settled(context, 'DescribeNodegroup', { clusterName, nodegroupName }, [], true)
  },
}

function mapChange(next: Json | undefined, previous: Json | undefined) {
  const [now, before] = [isObject(next) ? next : {}, isObject(previous) ? previous : {}]
  return { addOrUpdateLabels: now, removeLabels: Object.keys(before).filter(key => !Object.hasOwn(now, key)) }
}

function taintChange(properties: JsonObject, previous: JsonObject) {
  const now = objects(properties, 'Taints')
  const removed = objects(previous, 'Taints').filter(
    taint => !now.some(({ Key, Effect }) => Key === taint['Key'] && Effect === taint['Effect']),
  )
  return { addOrUpdateTaints: camelCase(now), removeTaints: camelCase(removed) }
}

export const fargateProfile: ResourceType = {
  name: 'AWS::EKS::FargateProfile',
  systemTags: true,
  properties: { ...mutable('Tags'), ...replacing('ClusterName', 'FargateProfileName', 'PodExecutionRoleArn', 'Selectors', 'Subnets') },
  required: ['ClusterName', 'PodExecutionRoleArn', 'Selectors'],
  namedBy: 'FargateProfileName',
  attributes: ['Arn'],

  async create(properties, context) {
    const clusterName = requiredText(properties, 'ClusterName')
    const fargateProfileName = text(properties, 'FargateProfileName') ?? context.name(100)
    const profile = { clusterName, fargateProfileName }
    const made = await call<{ fargateProfile: { fargateProfileArn: string } }>(context, 'CreateFargateProfile', {
      ...profile,
      ...members(properties, 'PodExecutionRoleArn', 'Subnets'),
      selectors: objects(properties, 'Selectors').map(selector => ({
        namespace: asText(selector['Namespace']),
        labels: Object.fromEntries(objects(selector, 'Labels').map(({ Key, Value }) => [asText(Key), asText(Value)])),
      })),
      ...tags(properties, context),
    })
    const physicalId = barred(clusterName, fargateProfileName)
    await thenFinish(physicalId, () => settled(context, 'DescribeFargateProfile', profile, ['ACTIVE']))
    return { physicalId, attributes: { Arn: made.fargateProfile.fargateProfileArn } }
  },

  async update(id, properties, previous, context) {
    const [clusterName = '', fargateProfileName = ''] = id.split('|')
    const found = await call<{ fargateProfile: { fargateProfileArn: string } }>(context, 'DescribeFargateProfile', {
      clusterName,
      fargateProfileName,
    })
    await retag(found.fargateProfile.fargateProfileArn, properties, previous, context)
    return { physicalId: id }
  },

  async delete(id, _properties, context) {
    const [clusterName = '', fargateProfileName = ''] = id.split('|')
    await unlessGone(call(context, 'DeleteFargateProfile', { clusterName, fargateProfileName }))
    await settled(context, 'DescribeFargateProfile', { clusterName, fargateProfileName }, [], true)
  },
}

const addonProperties = ['AddonVersion', 'ServiceAccountRoleArn', 'ResolveConflicts', 'ConfigurationValues', 'PodIdentityAssociations']

export const addon: ResourceType = {
  name: 'AWS::EKS::Addon',
  systemTags: true,
  properties: { ...mutable(...addonProperties, 'PreserveOnDelete', 'Tags'), ...replacing('AddonName', 'ClusterName', 'NamespaceConfig') },
  required: ['AddonName', 'ClusterName'],
  attributes: ['Arn'],

  async create(properties, context) {
    const addonOf = named(properties, 'addonName', 'AddonName')
    const made = await call<{ addon: { addonArn: string } }>(context, 'CreateAddon', {
      ...addonOf,
      ...members(properties, ...addonProperties, 'NamespaceConfig'),
      ...tags(properties, context),
    })
    const physicalId = barred(requiredText(properties, 'ClusterName'), requiredText(properties, 'AddonName'))
    await thenFinish(physicalId, () => settled(context, 'DescribeAddon', addonOf, ['ACTIVE', 'DEGRADED']))
    return { physicalId, attributes: { Arn: made.addon.addonArn } }
  },

  async update(id, properties, previous, context) {
    const addonOf = named(properties, 'addonName', 'AddonName')
    if (addonProperties.some(name => changed(properties, previous, name))) {
      await call(context, 'UpdateAddon', { ...addonOf, ...members(properties, ...addonProperties) })
      await settled(context, 'DescribeAddon', addonOf, ['ACTIVE', 'DEGRADED'])
    }
    const described = await call<{ addon: { addonArn: string } }>(context, 'DescribeAddon', addonOf)
    await retag(described.addon.addonArn, properties, previous, context)
    return { physicalId: id }
  },

  async delete(id, properties, context) {
    const [clusterName = '', addonName = ''] = id.split('|')
    await unlessGone(call(context, 'DeleteAddon', { clusterName, addonName, preserve: properties['PreserveOnDelete'] ?? false }))
    await settled(context, 'DescribeAddon', { clusterName, addonName }, [], true)
  },
}

export const capability: ResourceType = {
  name: 'AWS::EKS::Capability',
  systemTags: true,
  properties: {
    ...mutable('Configuration', 'DeletePropagationPolicy', 'RoleArn', 'Tags'),
    ...replacing('CapabilityName', 'ClusterName', 'Type'),
  },
  required: ['CapabilityName', 'ClusterName', 'DeletePropagationPolicy', 'RoleArn', 'Type'],
  attributes: [
    'Arn',
    'Status',
    'Version',
    'CreatedAt',
    'ModifiedAt',
    'Configuration.ArgoCd.AwsIdc.IdcManagedApplicationArn',
    'Configuration.ArgoCd.ServerUrl',
  ],

  async create(properties, context) {
    const capabilityOf = named(properties, 'capabilityName', 'CapabilityName')
    const made = await call<DescribedCapability>(context, 'CreateCapability', {
      ...capabilityOf,
      ...members(properties, 'Configuration', 'DeletePropagationPolicy', 'RoleArn', 'Type'),
      ...tags(properties, context),
    })
    return thenFinish(made.capability.arn, async () => {
      await settled(context, 'DescribeCapability', capabilityOf, ['ACTIVE', 'DEGRADED'])
      const { capability: now } = await call<DescribedCapability>(context, 'DescribeCapability', capabilityOf)
      const times = { CreatedAt: now.createdAt.toISOString(), ModifiedAt: now.modifiedAt.toISOString() }
      const argoCd = {
        'Configuration.ArgoCd.AwsIdc.IdcManagedApplicationArn': now.configuration?.argoCd?.awsIdc?.idcManagedApplicationArn ?? '',
        'Configuration.ArgoCd.ServerUrl': now.configuration?.argoCd?.serverUrl ?? '',
      }
      return { physicalId: now.arn, attributes: { Arn: now.arn, Status: now.status, Version: now.version ?? '', ...times, ...argoCd } }
    })
  },

  async update(arn, properties, previous, context) {
    const given = ['Configuration', 'DeletePropagationPolicy', 'RoleArn'].filter(name => changed(properties, previous, name))
    if (given.length > 0) {
      const capabilityOf = named(properties, 'capabilityName', 'CapabilityName')
      await call(context, 'UpdateCapability', { ...capabilityOf, ...members(properties, ...given) })
      await settled(context, 'DescribeCapability', capabilityOf, ['ACTIVE', 'DEGRADED'])
    }
    await retag(arn, properties, previous, context)
    return { physicalId: arn }
  },

  async delete(_arn, properties, context) {
    const capabilityOf = named(properties, 'capabilityName', 'CapabilityName')
    await unlessGone(call(context, 'DeleteCapability', capabilityOf))
    await settled(context, 'DescribeCapability', capabilityOf, [], true)
  },
}

interface DescribedCapability {
  readonly capability: {
    readonly arn: string
    readonly status: string
    readonly version?: string
    readonly createdAt: Date
    readonly modifiedAt: Date
    readonly configuration?: {
      readonly argoCd?: { readonly serverUrl?: string; readonly awsIdc?: { readonly idcManagedApplicationArn?: string } }
    }
  }
}
