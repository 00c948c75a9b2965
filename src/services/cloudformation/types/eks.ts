import type { Json, JsonObject } from '../../../types/json.ts'
import { asText, isObject } from '../template/template.ts'
import { changed, objects, requiredText, tagChanges, tagMap, tagsOf, text, texts, unlessGone } from './properties.ts'
import { mutable, replacing, type ResourceContext, type ResourceType, thenFinish } from './resource-type.ts'

// CloudFormation Template Reference, "Amazon EKS".

const call = <Output = object>(context: ResourceContext, operation: string, input: object) => context.call<Output>('eks', operation, input)

/** Maps whose keys are people's own. */
const free = new Set(['Labels', 'RequiredClaims', 'Tags'])

/** EKS's API names members as templates do, but for the first letter's case. */
function camelCase(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map(each => camelCase(each) ?? null)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name.charAt(0).toLowerCase() + name.slice(1), free.has(name) ? each : camelCase(each)]),
  )
}

/** Some properties as EKS's API has them. */
const members = (properties: JsonObject, ...names: string[]): JsonObject =>
  camelCase(Object.fromEntries(names.flatMap(name => (properties[name] === undefined ? [] : [[name, properties[name]]])))) as JsonObject

/** EKS refuses a map without tags. */
function tags(properties: JsonObject, { tags: stackTags }: ResourceContext) {
  const all = tagsOf(properties, stackTags)
  return all.length > 0 ? { tags: tagMap(all) } : {}
}

async function retag(resourceArn: string, properties: JsonObject, previous: JsonObject, context: ResourceContext): Promise<void> {
  const { set, remove } = tagChanges(tagsOf(properties, context.tags), tagsOf(previous, context.previousTags))
  if (remove.length > 0) await call(context, 'UntagResource', { resourceArn, tagKeys: remove })
  if (set.length > 0) await call(context, 'TagResource', { resourceArn, tags: tagMap(set) })
}

/** Waits until what is being made or deleted has one of the states, or is gone. */
async function settled(context: ResourceContext, operation: string, input: object, states: readonly string[], gone = false): Promise<void> {
  await context.until(async () => {
    try {
      const [described] = Object.values(await call<{ [name: string]: { status?: string } }>(context, operation, input))
      const status = described?.status ?? ''
      if (status.endsWith('FAILED')) throw new Error(`Resource is in ${status} state`)
      return !gone && states.includes(status)
    } catch (problem) {
      if (gone && problem instanceof Error && problem.name === 'ResourceNotFoundException') return true
      throw problem
    }
  })
}

/** `Logging` of a template names the types that are on. */
function loggingOf(properties: JsonObject): object {
  const logging = properties['Logging']
  const cluster = isObject(logging) ? logging['ClusterLogging'] : undefined
  if (!isObject(cluster)) return {}
  const types = objects(cluster, 'EnabledTypes').map(({ Type }) => asText(Type))
  const others = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'].filter(type => !types.includes(type))
  const clusterLogging = [
    { types, enabled: true },
    { types: others, enabled: false },
  ].filter(setting => setting.types.length > 0)
  return { logging: { clusterLogging } }
}

interface DescribedCluster {
  readonly cluster: {
    readonly arn: string
    readonly endpoint?: string
    readonly certificateAuthority?: { readonly data?: string }
    readonly identity?: { readonly oidc?: { readonly issuer?: string } }
    readonly resourcesVpcConfig?: { readonly clusterSecurityGroupId?: string }
    readonly encryptionConfig?: readonly { readonly provider?: { readonly keyArn?: string } }[]
  }
}

async function describeCluster(name: string, context: ResourceContext) {
  const { cluster } = await call<DescribedCluster>(context, 'DescribeCluster', { name })
  return {
    physicalId: name,
    attributes: {
      Arn: cluster.arn,
      Id: name,
      Endpoint: cluster.endpoint ?? '',
      CertificateAuthorityData: cluster.certificateAuthority?.data ?? '',
      ClusterSecurityGroupId: cluster.resourcesVpcConfig?.clusterSecurityGroupId ?? '',
      EncryptionConfigKeyArn: cluster.encryptionConfig?.[0]?.provider?.keyArn ?? '',
      OpenIdConnectIssuerUrl: cluster.identity?.oidc?.issuer ?? '',
    },
  }
}

