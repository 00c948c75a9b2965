import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resourceTypes } from '../../../src/services/cloudformation/types/index.ts'
import { makeAuthority } from '../../../src/identity/certificate.ts'
import { seededRandom } from '../call.ts'
import { metadata } from '../sts/identity-provider.ts'
import { account, acknowledged, body, openStackHouse, role, type StackHouse } from './stack-house.ts'

let stack: StackHouse
beforeAll(async () => {
  stack = await openStackHouse()
})
afterAll(() => stack.close())

const policyDocument = (Action: string, Resource = '*') => ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] })
const ref = (Ref: string) => ({ Ref })
const att = (...path: string[]) => ({ 'Fn::GetAtt': path })

const certificate = makeAuthority(
  { subject: { commonName: 'example.com' }, notBefore: Date.UTC(2025, 0), notAfter: Date.UTC(2035, 0) },
  seededRandom(1),
)
const clusterPolicy = (name: string) => `arn:aws:eks::aws:cluster-access-policy/${name}`
const roleOf = (Service: string) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service }, Action: ['sts:AssumeRole', 'sts:TagSession'] }],
    },
  },
})
// What the types of EKS have before and after an update alike.
const clusterProperties = { RoleArn: att('ClusterRole', 'Arn'), ResourcesVpcConfig: { SubnetIds: ['subnet-1', 'subnet-2'] } }
const nodeProperties = { ClusterName: ref('Cluster'), NodeRole: att('NodeRole', 'Arn'), Subnets: ['subnet-1'] }
const fargateProperties = {
  ClusterName: ref('Cluster'),
  PodExecutionRoleArn: att('FargateRole', 'Arn'),
  Selectors: [{ Namespace: 'batch' }],
}
const capabilityProperties = {
  ClusterName: ref('Cluster'),
  CapabilityName: 'ack',
  Type: 'ACK',
  RoleArn: att('CapabilityRole', 'Arn'),
  DeletePropagationPolicy: 'RETAIN',
}
const loginProperties = {
  ClusterName: ref('Cluster'),
  Type: 'oidc',
  Oidc: { ClientId: 'kubernetes', IssuerUrl: 'https://login.example.com', RequiredClaims: [{ Key: 'team', Value: 'a' }] },
}

interface Corpus {
  readonly name: string
  readonly resources: { readonly [logicalId: string]: { readonly Type: string; readonly Properties?: object; readonly DependsOn?: string } }
  /** Resources as an update wants them. */
  readonly changed: { readonly [logicalId: string]: object }
  /** Those of them that an update makes anew. */
  readonly replaced: readonly string[]
}

