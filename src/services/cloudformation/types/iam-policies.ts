import type { JsonObject } from '../../../types/json.ts'
import { changed, difference, document, requiredText, text, texts, unlessGone } from './properties.ts'
import { mutable, replacing, type ResourceContext, type ResourceType, thenFinish } from './resource-type.ts'

// Policies by themselves. CloudFormation Template Reference, "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy" and its kin.

/** What policies hang on: which property names them, and what IAM calls them. */
const holders = { Roles: 'Role', Users: 'User', Groups: 'Group' } as const
type Holders = keyof typeof holders

const call = <Output = object>(context: ResourceContext, operation: string, input: object) => context.call<Output>('iam', operation, input)

/** Runs once for every holder that a policy gets, or loses. */
async function forHolders(
  next: JsonObject,
  previous: JsonObject,
  which: 'added' | 'removed' | 'kept',
  work: (kind: (typeof holders)[Holders], name: string) => Promise<unknown>,
): Promise<void> {
  for (const property of Object.keys(holders) as Holders[]) {
    const [now, before] = [texts(next, property), texts(previous, property)]
    const names = which === 'kept' ? now.filter(name => before.includes(name)) : difference(now, before)[which]
    for (const name of names) await work(holders[property], name)
  }
}

const putInline = (policy: JsonObject, context: ResourceContext) => (kind: string, name: string) =>
  call(context, `Put${kind}Policy`, {
    [`${kind}Name`]: name,
    PolicyName: requiredText(policy, 'PolicyName'),
    PolicyDocument: document(policy['PolicyDocument']),
  })

const dropInline = (policy: JsonObject, context: ResourceContext) => (kind: string, name: string) =>
  unlessGone(call(context, `Delete${kind}Policy`, { [`${kind}Name`]: name, PolicyName: requiredText(policy, 'PolicyName') }))

export const policy: ResourceType = {
  name: 'AWS::IAM::Policy',
  properties: mutable('PolicyName', 'PolicyDocument', 'Roles', 'Users', 'Groups'),
  required: ['PolicyName', 'PolicyDocument'],
  grantsAccess: true,
  attributes: [],

  async create(properties, context) {
    const physicalId = context.name(128)
    await thenFinish(physicalId, () => forHolders(properties, {}, 'added', putInline(properties, context)))
    return { physicalId, attributes: {} }
  },

  async update(physicalId, properties, previous, context) {
    const renamed = requiredText(properties, 'PolicyName') !== requiredText(previous, 'PolicyName')
    await forHolders(properties, renamed ? {} : previous, 'added', putInline(properties, context))
    if (!renamed && document(properties['PolicyDocument']) !== document(previous['PolicyDocument']))
      await forHolders(properties, previous, 'kept', putInline(properties, context))
    await forHolders(renamed ? {} : properties, previous, 'removed', dropInline(previous, context))
    return { physicalId, attributes: {} }
  },

  delete: (_physicalId, properties, context) => forHolders({}, properties, 'removed', dropInline(properties, context)),
}

/** One inline policy of one principal: AWS::IAM::RolePolicy and its kin. */
const inlinePolicyOf = (kind: 'Role' | 'User' | 'Group'): ResourceType => {
  const holder = (properties: JsonObject) => requiredText(properties, `${kind}Name`)
  return {
    name: `AWS::IAM::${kind}Policy`,
    properties: { ...mutable('PolicyDocument'), ...replacing('PolicyName', `${kind}Name`) },
    required: ['PolicyName', `${kind}Name`],
    grantsAccess: true,
    attributes: [],

    async create(properties, context) {
      await putInline(properties, context)(kind, holder(properties))
      return { physicalId: `${requiredText(properties, 'PolicyName')}|${holder(properties)}`, attributes: {} }
    },

    async update(physicalId, properties, _previous, context) {
      await putInline(properties, context)(kind, holder(properties))
      return { physicalId, attributes: {} }
    },

    delete: (_physicalId, properties, context) => dropInline(properties, context)(kind, holder(properties)),
  }
}

export const rolePolicy = inlinePolicyOf('Role')
export const userPolicy = inlinePolicyOf('User')
export const groupPolicy = inlinePolicyOf('Group')

