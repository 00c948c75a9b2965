import type { JsonObject } from '../../../types/json.ts'
import { asText, isObject } from '../template/template.ts'
import { barred, call, camelCase, members, named, retag, tags } from './eks-calls.ts'
import { changed, objects, requiredText, text, texts, unlessGone } from './properties.ts'
import { mutable, replacing, type ResourceContext, type ResourceType, thenFinish } from './resource-type.ts'

// Who gets at a cluster and out of it. CloudFormation Template Reference, "AWS::EKS::AccessEntry", "AWS::EKS::PodIdentityAssociation", "AWS::EKS::IdentityProviderConfig".

export const accessEntry: ResourceType = {
  name: 'AWS::EKS::AccessEntry',
  systemTags: true,
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
  systemTags: true,
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
  systemTags: true,
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
