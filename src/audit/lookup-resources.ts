import type { Json, JsonObject } from '../types/json.ts'

/** A resource that a record refers to, as the event history lists it. CloudTrail API Reference, "Resource". */
export interface LookupResource {
  readonly name: string
  /** Absent when it cannot be told. */
  readonly type: string | undefined
}

/** What of a record tells its resources. */
interface Told extends JsonObject {
  eventSource: string
  eventName: string
}

/** So many are listed, and so deep is looked: a call that names hundreds costs no more than others. */
const mostResources = 30
const deepest = 4
/** LookupEvents takes no longer value. CloudTrail API Reference, "LookupAttribute". */
const longestName = 2000

/**
 * The resources that the event history knows a record by: those that the record itself lists, and what its request and answer name, be it by name, by id or by ARN.
 * A resource is there once for each way in which it is named: a role that was made has its name, its id and its ARN.
 * Told by the record alone, so that whatever looks for, keeps or deletes a record agrees.
 * CloudTrail User Guide, "Resource types supported by CloudTrail event history" and "Lookup output fields".
 */
export function lookupResourcesOf(record: Told): LookupResource[] {
  const found = new Map<string, LookupResource>()
  const add = (name: string, type: string | undefined) => {
    if (name !== '' && name.length <= longestName && found.size < mostResources) found.set(`${type} ${name}`, { name, type })
  }
  for (const { ARN, type } of (record['resources'] ?? []) as JsonObject[])
    if (typeof ARN === 'string') add(ARN, typeof type === 'string' ? type : undefined)
  const named = Object.hasOwn(namesOf, record.eventSource) ? namesOf[record.eventSource] : undefined
  // Own members alone: callers choose the names in maps, such as those of labels.
  const typeByName = (key: string) => (named && Object.hasOwn(named, key) ? named[key]?.(record.eventName) : undefined)
  const visit = (key: string, value: Json, depth: number) => {
    if (typeof value === 'string') {
      const type = typeOfArn(value) ?? typeByName(key)
      if (type !== undefined) add(value, type)
    } else if (Array.isArray(value)) {
      for (const item of value) visit(key, item, depth)
    } else if (value !== null && typeof value === 'object' && depth < deepest) {
      for (const [name, item] of Object.entries(value)) if (!quoted.has(name)) visit(name, item as Json, depth + 1)
    }
  }
  visit('', record['requestParameters'] ?? null, 0)
  visit('', record['responseElements'] ?? null, 0)
  return [...found.values()]
}

/** What others wrote: an ARN in a tag, or a name in a label or in a policy, is not what the call is about. */
const quoted: ReadonlySet<string> = new Set(['tags', 'labels', 'bucketPolicy', 'tagging', 'policyDocument', 'sessionPolicies'])

type TypeOf = (eventName: string) => string | undefined
const is =
  (type: string): TypeOf =>
  () =>
    type

/** Names that many operations of a service have for different things. */
const cloudTrailName: TypeOf = eventName =>
  /EventDataStore|Channel|Dashboard/.exec(eventName)?.[0].replace(/^/, 'AWS::CloudTrail::') ?? trail
const clusterName: TypeOf = eventName => (eventName.includes('AnywhereSubscription') ? undefined : cluster)

const [role, user, accessKey, mfaDevice, bucket, cluster, trail, stack] = [
  'AWS::IAM::Role',
  'AWS::IAM::User',
  'AWS::IAM::AccessKey',
  'AWS::IAM::MfaDevice',
  'AWS::S3::Bucket',
  'AWS::EKS::Cluster',
  'AWS::CloudTrail::Trail',
  'AWS::CloudFormation::Stack',
] as const