interface ManagedPolicy {
  readonly Policy: {
    readonly Arn: string
    readonly PolicyId: string
    readonly DefaultVersionId: string
    readonly AttachmentCount: number
    readonly IsAttachable: boolean
    readonly PermissionsBoundaryUsageCount: number
    readonly CreateDate: Date
    readonly UpdateDate: Date
  }
}

const attach = (PolicyArn: string, context: ResourceContext) => (kind: string, name: string) =>
  call(context, `Attach${kind}Policy`, { [`${kind}Name`]: name, PolicyArn })

const detach = (PolicyArn: string, context: ResourceContext) => (kind: string, name: string) =>
  unlessGone(call(context, `Detach${kind}Policy`, { [`${kind}Name`]: name, PolicyArn }))

interface Version {
  readonly VersionId: string
  readonly IsDefaultVersion: boolean
}

const versionsOf = async (PolicyArn: string, context: ResourceContext) =>
  (await call<{ Versions: readonly Version[] }>(context, 'ListPolicyVersions', { PolicyArn })).Versions

/** IAM User Guide, "IAM and AWS STS quotas". */
const mostVersions = 5

/** A new default version; the oldest makes room for it. */
async function newVersion(PolicyArn: string, PolicyDocument: string, context: ResourceContext): Promise<void> {
  const versions = await versionsOf(PolicyArn, context)
  const oldest = versions.filter(({ IsDefaultVersion }) => !IsDefaultVersion).at(-1)
  if (versions.length >= mostVersions && oldest) await call(context, 'DeletePolicyVersion', { PolicyArn, VersionId: oldest.VersionId })
  await call(context, 'CreatePolicyVersion', { PolicyArn, PolicyDocument, SetAsDefault: true })
}

export const managedPolicy: ResourceType = {
  name: 'AWS::IAM::ManagedPolicy',
  properties: { ...mutable('PolicyDocument', 'Roles', 'Users', 'Groups'), ...replacing('ManagedPolicyName', 'Description', 'Path') },
  required: ['PolicyDocument'],
  namedBy: 'ManagedPolicyName',
  grantsAccess: true,
  attributes: [
    'PolicyArn',
    'PolicyId',
    'DefaultVersionId',
    'AttachmentCount',
    'IsAttachable',
    'PermissionsBoundaryUsageCount',
    'CreateDate',
    'UpdateDate',
  ],

  async create(properties, context) {
    const { Policy } = await call<ManagedPolicy>(context, 'CreatePolicy', {
      PolicyName: text(properties, 'ManagedPolicyName') ?? context.name(128),
      Path: text(properties, 'Path'),
      Description: text(properties, 'Description'),
      PolicyDocument: document(properties['PolicyDocument']),
    })
    await thenFinish(Policy.Arn, () => forHolders(properties, {}, 'added', attach(Policy.Arn, context)))
    return provisioned(Policy.Arn, context)
  },

  async update(arn, properties, previous, context) {
    if (changed(properties, previous, 'PolicyDocument')) await newVersion(arn, document(properties['PolicyDocument']), context)
    await forHolders(properties, previous, 'removed', detach(arn, context))
    await forHolders(properties, previous, 'added', attach(arn, context))
    return provisioned(arn, context)
  },

  async delete(arn, properties, context) {
    await forHolders({}, properties, 'removed', detach(arn, context))
    await unlessGone(
      (async () => {
        for (const { VersionId, IsDefaultVersion } of await versionsOf(arn, context))
          if (!IsDefaultVersion) await call(context, 'DeletePolicyVersion', { PolicyArn: arn, VersionId })
        await call(context, 'DeletePolicy', { PolicyArn: arn })
      })(),
    )
  },
}

async function provisioned(arn: string, context: ResourceContext) {
  const { Policy } = await call<ManagedPolicy>(context, 'GetPolicy', { PolicyArn: arn })
  const { Arn: PolicyArn, PolicyId, DefaultVersionId, AttachmentCount, IsAttachable, PermissionsBoundaryUsageCount } = Policy
  const times = { CreateDate: Policy.CreateDate.toISOString(), UpdateDate: Policy.UpdateDate.toISOString() }
  const counts = { AttachmentCount, IsAttachable, PermissionsBoundaryUsageCount }
  return { physicalId: arn, attributes: { PolicyArn, PolicyId, DefaultVersionId, ...counts, ...times } }
}
