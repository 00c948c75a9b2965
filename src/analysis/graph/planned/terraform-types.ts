import { type Fields, fieldsOf, textMembers, textOf, textsOf } from '../import/fields.ts'
import { type Effect, entryOf, grantOf, newCluster, type PlannedPlace, resourcePolicyEffect } from './effects.ts'
import { NotKnown, type PlannedValues } from './planned-values.ts'
import type { Holder, HolderKind, PlannedWorld } from './planned-world.ts'

// Resources of Terraform's AWS provider that decide who may do what, by the arguments that the provider's documentation gives each.

/** IAM names users by `user`, groups by `group`, roles by `role`, and where a resource is of one itself, by `name`. */
const holderIn = (kind: HolderKind, values: PlannedValues, attribute: string = kind): Holder => ({ kind, name: values.text(attribute) })

const principal = (kind: HolderKind): Effect => ({
  kind: 'thing',
  put(values, world) {
    const holder = { kind, name: values.nameIn('name') }
    world.principal({
      ...holder,
      path: values.optional('path') ?? '/',
      ...(kind === 'role' && { trust: values.document('assume_role_policy') }),
      boundary: values.optional('permissions_boundary'),
      tags: textMembers(fieldsOf(values.objects(values.tells('tags_all') ? 'tags_all' : 'tags')[0])),
    })
    for (const { name, policy } of values.objects('inline_policy'))
      if (textOf(name) !== '') world.inline(holder, textOf(name), textOf(policy))
    for (const arn of values.texts('managed_policy_arns')) world.attach(holder, arn)
  },
  remove: (values, world) => world.removePrincipal({ kind, name: values.nameIn('name') }),
  about: (values, world) => [world.arnOf({ kind, name: values.nameIn('name') })],
})

const inlinePolicy = (kind: HolderKind): Effect => ({
  kind: 'link',
  put: (values, world) => world.inline(holderIn(kind, values), values.nameIn('name'), values.document('policy')),
  remove: (values, world) => world.inline(holderIn(kind, values), values.nameIn('name'), undefined),
  about: (values, world) => [world.arnOf(holderIn(kind, values))],
})

const attachment = (kind: HolderKind): Effect => ({
  kind: 'link',
  put: (values, world) => world.attach(holderIn(kind, values), values.text('policy_arn')),
  remove: (values, world) => world.detach(holderIn(kind, values), values.text('policy_arn')),
  about: (values, world) => [world.arnOf(holderIn(kind, values))],
})

/** What a resource of these is removed for, it leaves as it is. */
const exclusive = (kind: HolderKind, put: (holder: Holder, values: PlannedValues, world: PlannedWorld) => void): Effect => ({
  kind: 'link',
  put: (values, world) => put(holderIn(kind, values, `${kind}_name`), values, world),
  remove: () => undefined,
  about: (values, world) => [world.arnOf(holderIn(kind, values, `${kind}_name`))],
})

const onlyAttached = (kind: HolderKind) => exclusive(kind, (holder, values, world) => world.attachOnly(holder, values.texts('policy_arns')))
const onlyInline = (kind: HolderKind) => exclusive(kind, (holder, values, world) => world.keepInline(holder, values.texts('policy_names')))

const policyArnOf = (values: PlannedValues, world: PlannedWorld): string =>
  world.iamArn('policy', values.optional('path') ?? '/', values.nameIn('name'))

const policy: Effect = {
  kind: 'thing',
  put: (values, world) => world.managedPolicy(policyArnOf(values, world), values.document('policy')),
  remove: (values, world) => world.managedPolicy(policyArnOf(values, world), undefined),
  about: (values, world) => world.holdersOf(policyArnOf(values, world)),
}

const named = (kind: HolderKind, names: readonly string[]): Holder[] => names.map(name => ({ kind, name }))

const policyAttachment: Effect = {
  kind: 'link',
  put: (values, world) =>
    world.attachedOnlyTo(values.text('policy_arn'), [
      ...named('user', values.texts('users')),
      ...named('group', values.texts('groups')),
      ...named('role', values.texts('roles')),
    ]),
  remove: (values, world) => world.attachedOnlyTo(values.text('policy_arn'), []),
  about: () => ['*'],
}