/** Members that name resources, by source. Types are those of the guide's list, and beyond it CloudFormation's. */
const namesOf: { readonly [eventSource: string]: { readonly [member: string]: TypeOf } } = {
  'iam.amazonaws.com': {
    userName: is(user),
    newUserName: is(user),
    userId: is(user),
    groupName: is('AWS::IAM::Group'),
    newGroupName: is('AWS::IAM::Group'),
    groupId: is('AWS::IAM::Group'),
    roleName: is(role),
    roleId: is(role),
    policyName: is('AWS::IAM::Policy'),
    policyId: is('AWS::IAM::Policy'),
    instanceProfileName: is('AWS::IAM::InstanceProfile'),
    instanceProfileId: is('AWS::IAM::InstanceProfile'),
    accessKeyId: is(accessKey),
    accountAlias: is('AWS::IAM::AccountAlias'),
    serialNumber: is(mfaDevice),
    serverCertificateName: is('AWS::IAM::ServerCertificate'),
    newServerCertificateName: is('AWS::IAM::ServerCertificate'),
    serverCertificateId: is('AWS::IAM::ServerCertificate'),
    certificateId: is('AWS::IAM::SigningCertificate'),
    sSHPublicKeyId: is('AWS::IAM::SshPublicKey'),
  },
  'sts.amazonaws.com': {
    accessKeyId: is(accessKey),
    assumedRoleId: is('AWS::STS::AssumedRole'),
    roleSessionName: is('AWS::STS::AssumedRole'),
    serialNumber: is(mfaDevice),
  },
  'cloudtrail.amazonaws.com': {
    name: cloudTrailName,
    trailName: is(trail),
    trailNameList: is(trail),
    s3BucketName: is(bucket),
    eventDataStore: is('AWS::CloudTrail::EventDataStore'),
    channel: is('AWS::CloudTrail::Channel'),
    dashboardId: is('AWS::CloudTrail::Dashboard'),
  },
  'eks.amazonaws.com': {
    name: clusterName,
    clusterName: is(cluster),
    nodegroupName: is('AWS::EKS::Nodegroup'),
    fargateProfileName: is('AWS::EKS::FargateProfile'),
    addonName: is('AWS::EKS::Addon'),
    associationId: is('AWS::EKS::PodIdentityAssociation'),
  },
  'eks-auth.amazonaws.com': { clusterName: is(cluster), accessKeyId: is(accessKey) },
  's3.amazonaws.com': { bucketName: is(bucket) },
  'ec2.amazonaws.com': {
    instanceId: is('AWS::EC2::Instance'),
    imageId: is('AWS::EC2::Ami'),
    subnetId: is('AWS::EC2::Subnet'),
    vpcId: is('AWS::EC2::VPC'),
    groupId: is('AWS::EC2::SecurityGroup'),
    keyName: is('AWS::EC2::KeyPair'),
    networkInterfaceId: is('AWS::EC2::NetworkInterface'),
    volumeId: is('AWS::EC2::Volume'),
  },
  'access-analyzer.amazonaws.com': { analyzerName: is('AWS::AccessAnalyzer::Analyzer') },
  'cloudformation.amazonaws.com': { stackName: is(stack), stackId: is(stack) },
  'organizations.amazonaws.com': {
    accountId: is('AWS::Organizations::Account'),
    policyId: is('AWS::Organizations::Policy'),
    organizationalUnitId: is('AWS::Organizations::OrganizationalUnit'),
  },
}

/** Types by what an ARN begins with after its partition, its service and up to the first `/` of its resource. */
const typesByArn: { readonly [kind: string]: string } = {
  'iam:user': user,
  'iam:role': role,
  'iam:group': 'AWS::IAM::Group',
  'iam:policy': 'AWS::IAM::Policy',
  'iam:instance-profile': 'AWS::IAM::InstanceProfile',
  'iam:mfa': mfaDevice,
  'iam:u2f': mfaDevice,
  'iam:oidc-provider': 'AWS::IAM::OpenIDConnectProvider',
  'iam:saml-provider': 'AWS::IAM::SamlProvider',
  'iam:server-certificate': 'AWS::IAM::ServerCertificate',
  'sts:assumed-role': 'AWS::STS::AssumedRole',
  'sts:federated-user': 'AWS::STS::FederatedUser',
  'eks:cluster': cluster,
  'eks:nodegroup': 'AWS::EKS::Nodegroup',
  'eks:fargateprofile': 'AWS::EKS::FargateProfile',
  'eks:addon': 'AWS::EKS::Addon',
  'eks:access-entry': 'AWS::EKS::AccessEntry',
  'eks:podidentityassociation': 'AWS::EKS::PodIdentityAssociation',
  'eks:identityproviderconfig': 'AWS::EKS::IdentityProviderConfig',
  'eks:capability': 'AWS::EKS::Capability',
  'cloudtrail:trail': trail,
  'cloudtrail:eventdatastore': 'AWS::CloudTrail::EventDataStore',
  'cloudtrail:channel': 'AWS::CloudTrail::Channel',
  'cloudtrail:dashboard': 'AWS::CloudTrail::Dashboard',
  'cloudformation:stack': stack,
  'access-analyzer:analyzer': 'AWS::AccessAnalyzer::Analyzer',
  'ec2:instance': 'AWS::EC2::Instance',
  'organizations:account': 'AWS::Organizations::Account',
  'organizations:policy': 'AWS::Organizations::Policy',
  'organizations:ou': 'AWS::Organizations::OrganizationalUnit',
}

const arnForm = /^arn:aws[\w-]*:([\w-]+):[\w-]*:[\w-]*:([^/:\s]+)(\/[^\s]*)?$/

function typeOfArn(text: string): string | undefined {
  if (!text.startsWith('arn:aws')) return undefined
  const [, service, kind, rest] = arnForm.exec(text) ?? []
  if (service === 's3') return rest === undefined ? bucket : undefined
  return rest === undefined ? undefined : typesByArn[`${service}:${kind}`]
}