const corpus: readonly Corpus[] = [
  {
    name: 'principals',
    resources: {
      Group: { Type: 'AWS::IAM::Group', Properties: { ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] } },
      User: {
        Type: 'AWS::IAM::User',
        Properties: { Groups: [ref('Group')], Policies: [{ PolicyName: 'own', PolicyDocument: policyDocument('s3:GetObject') }] },
      },
      Other: { Type: 'AWS::IAM::User' },
      Added: { Type: 'AWS::IAM::UserToGroupAddition', Properties: { GroupName: ref('Group'), Users: [ref('Other')] } },
      Role: role({ Path: '/app/', MaxSessionDuration: '7200', PermissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }),
      Profile: { Type: 'AWS::IAM::InstanceProfile', Properties: { Roles: [ref('Role')] } },
      Key: { Type: 'AWS::IAM::AccessKey', Properties: { UserName: ref('User') } },
      Linked: { Type: 'AWS::IAM::ServiceLinkedRole', Properties: { AWSServiceName: 'access-analyzer.amazonaws.com' } },
    },
    changed: {
      User: { Groups: [], Policies: [{ PolicyName: 'own', PolicyDocument: policyDocument('s3:PutObject') }] },
      Key: { UserName: ref('User'), Serial: 1 },
    },
    replaced: ['Key'],
  },
  {
    name: 'policies',
    resources: {
      Role: role(),
      User: { Type: 'AWS::IAM::User' },
      Group: { Type: 'AWS::IAM::Group' },
      Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: policyDocument('s3:GetObject'), Roles: [ref('Role')] } },
      Inline: {
        Type: 'AWS::IAM::Policy',
        Properties: { PolicyName: 'inline', PolicyDocument: policyDocument('s3:ListBucket'), Roles: [ref('Role')], Users: [ref('User')] },
      },
      OfRole: {
        Type: 'AWS::IAM::RolePolicy',
        Properties: { PolicyName: 'r', RoleName: ref('Role'), PolicyDocument: policyDocument('ec2:*') },
      },
      OfUser: {
        Type: 'AWS::IAM::UserPolicy',
        Properties: { PolicyName: 'u', UserName: ref('User'), PolicyDocument: policyDocument('ec2:*') },
      },
      OfGroup: {
        Type: 'AWS::IAM::GroupPolicy',
        Properties: { PolicyName: 'g', GroupName: ref('Group'), PolicyDocument: policyDocument('ec2:*') },
      },
    },
    changed: {
      Managed: { PolicyDocument: policyDocument('s3:PutObject'), Groups: [ref('Group')] },
      Inline: { PolicyName: 'inline', PolicyDocument: policyDocument('s3:DeleteObject'), Users: [ref('User')] },
      OfRole: { PolicyName: 'r2', RoleName: ref('Role'), PolicyDocument: policyDocument('ec2:*') },
    },
    replaced: ['OfRole'],
  },
  {
    name: 'providers',
    resources: {
      Oidc: {
        Type: 'AWS::IAM::OIDCProvider',
        Properties: {
          Url: 'https://issuer.example.com',
          ClientIdList: ['sts.amazonaws.com'],
          ThumbprintList: ['9e99a48a9960b14926bb7f3b02e22da2b0ab7280'],
        },
      },
      Device: { Type: 'AWS::IAM::VirtualMFADevice', Properties: { Users: [], VirtualMfaDeviceName: 'device' } },
      Saml: {
        Type: 'AWS::IAM::SAMLProvider',
        Properties: {
          Name: 'corp',
          SamlMetadataDocument: metadata,
          AssertionEncryptionMode: 'Allowed',
          AddPrivateKey: certificate.keyPem,
          Tags: [{ Key: 'a', Value: '1' }],
        },
      },
      Certificate: {
        Type: 'AWS::IAM::ServerCertificate',
        Properties: { ServerCertificateName: 'web', CertificateBody: certificate.certificatePem, PrivateKey: certificate.keyPem },
      },
    },
    changed: {
      Saml: {
        Name: 'corp',
        SamlMetadataDocument: metadata.replace('<EntityDescriptor', '<EntityDescriptor ID="next"'),
        AssertionEncryptionMode: 'Required',
        AddPrivateKey: certificate.keyPem,
        Tags: [{ Key: 'b', Value: '2' }],
      },
      Certificate: {
        ServerCertificateName: 'web',
        Path: '/tls/',
        CertificateBody: certificate.certificatePem,
        PrivateKey: certificate.keyPem,
        Tags: [{ Key: 'b', Value: '2' }],
      },
      Oidc: { Url: 'https://issuer.example.com', ClientIdList: ['other'], ThumbprintList: ['9e99a48a9960b14926bb7f3b02e22da2b0ab7280'] },
    },
    replaced: [],
  },
  {
    name: 'clusters',
    resources: {
      ClusterRole: roleOf('eks.amazonaws.com'),
      NodeRole: roleOf('ec2.amazonaws.com'),
      FargateRole: roleOf('eks-fargate-pods.amazonaws.com'),
      PodRole: roleOf('pods.eks.amazonaws.com'),
      OtherPodRole: roleOf('pods.eks.amazonaws.com'),
      CapabilityRole: roleOf('capabilities.eks.amazonaws.com'),
      Cluster: {
        Type: 'AWS::EKS::Cluster',
        Properties: {
          ...clusterProperties,
          AccessConfig: { AuthenticationMode: 'API_AND_CONFIG_MAP' },
          UpgradePolicy: { SupportType: 'EXTENDED' },
          RemoteNetworkConfig: { RemoteNodeNetworks: [{ Cidrs: ['10.200.0.0/16'] }] },
        },
      },
      Nodes: {
        Type: 'AWS::EKS::Nodegroup',
        Properties: {
          ...nodeProperties,
          Labels: { tier: 'web', old: '1' },
          Taints: [{ Key: 'a', Effect: 'NO_SCHEDULE' }],
          NodeRepairConfig: { Enabled: true },
          LaunchTemplate: { Name: 'nodes', Version: 1 },
        },
      },
      Profile: { Type: 'AWS::EKS::FargateProfile', Properties: fargateProperties },
      Addon: { Type: 'AWS::EKS::Addon', Properties: { ClusterName: ref('Cluster'), AddonName: 'coredns' } },
      Capability: { Type: 'AWS::EKS::Capability', Properties: capabilityProperties },
      Entry: {
        Type: 'AWS::EKS::AccessEntry',
        Properties: {
          ClusterName: ref('Cluster'),
          PrincipalArn: att('PodRole', 'Arn'),
          KubernetesGroups: ['viewers'],
          AccessPolicies: [{ PolicyArn: clusterPolicy('AmazonEKSViewPolicy'), AccessScope: { Type: 'cluster' } }],
        },
      },
      Association: {
        Type: 'AWS::EKS::PodIdentityAssociation',
        Properties: { ClusterName: ref('Cluster'), Namespace: 'default', ServiceAccount: 'app', RoleArn: att('PodRole', 'Arn') },
      },
      Login: { Type: 'AWS::EKS::IdentityProviderConfig', Properties: loginProperties },
    },
    changed: {
      Cluster: {
        ...clusterProperties,
        AccessConfig: { AuthenticationMode: 'API' },
        UpgradePolicy: { SupportType: 'STANDARD' },
        RemoteNetworkConfig: { RemoteNodeNetworks: [{ Cidrs: ['10.201.0.0/16'] }] },
        Logging: { ClusterLogging: { EnabledTypes: [{ Type: 'audit' }] } },
        Tags: [{ Key: 'b', Value: '2' }],
      },
      Nodes: {
        ...nodeProperties,
        Labels: { tier: 'app' },
        Taints: [{ Key: 'b', Value: 'x', Effect: 'NO_EXECUTE' }],
        ScalingConfig: { MinSize: 1, MaxSize: '4', DesiredSize: 2 },
        Tags: { team: 'a' },
        NodeRepairConfig: { Enabled: 'false' },
        LaunchTemplate: { Name: 'nodes', Version: '2' },
        WarmPoolConfig: { Enabled: true, MinSize: 1 },
      },
      Profile: { ...fargateProperties, Tags: [{ Key: 'b', Value: '2' }] },
      Addon: { ClusterName: ref('Cluster'), AddonName: 'coredns', ConfigurationValues: '{"replicaCount":3}' },
      Capability: { ...capabilityProperties, Tags: [{ Key: 'b', Value: '2' }] },
      Entry: {
        ClusterName: ref('Cluster'),
        PrincipalArn: att('PodRole', 'Arn'),
        KubernetesGroups: ['editors'],
        AccessPolicies: [{ PolicyArn: clusterPolicy('AmazonEKSEditPolicy'), AccessScope: { Type: 'namespace', Namespaces: ['default'] } }],
      },
      Association: {
        ClusterName: ref('Cluster'),
        Namespace: 'default',
        ServiceAccount: 'app',
        RoleArn: att('OtherPodRole', 'Arn'),
        Tags: [{ Key: 'b', Value: '2' }],
      },
      Login: { ...loginProperties, Tags: [{ Key: 'b', Value: '2' }] },
    },
    replaced: [],
  },
  {
    name: 'audit',
    resources: {
      Bucket: {
        Type: 'AWS::S3::Bucket',
        Properties: {
          PublicAccessBlockConfiguration: { BlockPublicAcls: 'true', BlockPublicPolicy: true },
          Tags: [{ Key: 'a', Value: '1' }],
        },
      },
      BucketPolicy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: {
          Bucket: ref('Bucket'),
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Service: 'cloudtrail.amazonaws.com' },
                Action: ['s3:GetBucketAcl', 's3:PutObject'],
                Resource: [att('Bucket', 'Arn'), { 'Fn::Sub': '${Bucket.Arn}/*' }],
              },
            ],
          },
        },
      },
      Trail: {
        Type: 'AWS::CloudTrail::Trail',
        DependsOn: 'BucketPolicy',
        Properties: {
          IsLogging: true,
          S3BucketName: ref('Bucket'),
          IsMultiRegionTrail: 'true',
          AggregationConfigurations: [{ EventCategory: 'Data', Templates: ['API_ACTIVITY'] }],
        },
      },
      Analyzer: {
        Type: 'AWS::AccessAnalyzer::Analyzer',
        Properties: {
          Type: 'ACCOUNT',
          ArchiveRules: [{ RuleName: 'known', Filter: [{ Property: 'resourceType', Eq: ['AWS::S3::Bucket'] }] }],
        },
      },
      Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' },
      Metadata: { Type: 'AWS::CDK::Metadata', Properties: { Analytics: 'v2:deflate64:x' } },
    },
    changed: {
      Bucket: { BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] } },
      Trail: { IsLogging: false, S3BucketName: ref('Bucket') },
      Analyzer: { Type: 'ACCOUNT', ArchiveRules: [] },
    },
    replaced: [],
  },
]

