import { setTimeout } from 'node:timers/promises'
import { callEc2, callJson, callQuery, callRestJson, type Client, type XmlElement } from '../../../src/cli/client.ts'
import { elementOf, textOf } from '../../../src/cli/irsa-iam.ts'
import { describeInstances } from '../../../src/cli/ec2-instances.ts'
import type { Actors, Performance } from './aws-performances.ts'
import { clientOf, iam, makeRole, sts } from './stage.ts'
import { administratorAccess, allow, policyOf, roleArn, trusts } from './world.ts'

/** A role that may do everything and that a service may assume. */
const strongRole =
  (service: string) =>
  async ({ admin, own }: Actors): Promise<void> => {
    await makeRole(admin, own, trusts({ Service: service }))
    await iam(admin, 'AttachRolePolicy', { RoleName: own, PolicyArn: administratorAccess })
  }
const ofOwnRole = { goal: ({ own }: Actors) => roleArn(own) }
const each = async (actors: Actors, ...steps: readonly ((actors: Actors) => Promise<unknown>)[]): Promise<void> => {
  for (const step of steps) await step(actors)
}

const stacks = (client: Client, action: string, parameters: { readonly [name: string]: string }): Promise<XmlElement> =>
  callQuery(client, { name: 'cloudformation', version: '2010-05-15' }, action, parameters)
const nothing = JSON.stringify({ Resources: { Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' } } })

/** A template that gives the attacker every right. */
const moreRights = (UserName: string) =>
  JSON.stringify({
    Resources: {
      More: {
        Type: 'AWS::IAM::UserPolicy',
        Properties: { UserName, PolicyName: 'more', PolicyDocument: JSON.parse(policyOf(allow('*'))) as object },
      },
    },
  })

async function settled({ admin, own }: Actors): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const answer = await stacks(admin, 'DescribeStacks', { StackName: own })
    const [stack] = (answer['Stacks'] as { member: readonly { StackStatus: string }[] }).member
    if (stack && !stack.StackStatus.endsWith('IN_PROGRESS')) return
    await setTimeout(50)
  }
  throw new Error(`stack ${own} did not settle`)
}

const makeStack =
  (withRole: boolean) =>
  async (actors: Actors): Promise<void> => {
    const { admin, own } = actors
    await stacks(admin, 'CreateStack', { StackName: own, TemplateBody: nothing, ...(withRole && { RoleARN: roleArn(own) }) })
    await settled(actors)
  }

const byStack = (
  steps: (
    me: Client,
    input: { readonly [name: string]: string; readonly StackName: string },
    role: { RoleARN: string },
  ) => Promise<unknown>,
  ...before: readonly ((actors: Actors) => Promise<void>)[]
): Performance => ({
  ...ofOwnRole,
  prepare: actors => each(actors, strongRole('cloudformation.amazonaws.com'), ...before),
  async act(me, actors) {
    const { own, name } = actors
    await steps(
      me,
      { StackName: own, TemplateBody: moreRights(name), 'Capabilities.member.1': 'CAPABILITY_IAM' },
      { RoleARN: roleArn(own) },
    )
    await settled(actors)
    return me
  },
})

async function byChangeSet(
  me: Client,
  input: { readonly [name: string]: string; readonly StackName: string },
  more: { readonly [name: string]: string },
): Promise<void> {
  await stacks(me, 'CreateChangeSet', { ...input, ...more, ChangeSetName: 'more' })
  await stacks(me, 'ExecuteChangeSet', { StackName: input.StackName, ChangeSetName: 'more' })
}

const known = new Map<string, string>()

/** A profile for each performance, with a role of no rights. */
async function weakProfile({ admin, own }: Actors): Promise<void> {
  await makeRole(admin, `${own}-weak`, trusts({ Service: 'ec2.amazonaws.com' }))
  await iam(admin, 'CreateInstanceProfile', { InstanceProfileName: `${own}-weak` })
  await iam(admin, 'AddRoleToInstanceProfile', { InstanceProfileName: `${own}-weak`, RoleName: `${own}-weak` })
}

const addRole = (client: Client, InstanceProfileName: string, RoleName: string) =>
  iam(client, 'AddRoleToInstanceProfile', { InstanceProfileName, RoleName })
const makeProfile = async (client: Client, own: string): Promise<void> => {
  await iam(client, 'CreateInstanceProfile', { InstanceProfileName: own })
  await addRole(client, own, own)
}
const strongProfile = ({ admin, own }: Actors) => makeProfile(admin, own)

async function launch(client: Client, profile?: string): Promise<string> {
  const answer = await callEc2(client, 'RunInstances', {
    ImageId: 'ami-0123456789abcdef0',
    MinCount: '1',
    MaxCount: '1',
    ...(profile !== undefined && { 'IamInstanceProfile.Name': profile }),
  })
  const [instance] = (elementOf(answer, 'instancesSet') as { item: readonly XmlElement[] } | undefined)?.item ?? []
  return textOf(instance as XmlElement, 'instanceId')
}
const launched =
  (profile?: (own: string) => string) =>
  async ({ admin, own }: Actors): Promise<void> =>
    void known.set(own, await launch(admin, profile?.(own)))

/** What the instance finds at its metadata service, which asks for it with its own rights. */
async function ofInstance({ admin }: Actors, profile: string, instanceId: string): Promise<Client> {
  const { credentials } = (await callRestJson(admin, 'gatehouse-nodes', 'POST', `/instance-profiles/${profile}/role-credentials`, {
    input: { instanceId, roleDelivery: '2.0' },
  })) as unknown as { credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string } }
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  return clientOf(admin, { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken })
}

