import { documentText, type Fields, fieldsOf, textOf, textsOf } from '../import/fields.ts'
import { type Effect, entryOf, grantOf, newCluster, type PlannedPlace, resourcePolicyEffect } from './effects.ts'
import type { PlannedValues } from './planned-values.ts'
import type { Holder, HolderKind, PlannedWorld } from './planned-world.ts'

// Resources of CloudFormation that decide who may do what, by their properties. A template tells what is to be there, not what goes.

const nameOf = { user: 'UserName', group: 'GroupName', role: 'RoleName' } as const

const nothing = (): void => undefined

const principal = (kind: HolderKind): Effect => ({
  kind: 'thing',
  put(values, world) {
    const holder = { kind, name: values.nameIn(nameOf[kind]) }
    const tags = values.objects('Tags').map(({ Key, Value }) => [textOf(Key), textOf(Value)] as const)
    world.principal({
      ...holder,
      path: values.optional('Path') ?? '/',
      ...(kind === 'role' && { trust: values.document('AssumeRolePolicyDocument') }),
      boundary: values.optional('PermissionsBoundary'),
      tags: Object.fromEntries(tags),
    })
    for (const { PolicyName, PolicyDocument } of values.objects('Policies'))
      world.inline(holder, textOf(PolicyName), documentText(PolicyDocument))
    for (const arn of values.texts('ManagedPolicyArns')) world.attach(holder, arn)
    for (const group of values.texts('Groups')) world.member(group, holder.name, true)
  },
  remove: nothing,
  about: (values, world) => [world.arnOf({ kind, name: values.nameIn(nameOf[kind]) })],
})

const holdersIn = (values: PlannedValues): Holder[] => [
  ...values.texts('Users').map(name => ({ kind: 'user' as const, name })),
  ...values.texts('Groups').map(name => ({ kind: 'group' as const, name })),
  ...values.texts('Roles').map(name => ({ kind: 'role' as const, name })),
]

const policy: Effect = {
  kind: 'link',
  put(values, world) {
    for (const holder of holdersIn(values)) world.inline(holder, values.text('PolicyName'), values.document('PolicyDocument'))
  },
  remove: nothing,
  about: (values, world) => holdersIn(values).map(holder => world.arnOf(holder)),
}

/** AWS::IAM::RolePolicy and its like: of one principal. */
const policyOfOne = (kind: HolderKind): Effect => ({
  kind: 'link',
  put: (values, world) =>
    world.inline({ kind, name: values.text(nameOf[kind]) }, values.text('PolicyName'), values.document('PolicyDocument')),
  remove: nothing,
  about: (values, world) => [world.arnOf({ kind, name: values.text(nameOf[kind]) })],
})

const managedArn = (values: PlannedValues, world: PlannedWorld): string =>
  world.iamArn('policy', values.optional('Path') ?? '/', values.nameIn('ManagedPolicyName'))

/** A link, though a thing too: who it is attached to must be there, and roles that name it find it by its ARN. */
const managedPolicy: Effect = {
  kind: 'link',
  put(values, world) {
    for (const holder of holdersIn(values)) world.attach(holder, managedArn(values, world))
    world.managedPolicy(managedArn(values, world), values.document('PolicyDocument'))
  },
  remove: nothing,
  about: (values, world) => [...world.holdersOf(managedArn(values, world)), ...holdersIn(values).map(holder => world.arnOf(holder))],
}

const instanceProfile: Effect = {
  kind: 'link',
  put(values, world) {
    const arn = world.iamArn('instance-profile', values.optional('Path') ?? '/', values.nameIn('InstanceProfileName'))
    for (const role of values.texts('Roles')) world.instanceProfile(arn, role, true)
  },
  remove: nothing,
  about: (values, world) => values.texts('Roles').map(name => world.arnOf({ kind: 'role', name })),
}

const accessEntry: Effect = {
  kind: 'link',
  put(values, world) {
    const [cluster, principalArn] = [values.text('ClusterName'), values.text('PrincipalArn')]
    const facts = { type: values.optional('Type'), username: values.optional('Username'), groups: values.texts('KubernetesGroups') }
    world.accessEntry(cluster, entryOf(principalArn, facts))
    for (const { PolicyArn, AccessScope } of values.objects('AccessPolicies')) {
      const { Type, Namespaces } = fieldsOf(AccessScope)
      world.accessPolicy(cluster, principalArn, textOf(PolicyArn), grantOf(textOf(PolicyArn), Type, textsOf(Namespaces)))
    }
  },
  remove: nothing,
  about: values => [values.text('ClusterName')],
}

const cluster: Effect = {
  kind: 'thing',
  put(values, world, place) {
    const [{ AuthenticationMode } = {} as Fields] = values.objects('AccessConfig')
    world.addCluster(newCluster(values.nameIn('Name'), textOf(AuthenticationMode) || undefined, place))
  },
  remove: nothing,
  about: values => [values.nameIn('Name')],
}