describe.each(corpus)('a stack of $name', ({ name, resources, changed, replaced }) => {
  const ids = async () =>
    Object.fromEntries(
      (await stack.begin('ListStackResources', { StackName: name })).StackResourceSummaries.map(
        (each: { LogicalResourceId: string; PhysicalResourceId: string }) => [each.LogicalResourceId, each.PhysicalResourceId],
      ),
    )

  test('is made, changed, and leaves nothing behind', async () => {
    const outputs = Object.fromEntries(
      Object.entries(resources).flatMap(([id, { Type }]) =>
        (resourceTypes.get(Type)?.attributes ?? []).map(attribute => [
          `${id}${attribute}`.replaceAll(/[^a-zA-Z0-9]/g, ''),
          { Value: att(id, attribute) },
        ]),
      ),
    )
    const { StackId } = await stack.stacks('CreateStack', {
      StackName: name,
      TemplateBody: body(resources, { Outputs: outputs }),
      ...acknowledged,
    })
    expect(await stack.statusOf(name), (await stack.events(name)).join('\n')).toBe('CREATE_COMPLETE')
    expect((await stack.begin('DescribeStacks', { StackName: name })).Stacks[0].Outputs).toHaveLength(Object.keys(outputs).length)
    const before = await ids()
    const next = Object.fromEntries(
      Object.entries(resources).map(([id, each]) => [id, { ...each, ...(changed[id] && { Properties: changed[id] }) }]),
    )
    await stack.stacks('UpdateStack', { StackName: name, TemplateBody: body(next), ...acknowledged })
    expect(await stack.statusOf(name), (await stack.events(name)).join('\n')).toBe('UPDATE_COMPLETE')
    const after = await ids()
    expect(Object.keys(after).filter(id => after[id] !== before[id])).toEqual(replaced)
    await stack.stacks('DeleteStack', { StackName: name })
    expect(await stack.statusOf(StackId), (await stack.events(StackId)).join('\n')).toBe('DELETE_COMPLETE')
    // The house's administrator stays.
    const left = await stack.call('iam', 'GetAccountSummary', {})
    expect(left.SummaryMap).toMatchObject({ Users: 1, Groups: 0, Policies: 0, MFADevices: 0, InstanceProfiles: 0 })
    expect((await stack.call('s3', 'ListBuckets', {})).Buckets).toEqual([])
  })
})