/** The parts of a cluster that UpdateClusterConfig changes, one at a time as EKS wants it. */
const clusterParts = ['AccessConfig', 'UpgradePolicy', 'DeletionProtection', 'ZonalShiftConfig'] as const

export const cluster: ResourceType = {
  name: 'AWS::EKS::Cluster',
  properties: {
    ...mutable('Version', 'ResourcesVpcConfig', 'Logging', 'Tags', ...clusterParts),
    ...replacing('Name', 'RoleArn', 'EncryptionConfig', 'KubernetesNetworkConfig', 'OutpostConfig', 'BootstrapSelfManagedAddons'),
  },
  required: ['RoleArn', 'ResourcesVpcConfig'],
  namedBy: 'Name',
  attributes: [
    'Arn',
    'Id',
    'Endpoint',
    'CertificateAuthorityData',
    'ClusterSecurityGroupId',
    'EncryptionConfigKeyArn',
    'OpenIdConnectIssuerUrl',
  ],

  async create(properties, context) {
    const name = text(properties, 'Name') ?? context.name(100)
    const given = Object.keys(cluster.properties).filter(property => !['Name', 'Logging', 'Tags'].includes(property))
    await call(context, 'CreateCluster', { name, ...members(properties, ...given), ...loggingOf(properties), ...tags(properties, context) })
    return thenFinish(name, async () => {
      await settled(context, 'DescribeCluster', { name }, ['ACTIVE'])
      return describeCluster(name, context)
    })
  },

  async update(name, properties, previous, context) {
    if (changed(properties, previous, 'Version') && properties['Version'] !== undefined) {
      await call(context, 'UpdateClusterVersion', { name, version: requiredText(properties, 'Version') })
      await settled(context, 'DescribeCluster', { name }, ['ACTIVE'])
    }
    const parts: object[] = clusterParts
      .filter(part => changed(properties, previous, part) && properties[part] !== undefined)
      .map(part => members(properties, part))
    if (changed(properties, previous, 'Logging')) parts.push(loggingOf(properties))
    if (changed(properties, previous, 'ResourcesVpcConfig')) parts.push(members(properties, 'ResourcesVpcConfig'))
    for (const part of parts) {
      await call(context, 'UpdateClusterConfig', { name, ...part })
      await settled(context, 'DescribeCluster', { name }, ['ACTIVE'])
    }
    const described = await describeCluster(name, context)
    await retag(described.attributes.Arn, properties, previous, context)
    return described
  },

  async delete(name, _properties, context) {
    await unlessGone(call(context, 'DeleteCluster', { name }))
    await settled(context, 'DescribeCluster', { name }, [], true)
  },
}

/** What a cluster has and EKS's API names by the cluster and a name of its own. */
const named = (properties: JsonObject, member: string, property: string) => ({
  clusterName: requiredText(properties, 'ClusterName'),
  [member]: requiredText(properties, property),
})