const organizationKinds: { readonly [type: string]: 'scp' | 'rcp' | undefined } = {
  SERVICE_CONTROL_POLICY: 'scp',
  RESOURCE_CONTROL_POLICY: 'rcp',
}

const organizationPolicy: Effect = {
  kind: 'thing',
  put(values, world) {
    const type = organizationKinds[values.text('Type')]
    if (!type) return
    world.organizationPolicy({ id: values.label, arn: values.label, type, document: values.document('Content') })
    for (const target of values.texts('TargetIds')) world.organizationAttachment(values.label, target, true)
  },
  remove: nothing,
  about: values => values.texts('TargetIds'),
}

/** The last part of a queue's URL is its name. */
const queueArn = (url: string, { account, region }: PlannedPlace): string => {
  const [, own, owner, name] = /^https?:\/\/sqs\.([^.]+)\.[^/]+\/(\d{12})\/(.+)$/.exec(url) ?? []
  return `arn:aws:sqs:${own ?? region}:${owner ?? account}:${name ?? url}`
}
const regional =
  (service: string, prefix: string) =>
  (name: string, { account, region }: PlannedPlace) =>
    name.startsWith('arn:') ? name : `arn:aws:${service}:${region}:${account}:${prefix}${name}`

const policyOf = (
  names: (values: PlannedValues) => readonly string[],
  arnOf: (name: string, place: PlannedPlace) => string,
  document: string,
) =>
  resourcePolicyEffect(
    (values, place) => names(values).map(name => arnOf(name, place)),
    values => (values.tells(document) ? values.document(document) : undefined),
  )
const in1 = (property: string) => (values: PlannedValues) => [values.text(property)]

/** By type. CloudFormation Template Reference. */
export const templateEffects: { readonly [type: string]: Effect } = {
  'AWS::IAM::Role': principal('role'),
  'AWS::IAM::User': principal('user'),
  'AWS::IAM::Group': principal('group'),
  'AWS::IAM::ManagedPolicy': managedPolicy,
  'AWS::IAM::Policy': policy,
  'AWS::IAM::RolePolicy': policyOfOne('role'),
  'AWS::IAM::UserPolicy': policyOfOne('user'),
  'AWS::IAM::GroupPolicy': policyOfOne('group'),
  'AWS::IAM::InstanceProfile': instanceProfile,
  'AWS::IAM::UserToGroupAddition': {
    kind: 'link',
    put: (values, world) => values.texts('Users').forEach(user => world.member(values.text('GroupName'), user, true)),
    remove: nothing,
    about: (values, world) => values.texts('Users').map(name => world.arnOf({ kind: 'user', name })),
  },
  'AWS::EKS::Cluster': cluster,
  'AWS::EKS::AccessEntry': accessEntry,
  'AWS::EKS::PodIdentityAssociation': {
    kind: 'link',
    put: (values, world) =>
      world.podIdentity(values.text('ClusterName'), values.text('Namespace'), values.text('ServiceAccount'), values.text('RoleArn')),
    remove: nothing,
    about: values => [values.text('ClusterName')],
  },
  'AWS::EKS::Nodegroup': {
    kind: 'link',
    put: (values, world) => world.nodeRole(values.text('ClusterName'), values.text('NodeRole')),
    remove: nothing,
    about: values => [values.text('ClusterName')],
  },
  'AWS::Organizations::Policy': organizationPolicy,
  'AWS::S3::BucketPolicy': policyOf(in1('Bucket'), name => `arn:aws:s3:::${name}`, 'PolicyDocument'),
  'AWS::SQS::QueuePolicy': policyOf(values => values.texts('Queues'), queueArn, 'PolicyDocument'),
  'AWS::SNS::TopicPolicy': policyOf(values => values.texts('Topics'), regional('sns', ''), 'PolicyDocument'),
  'AWS::KMS::Key': policyOf(values => [values.label], regional('kms', 'key/'), 'KeyPolicy'),
  'AWS::SecretsManager::ResourcePolicy': policyOf(in1('SecretId'), regional('secretsmanager', 'secret:'), 'ResourcePolicy'),
  'AWS::ECR::Repository': policyOf(values => [values.nameIn('RepositoryName')], regional('ecr', 'repository/'), 'RepositoryPolicyText'),
  'AWS::EFS::FileSystem': policyOf(values => [values.label], regional('elasticfilesystem', 'file-system/'), 'FileSystemPolicy'),
  'AWS::DynamoDB::Table': resourcePolicyEffect(
    (values, place) => regional('dynamodb', 'table/')(values.nameIn('TableName'), place),
    values => documentText(fieldsOf(values.objects('ResourcePolicy')[0])['PolicyDocument']) || undefined,
  ),
}

/** Types that decide as well and are not followed. */
export const templateUnfollowed = /^AWS::(Lambda::Permission|S3::AccessPoint(Policy)?|SSO::.*|EKS::IdentityProviderConfig)$/