const byInstance = (
  steps: (me: Client, actors: Actors) => Promise<{ readonly profile: string; readonly instance: string }>,
  ...before: readonly ((actors: Actors) => Promise<void>)[]
): Performance => ({
  ...ofOwnRole,
  prepare: actors => each(actors, strongRole('ec2.amazonaws.com'), ...before),
  async act(me, actors) {
    const { profile, instance } = await steps(me, actors)
    return ofInstance(actors, profile, instance)
  },
})
const instanceOf = ({ own }: Actors): string => known.get(own) as string
const associate = (me: Client, InstanceId: string, profile: string) =>
  callEc2(me, 'AssociateIamInstanceProfile', { InstanceId, 'IamInstanceProfile.Name': profile })

async function associationOf(admin: Client, instance: string): Promise<string> {
  const answer = await callEc2(admin, 'DescribeIamInstanceProfileAssociations', {
    'Filter.1.Name': 'instance-id',
    'Filter.1.Value.1': instance,
  })
  const [found] = (elementOf(answer, 'iamInstanceProfileAssociationSet') as { item: readonly XmlElement[] }).item
  return textOf(found as XmlElement, 'associationId')
}

interface DescribedInstance {
  readonly InstanceId: string
  readonly MetadataOptions: { readonly HttpEndpoint: string; readonly HttpPutResponseHopLimit: number }
}

const organizations = (client: Client, operation: string, input: object = {}) =>
  callJson(client, { name: 'organizations', target: `AWSOrganizationsV20161128.${operation}` }, input)

/** A member account of an organization that has IAM as a trusted service. */
async function memberAccount({ admin }: Actors): Promise<void> {
  if (known.has('member')) return
  await organizations(admin, 'CreateOrganization', { FeatureSet: 'ALL' })
  await organizations(admin, 'EnableAWSServiceAccess', { ServicePrincipal: 'iam.amazonaws.com' })
  await organizations(admin, 'CreateAccount', { AccountName: 'member', Email: 'member@example.com' })
  const { Accounts } = (await organizations(admin, 'ListAccounts')) as unknown as { Accounts: readonly { Id: string; Name: string }[] }
  known.set('member', Accounts.find(({ Name }) => Name === 'member')?.Id as string)
}
const rootCredentials =
  (turn: 'Enable' | 'Disable') =>
  async ({ admin }: Actors): Promise<void> =>
    void (await iam(admin, `${turn}OrganizationsRootCredentialsManagement`))

const asMemberRoot = (turn: 'Enable' | 'Disable', first: (me: Client) => Promise<unknown>): Performance => ({
  goal: () => `administrator of account ${known.get('member')}`,
  prepare: actors => each(actors, memberAccount, rootCredentials('Enable'), rootCredentials(turn)),
  async act(me) {
    await first(me)
    const answer = await sts(me, 'AssumeRoot', {
      TargetPrincipal: known.get('member') as string,
      'TaskPolicyArn.arn': 'arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials',
    })
    return clientOf(me, answer['Credentials'])
  },
  async proof(gained) {
    const identity = await sts(gained as Client, 'GetCallerIdentity')
    if (identity['Arn'] !== `arn:aws:iam::${known.get('member')}:root`) throw new Error('the session is not of the root user')
    await iam(gained as Client, 'GetAccountSummary')
  },
})