test('every type is made and changed here, but those that have tests of their own', () => {
  const tried = new Set(corpus.flatMap(({ resources }) => Object.values(resources).map(({ Type }) => Type)))
  expect([...resourceTypes.keys()].filter(type => !tried.has(type))).toEqual(['AWS::CloudFormation::Stack'])
})

test('every type refuses properties that are not its own, and the lack of those that it needs', async () => {
  await stack.stacks('CreateStack', {
    StackName: 'odd',
    TemplateBody: body({ B: { Type: 'AWS::S3::Bucket', Properties: { VersioningConfiguration: { Status: 'Enabled' } } } }),
  })
  expect((await stack.events('odd')).find(event => event.startsWith('B CREATE_FAILED'))).toBe(
    'B CREATE_FAILED: Properties validation failed for resource B with message:\n#: Gatehouse does not serve the property [VersioningConfiguration]',
  )
  await stack.stacks('CreateStack', { StackName: 'lacking', TemplateBody: body({ R: { Type: 'AWS::IAM::Role' } }), ...acknowledged })
  expect((await stack.events('lacking')).find(event => event.startsWith('R CREATE_FAILED'))).toMatch(
    /#: required key \[AssumeRolePolicyDocument\] not found$/,
  )
})

/** eksctl, "IAM Roles for Service Accounts": the template that it makes for one service account. */
test('eksctl’s stack of a service account’s role', async () => {
  const provider = `arn:aws:iam::${account}:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/A39A2842863C47208955D753DE205E6E`
  const StackName = 'eksctl-demo-addon-iamserviceaccount-default-s3-reader'
  const issuer = provider.slice(provider.indexOf('/') + 1)
  await stack.stacks('CreateStack', {
    StackName,
    TemplateBody: body(
      {
        Role1: {
          Type: 'AWS::IAM::Role',
          Properties: {
            AssumeRolePolicyDocument: {
              Statement: [
                {
                  Action: ['sts:AssumeRoleWithWebIdentity'],
                  Condition: {
                    StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com', [`${issuer}:sub`]: 'system:serviceaccount:default:s3-reader' },
                  },
                  Effect: 'Allow',
                  Principal: { Federated: provider },
                },
              ],
              Version: '2012-10-17',
            },
            ManagedPolicyArns: ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'],
          },
        },
      },
      {
        Description: 'IAM role for serviceaccount "default/s3-reader" [created and managed by eksctl]',
        Outputs: { Role1: { Value: att('Role1', 'Arn') } },
      },
    ),
    Capabilities: ['CAPABILITY_IAM'],
    Tags: [{ Key: 'alpha.eksctl.io/cluster-name', Value: 'demo' }],
  })
  const { Stacks } = await stack.begin('DescribeStacks', { StackName })
  expect(Stacks[0]).toMatchObject({ StackStatus: 'CREATE_COMPLETE', Outputs: [{ OutputKey: 'Role1' }] })
  const RoleName = Stacks[0].Outputs[0].OutputValue.split('/').at(-1)
  // IAM's names have 64 characters at most.
  expect(RoleName).toHaveLength(64)
  expect((await stack.call('iam', 'ListRoleTags', { RoleName })).Tags).toEqual([{ Key: 'alpha.eksctl.io/cluster-name', Value: 'demo' }])
})
