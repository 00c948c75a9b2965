import { laidOut } from './policy-document.ts'

/** Whom a role trusts, as the create wizard asks for it. */
export type TrustKind = 'service' | 'account' | 'web-identity' | 'saml' | 'custom'

export const trustKinds: readonly { readonly value: TrustKind; readonly label: string; readonly description: string }[] = [
  {
    value: 'service',
    label: 'AWS service',
    description: 'Allow AWS services like EC2, EKS or pods of a cluster to perform actions in this account.',
  },
  {
    value: 'account',
    label: 'AWS account',
    description: 'Allow entities in this or another AWS account to perform actions in this account.',
  },
  {
    value: 'web-identity',
    label: 'Web identity',
    description: 'Allow users or service accounts federated by an OpenID Connect provider to assume this role.',
  },
  {
    value: 'saml',
    label: 'SAML 2.0 federation',
    description: 'Allow users federated with SAML 2.0 from a corporate directory to assume this role.',
  },
  { value: 'custom', label: 'Custom trust policy', description: 'Write a trust policy yourself.' },
]

/** Services that roles are mostly made for. */
export const trustedServices = [
  { value: 'pods.eks.amazonaws.com', label: 'EKS - Pod Identity', description: 'Pods of a cluster, by a pod identity association' },
  { value: 'eks.amazonaws.com', label: 'EKS - Cluster', description: 'The cluster itself' },
  { value: 'ec2.amazonaws.com', label: 'EC2', description: 'Instances, among them nodes of a cluster' },
  { value: 'eks-fargate-pods.amazonaws.com', label: 'EKS - Fargate pod', description: 'The pods of a Fargate profile' },
  { value: 'lambda.amazonaws.com', label: 'Lambda', description: 'Functions' },
  { value: 'cloudformation.amazonaws.com', label: 'CloudFormation', description: 'Stacks' },
  { value: 'cloudtrail.amazonaws.com', label: 'CloudTrail', description: 'Delivery of log files' },
]

interface Statement {
  readonly Action: string | readonly string[]
  readonly Principal: string | { readonly [kind: string]: string | readonly string[] }
  readonly Condition?: object
}

const policy = (statement: Statement) => laidOut(JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] }))

/** EKS User Guide, "Learn how EKS Pod Identity grants pods access to AWS services": pods tag their sessions too. */
export const serviceTrust = (service: string) =>
  policy({
    Action: service === 'pods.eks.amazonaws.com' ? ['sts:AssumeRole', 'sts:TagSession'] : 'sts:AssumeRole',
    Principal: { Service: service },
  })

export interface AccountTrust {
  readonly account: string
  readonly externalId: string
  readonly withMfa: boolean
}

export function accountTrust({ account, externalId, withMfa }: AccountTrust): string {
  const condition = {
    ...(externalId && { StringEquals: { 'sts:ExternalId': externalId } }),
    ...(withMfa && { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
  }
  return policy({
    Action: 'sts:AssumeRole',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    ...(Object.keys(condition).length > 0 && { Condition: condition }),
  })
}

export interface WebIdentityTrust {
  readonly providerArn: string
  readonly audience: string
  /** Of a service account: `system:serviceaccount:NAMESPACE:NAME`; empty for every subject. */
  readonly subject: string
}

/** EKS User Guide, "Assign IAM roles to Kubernetes service accounts". */
export function webIdentityTrust({ providerArn, audience, subject }: WebIdentityTrust): string {
  const issuer = issuerOfProvider(providerArn)
  const operator = subject.includes('*') ? 'StringLike' : 'StringEquals'
  const audienceIs = { [`${issuer}:aud`]: audience }
  const subjectIs = { [`${issuer}:sub`]: subject }
  const condition =
    subject === ''
      ? { StringEquals: audienceIs }
      : operator === 'StringEquals'
        ? { StringEquals: { ...audienceIs, ...subjectIs } }
        : { StringEquals: audienceIs, StringLike: subjectIs }
  return policy({ Action: 'sts:AssumeRoleWithWebIdentity', Principal: { Federated: providerArn }, Condition: condition })
}

export const issuerOfProvider = (arn: string) => arn.replace(/^.*:oidc-provider\//, '')

export const samlTrust = (providerArn: string) =>
  policy({
    Action: 'sts:AssumeRoleWithSAML',
    Principal: { Federated: providerArn },
    Condition: { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } },
  })

/** Whom a trust policy names, as the roles list shows it. */
export function trustedEntities(document: string): string[] {
  try {
    const { Statement } = JSON.parse(document) as { readonly Statement: Statement | readonly Statement[] }
    const statements: readonly Statement[] = Array.isArray(Statement) ? Statement : [Statement as Statement]
    return statements.flatMap(({ Principal }) =>
      typeof Principal === 'string'
        ? [Principal]
        : Object.entries(Principal ?? {}).flatMap(([kind, names]) => [names].flat().map(name => `${kind}: ${name}`)),
    )
  } catch {
    return []
  }
}