const instanceProfile: Effect = {
  kind: 'link',
  put: (values, world) => holdsRole(values, world, true),
  remove: (values, world) => holdsRole(values, world, false),
  about: (values, world) => [world.arnOf({ kind: 'role', name: values.text('role') })],
}

function holdsRole(values: PlannedValues, world: PlannedWorld, holds: boolean): void {
  const arn = world.iamArn('instance-profile', values.optional('path') ?? '/', values.nameIn('name'))
  if (values.tells('role')) world.instanceProfile(arn, values.text('role'), holds)
}

const entry: Effect = {
  kind: 'thing',
  put(values, world) {
    const groups = whenKnown(() => values.texts('kubernetes_groups'))
    world.accessEntry(
      values.text('cluster_name'),
      entryOf(values.text('principal_arn'), {
        type: values.optional('type'),
        username: whenKnown(() => values.optional('user_name')),
        groups,
      }),
    )
  },
  remove: (values, world) => world.removeAccessEntry(values.text('cluster_name'), values.text('principal_arn')),
  about: values => [values.text('cluster_name')],
}

/** What EKS chooses is known after apply. */
function whenKnown<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (problem) {
    if (problem instanceof NotKnown) return undefined
    throw problem
  }
}

const accessPolicy: Effect = {
  kind: 'link',
  put(values, world) {
    const [{ type, namespaces } = {} as Fields] = values.objects('access_scope')
    const arn = values.text('policy_arn')
    world.accessPolicy(values.text('cluster_name'), values.text('principal_arn'), arn, grantOf(arn, type, textsOf(namespaces)))
  },
  remove: (values, world) =>
    world.accessPolicy(values.text('cluster_name'), values.text('principal_arn'), values.text('policy_arn'), undefined),
  about: values => [values.text('cluster_name')],
}

const podIdentity: Effect = {
  kind: 'link',
  put: (values, world) => associate(values, world, values.text('role_arn')),
  remove: (values, world) => associate(values, world, undefined),
  about: values => [values.text('cluster_name')],
}

const associate = (values: PlannedValues, world: PlannedWorld, role: string | undefined): void =>
  world.podIdentity(values.text('cluster_name'), values.text('namespace'), values.text('service_account'), role)

const cluster: Effect = {
  kind: 'thing',
  put(values, world, place) {
    const [config = {} as Fields] = values.objects('access_config')
    world.addCluster(newCluster(values.text('name'), textOf(config['authentication_mode']) || undefined, place))
  },
  remove: (values, world) => world.removeCluster(values.text('name')),
  about: values => [values.text('name')],
}

const nodeGroup: Effect = {
  kind: 'link',
  put: (values, world) => world.nodeRole(values.text('cluster_name'), values.text('node_role_arn')),
  // Another group may have the role, too.
  remove: () => undefined,
  about: values => [values.text('cluster_name')],
}

const organizationKinds = { SERVICE_CONTROL_POLICY: 'scp', RESOURCE_CONTROL_POLICY: 'rcp' } as const

const organizationPolicy: Effect = {
  kind: 'thing',
  put(values, world) {
    const type = organizationKinds[values.text('type') as keyof typeof organizationKinds]
    if (type)
      world.organizationPolicy({
        id: idOf(values),
        arn: whenKnown(() => values.optional('arn')) ?? idOf(values),
        type,
        document: values.document('content'),
      })
  },
  remove: (values, world) => world.removeOrganizationPolicy(idOf(values)),
  about: () => ['*'],
}

const idOf = (values: PlannedValues): string => whenKnown(() => values.optional('id')) ?? values.label

const organizationAttachment: Effect = {
  kind: 'link',
  put: (values, world) => world.organizationAttachment(values.text('policy_id'), values.text('target_id'), true),
  remove: (values, world) => world.organizationAttachment(values.text('policy_id'), values.text('target_id'), false),
  about: values => [values.text('target_id')],
}

/** By an attribute that holds the ARN. */
const policyByArn = (attribute: string, document = 'policy') =>
  resourcePolicyEffect(
    values => values.text(attribute),
    values => (values.tells(document) ? values.document(document) : undefined),
  )