/** How each rule of CloudFormation's, of instances and of organizations is performed. */
export const servicePerformances: Readonly<Record<string, Performance>> = {
  'cloudformation-create-stack': byStack((me, input, role) => stacks(me, 'CreateStack', { ...input, ...role })),
  'cloudformation-update-stack': byStack((me, input, role) => stacks(me, 'UpdateStack', { ...input, ...role }), makeStack(false)),
  'cloudformation-change-set': byStack((me, input, role) => byChangeSet(me, input, { ...role, ChangeSetType: 'CREATE' })),
  'cloudformation-update-stack-with-role': byStack((me, input) => stacks(me, 'UpdateStack', input), makeStack(true)),
  'cloudformation-change-set-with-role': byStack((me, input) => byChangeSet(me, input, {}), makeStack(true)),
  'ec2-run-instances': byInstance(async (me, { own }) => ({ profile: own, instance: await launch(me, own) }), strongProfile),
  'ec2-run-instances-new-profile': byInstance(async (me, { own }) => {
    await makeProfile(me, own)
    return { profile: own, instance: await launch(me, own) }
  }),
  'ec2-associate-instance-profile': byInstance(
    async (me, actors) => {
      await associate(me, instanceOf(actors), actors.own)
      return { profile: actors.own, instance: instanceOf(actors) }
    },
    strongProfile,
    launched(),
  ),
  'ec2-associate-new-instance-profile': byInstance(async (me, actors) => {
    await makeProfile(me, actors.own)
    await associate(me, instanceOf(actors), actors.own)
    return { profile: actors.own, instance: instanceOf(actors) }
  }, launched()),
  'ec2-replace-instance-profile': byInstance(
    async (me, actors) => {
      const AssociationId = await associationOf(actors.admin, instanceOf(actors))
      await callEc2(me, 'ReplaceIamInstanceProfileAssociation', { AssociationId, 'IamInstanceProfile.Name': actors.own })
      return { profile: actors.own, instance: instanceOf(actors) }
    },
    strongProfile,
    weakProfile,
    launched(own => `${own}-weak`),
  ),
  'iam-add-role-to-instance-profile': byInstance(
    async (me, actors) => {
      await addRole(me, actors.own, actors.own)
      return { profile: actors.own, instance: instanceOf(actors) }
    },
    async ({ admin, own }) => void (await iam(admin, 'CreateInstanceProfile', { InstanceProfileName: own })),
    launched(own => own),
  ),
  'iam-replace-role-of-instance-profile': byInstance(
    async (me, actors) => {
      const InstanceProfileName = `${actors.own}-weak`
      await iam(me, 'RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName: InstanceProfileName })
      await addRole(me, InstanceProfileName, actors.own)
      return { profile: InstanceProfileName, instance: instanceOf(actors) }
    },
    weakProfile,
    launched(own => `${own}-weak`),
  ),
  'ec2-modify-metadata-options': {
    ...byInstance(
      async (me, actors) => {
        await callEc2(me, 'ModifyInstanceMetadataOptions', {
          InstanceId: instanceOf(actors),
          HttpEndpoint: 'enabled',
          HttpPutResponseHopLimit: '2',
        })
        return { profile: actors.own, instance: instanceOf(actors) }
      },
      strongProfile,
      launched(own => own),
      async ({ admin, own }) =>
        void (await callEc2(admin, 'ModifyInstanceMetadataOptions', { InstanceId: known.get(own) as string, HttpEndpoint: 'disabled' })),
    ),
    async proof(gained, actors) {
      const { Reservations } = (await describeInstances(actors.admin, undefined)) as {
        Reservations: readonly { Instances: readonly DescribedInstance[] }[]
      }
      const instance = Reservations.flatMap(({ Instances }) => Instances).find(({ InstanceId }) => InstanceId === instanceOf(actors))
      if (!instance) throw new Error('the instance is gone')
      const { HttpEndpoint, HttpPutResponseHopLimit } = instance.MetadataOptions
      if (HttpEndpoint !== 'enabled' || HttpPutResponseHopLimit !== 2) throw new Error('pods do not reach the metadata')
      await iam(gained as Client, 'ListUsers')
    },
  },
  'sts-assume-root': asMemberRoot('Enable', async () => undefined),
  'iam-enable-root-credentials-management': asMemberRoot('Disable', me => iam(me, 'EnableOrganizationsRootCredentialsManagement')),
}