export const nodegroup: ResourceType = {
  name: 'AWS::EKS::Nodegroup',
  properties: {
    ...mutable('Labels', 'ReleaseVersion', 'ScalingConfig', 'Tags', 'Taints', 'UpdateConfig', 'Version', 'ForceUpdateEnabled'),
    ...replacing('AmiType', 'CapacityType', 'ClusterName', 'DiskSize', 'InstanceTypes', 'LaunchTemplate'),
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
    const version = ['Version', 'ReleaseVersion'].filter(name => changed(properties, previous, name))
    if (version.length > 0) {
      await call(context, 'UpdateNodegroupVersion', { ...group, ...members(properties, ...version) })
      await settled(context, 'DescribeNodegroup', group, ['ACTIVE', 'DEGRADED'])
    }
    const config = ['ScalingConfig', 'UpdateConfig'].filter(name => changed(properties, previous, name))
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

/** The id of what a cluster has: its parts with a bar between them. */
const barred = (...parts: string[]) => parts.join('|')

export const fargateProfile: ResourceType = {
  name: 'AWS::EKS::FargateProfile',
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
  properties: { ...mutable(...addonProperties, 'PreserveOnDelete', 'Tags'), ...replacing('AddonName', 'ClusterName') },
  required: ['AddonName', 'ClusterName'],
  attributes: ['Arn'],

  async create(properties, context) {
    const addonOf = named(properties, 'addonName', 'AddonName')
    const made = await call<{ addon: { addonArn: string } }>(context, 'CreateAddon', {
      ...addonOf,
      ...members(properties, ...addonProperties),
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

export const accessEntry: ResourceType = {
  name: 'AWS::EKS::AccessEntry',
  properties: {
    ...mutable('AccessPolicies', 'KubernetesGroups', 'Tags', 'Username'),
    ...replacing('ClusterName', 'PrincipalArn', 'Type'),
  },
  required: ['ClusterName', 'PrincipalArn'],
  attributes: ['AccessEntryArn'],

  async create(properties, context) {
    const entry = named(properties, 'principalArn', 'PrincipalArn')
    const made = await call<{ accessEntry: { accessEntryArn: string } }>(context, 'CreateAccessEntry', {
      ...entry,
      ...members(properties, 'KubernetesGroups', 'Username', 'Type'),
      ...tags(properties, context),
    })
    const physicalId = barred(requiredText(properties, 'PrincipalArn'), requiredText(properties, 'ClusterName'))
    await thenFinish(physicalId, () => associate(entry, properties, {}, context))
    return { physicalId, attributes: { AccessEntryArn: made.accessEntry.accessEntryArn } }
  },

  async update(id, properties, previous, context) {
    const entry = named(properties, 'principalArn', 'PrincipalArn')
    if (changed(properties, previous, 'KubernetesGroups') || changed(properties, previous, 'Username'))
      await call(context, 'UpdateAccessEntry', {
        ...entry,
        kubernetesGroups: texts(properties, 'KubernetesGroups'),
        ...members(properties, 'Username'),
      })
    await associate(entry, properties, previous, context)
    const described = await call<{ accessEntry: { accessEntryArn: string } }>(context, 'DescribeAccessEntry', entry)
    await retag(described.accessEntry.accessEntryArn, properties, previous, context)
    return { physicalId: id }
  },

  async delete(id, _properties, context) {
    const [principalArn = '', clusterName = ''] = id.split('|')
    await unlessGone(call(context, 'DeleteAccessEntry', { clusterName, principalArn }))
  },
}

async function associate(entry: object, properties: JsonObject, previous: JsonObject, context: ResourceContext): Promise<void> {
  const [now, before] = [objects(properties, 'AccessPolicies'), objects(previous, 'AccessPolicies')]
  const same = (a: JsonObject, b: JsonObject) => JSON.stringify(a) === JSON.stringify(b)
  for (const policy of before)
    if (!now.some(({ PolicyArn }) => PolicyArn === policy['PolicyArn']))
      await unlessGone(call(context, 'DisassociateAccessPolicy', { ...entry, policyArn: asText(policy['PolicyArn']) }))
  for (const policy of now)
    if (!before.some(each => same(each, policy)))
      await call(context, 'AssociateAccessPolicy', { ...entry, ...members(policy, 'PolicyArn', 'AccessScope') })
}

export const podIdentityAssociation: ResourceType = {
  name: 'AWS::EKS::PodIdentityAssociation',
  properties: {
    ...mutable('RoleArn', 'TargetRoleArn', 'DisableSessionTags', 'Policy', 'Tags'),
    ...replacing('ClusterName', 'Namespace', 'ServiceAccount'),
  },
  required: ['ClusterName', 'Namespace', 'ServiceAccount', 'RoleArn'],
  attributes: ['AssociationArn', 'AssociationId', 'ExternalId'],

  async create(properties, context) {
    const { association } = await call<{ association: Association }>(context, 'CreatePodIdentityAssociation', {
      clusterName: requiredText(properties, 'ClusterName'),
      ...members(properties, 'Namespace', 'ServiceAccount', ...associationProperties),
      ...tags(properties, context),
    })
    const { associationArn, associationId, externalId = '' } = association
    const attributes = { AssociationArn: associationArn, AssociationId: associationId, ExternalId: externalId }
    return { physicalId: associationArn, attributes }
  },

  async update(arn, properties, previous, context) {
    if (associationProperties.some(name => changed(properties, previous, name)))
      await call(context, 'UpdatePodIdentityAssociation', {
        ...associationOf(arn),
        ...members(properties, ...associationProperties),
      })
    await retag(arn, properties, previous, context)
    return { physicalId: arn }
  },

  delete: (arn, _properties, context) => unlessGone(call(context, 'DeletePodIdentityAssociation', associationOf(arn))),
}

const associationProperties = ['RoleArn', 'TargetRoleArn', 'DisableSessionTags', 'Policy']

interface Association {
  readonly associationArn: string
  readonly associationId: string
  readonly externalId?: string
}

/** `arn:aws:eks:REGION:ACCOUNT:podidentityassociation/CLUSTER/ID`. */
function associationOf(arn: string) {
  const [, clusterName = '', associationId = ''] = arn.split('/')
  return { clusterName, associationId }
}

export const identityProviderConfig: ResourceType = {
  name: 'AWS::EKS::IdentityProviderConfig',
  properties: { ...mutable('Tags'), ...replacing('ClusterName', 'IdentityProviderConfigName', 'Oidc', 'Type') },
  required: ['ClusterName', 'Type'],
  namedBy: 'IdentityProviderConfigName',
  attributes: ['IdentityProviderConfigArn'],

  async create(properties, context) {
    const clusterName = requiredText(properties, 'ClusterName')
    const name = text(properties, 'IdentityProviderConfigName') ?? context.name(100)
    await call(context, 'AssociateIdentityProviderConfig', {
      clusterName,
      oidc: { identityProviderConfigName: name, ...oidcOf(properties) },
      ...tags(properties, context),
    })
    const physicalId = `${clusterName}/oidc/${name}`
    return thenFinish(physicalId, async () => ({
      physicalId,
      attributes: { IdentityProviderConfigArn: await configArn(physicalId, context) },
    }))
  },

  async update(id, properties, previous, context) {
    await retag(await configArn(id, context), properties, previous, context)
    return { physicalId: id }
  },

  delete: (id, _properties, context) => unlessGone(call(context, 'DisassociateIdentityProviderConfig', configOf(id))),
}

function oidcOf(properties: JsonObject): JsonObject {
  const oidc = isObject(properties['Oidc']) ? properties['Oidc'] : {}
  const { RequiredClaims, ...rest } = oidc
  if (RequiredClaims === undefined) return camelCase(rest) as JsonObject
  const claims = objects(oidc, 'RequiredClaims').map(({ Key, Value }) => [asText(Key), asText(Value)])
  return { ...(camelCase(rest) as JsonObject), requiredClaims: Object.fromEntries(claims) as JsonObject }
}

function configOf(id: string) {
  const [clusterName = '', type = '', name = ''] = id.split('/')
  return { clusterName, identityProviderConfig: { type, name } }
}

async function configArn(id: string, context: ResourceContext): Promise<string> {
  const described = await call<{ identityProviderConfig: { oidc: { identityProviderConfigArn: string } } }>(
    context,
    'DescribeIdentityProviderConfig',
    configOf(id),
  )
  return described.identityProviderConfig.oidc.identityProviderConfigArn
}