const policyByName = (attribute: string, arnOf: (name: string, place: PlannedPlace) => string, document = 'policy') =>
  resourcePolicyEffect(
    (values, place) => arnOf(attribute === 'name' ? values.nameIn(attribute) : values.text(attribute), place),
    values => (values.tells(document) ? values.document(document) : undefined),
  )

const bucketArn = (name: string): string => `arn:aws:s3:::${name}`
/** `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`. */
function queueArn(url: string): string {
  const [, region, account, name] = /^https?:\/\/sqs\.([^.]+)\.[^/]+\/(\d{12})\/(.+)$/.exec(url) ?? []
  if (name === undefined) throw new NotKnown('queue_url is no URL of a queue')
  return `arn:aws:sqs:${region}:${account}:${name}`
}
const regional = (service: string, prefix: string) => (name: string, place: PlannedPlace) =>
  name.startsWith('arn:') ? name : `arn:aws:${service}:${place.region}:${place.account}:${prefix}${name}`

/** By type. Terraform Registry, hashicorp/aws, "Resources". */
export const terraformEffects: { readonly [type: string]: Effect } = {
  aws_iam_role: principal('role'),
  aws_iam_user: principal('user'),
  aws_iam_group: principal('group'),
  aws_iam_policy: policy,
  aws_iam_role_policy: inlinePolicy('role'),
  aws_iam_user_policy: inlinePolicy('user'),
  aws_iam_group_policy: inlinePolicy('group'),
  aws_iam_role_policy_attachment: attachment('role'),
  aws_iam_user_policy_attachment: attachment('user'),
  aws_iam_group_policy_attachment: attachment('group'),
  aws_iam_policy_attachment: policyAttachment,
  aws_iam_role_policy_attachments_exclusive: onlyAttached('role'),
  aws_iam_user_policy_attachments_exclusive: onlyAttached('user'),
  aws_iam_group_policy_attachments_exclusive: onlyAttached('group'),
  aws_iam_role_policies_exclusive: onlyInline('role'),
  aws_iam_user_policies_exclusive: onlyInline('user'),
  aws_iam_group_policies_exclusive: onlyInline('group'),
  aws_iam_instance_profile: instanceProfile,
  aws_iam_group_membership: {
    kind: 'link',
    put: (values, world) => world.onlyMembers(values.text('group'), values.texts('users')),
    remove: (values, world) => world.onlyMembers(values.text('group'), []),
    about: (values, world) => named('user', values.texts('users')).map(holder => world.arnOf(holder)),
  },
  aws_iam_user_group_membership: {
    kind: 'link',
    put: (values, world) => values.texts('groups').forEach(group => world.member(group, values.text('user'), true)),
    remove: (values, world) => values.texts('groups').forEach(group => world.member(group, values.text('user'), false)),
    about: (values, world) => [world.arnOf(holderIn('user', values))],
  },
  aws_eks_cluster: cluster,
  aws_eks_access_entry: entry,
  aws_eks_access_policy_association: accessPolicy,
  aws_eks_pod_identity_association: podIdentity,
  aws_eks_node_group: nodeGroup,
  aws_organizations_policy: organizationPolicy,
  aws_organizations_policy_attachment: organizationAttachment,
  aws_s3_bucket_policy: policyByName('bucket', bucketArn),
  aws_sqs_queue_policy: policyByName('queue_url', queueArn),
  aws_sqs_queue: policyByName('name', regional('sqs', '')),
  aws_sns_topic_policy: policyByArn('arn'),
  aws_sns_topic: policyByName('name', regional('sns', '')),
  aws_kms_key: policyByArn('arn'),
  aws_kms_key_policy: policyByName('key_id', regional('kms', 'key/')),
  aws_secretsmanager_secret_policy: policyByArn('secret_arn'),
  aws_ecr_repository_policy: policyByName('repository', regional('ecr', 'repository/')),
  aws_efs_file_system_policy: policyByName('file_system_id', regional('elasticfilesystem', 'file-system/')),
  aws_dynamodb_resource_policy: policyByArn('resource_arn'),
}
