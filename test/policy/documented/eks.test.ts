import type { PolicyPrincipal } from '../../../src/policy/index.ts'
import { account, allow, deny, issuer, webIdentity } from '../support.ts'
import { type Example, isDenied, may, mayNot, testExamples } from './example.ts'

// Amazon EKS User Guide, "Amazon EKS identity-based policy examples", "Assign IAM roles to Kubernetes service accounts", "Learn how EKS Pod Identity grants pods
// access to AWS services", "Grant Pods access to AWS resources based on tags", "Cross-service confused deputy prevention".

const cluster = (name = 'my-cluster', region = 'us-west-2') => `arn:aws:eks:${region}:${account}:cluster/${name}`
const clusterRole = `arn:aws:iam::${account}:role/cluster-role`
const linkedRole = `arn:aws:iam::${account}:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS`
const pods: PolicyPrincipal = { type: 'service', service: 'pods.eks.amazonaws.com' }
const eks: PolicyPrincipal = { type: 'service', service: 'eks.amazonaws.com' }
const provider = `arn:aws:iam::${account}:oidc-provider/${issuer}`
const claims = (sub: string, aud = 'sts.amazonaws.com') => ({ [`${issuer}:sub`]: sub, [`${issuer}:aud`]: aud })
const serviceAccount = 'system:serviceaccount:shop:checkout'
const trusted = { on: clusterRole, who: webIdentity }
const podTags = { 'aws:PrincipalTag/kubernetes-namespace': 'shop', 'aws:PrincipalTag/eks-cluster-name': 'my-cluster' }

const examples: Example[] = [
  {
    source: 'Amazon EKS identity-based policy examples: Using the Amazon EKS console',
    kind: 'identity',
    statements: [allow('eks:*'), allow('iam:PassRole', { Condition: { StringEquals: { 'iam:PassedToService': 'eks.amazonaws.com' } } })],
    claims: [
      may('everything in EKS', 'eks:AccessKubernetesApi', { on: cluster() }),
      may('passing a role to EKS', 'iam:PassRole', { on: clusterRole, context: { 'iam:PassedToService': 'eks.amazonaws.com' } }),
      mayNot('to EC2', 'iam:PassRole', { on: clusterRole, context: { 'iam:PassedToService': 'ec2.amazonaws.com' } }),
    ],
  },
  {
    source: 'Amazon EKS identity-based policy examples: Allow IAM users to view their own permissions',
    kind: 'identity',
    statements: [
      allow(['iam:GetUserPolicy', 'iam:ListGroupsForUser', 'iam:ListAttachedUserPolicies', 'iam:ListUserPolicies', 'iam:GetUser'], {
        Resource: ['arn:aws:iam::*:user/${aws:username}'],
      }),
      allow(['iam:GetGroupPolicy', 'iam:GetPolicyVersion', 'iam:GetPolicy', 'iam:ListPolicies', 'iam:ListUsers']),
    ],
    claims: [
      may('the own', 'iam:ListUserPolicies', { on: `arn:aws:iam::${account}:user/ann` }),
      mayNot("another's", 'iam:ListUserPolicies', { on: `arn:aws:iam::${account}:user/bob` }),
    ],
  },
  {
    source: 'Amazon EKS identity-based policy examples: Create a Kubernetes cluster on the AWS Cloud',
    kind: 'identity',
    statements: [
      allow('eks:CreateCluster', { Resource: cluster() }),
      allow('iam:CreateServiceLinkedRole', {
        Resource: linkedRole,
        // The page has `eks`, which IAM's key never is: its value is the service principal, as in AmazonEKSClusterPolicy.
        Condition: { 'ForAnyValue:StringEquals': { 'iam:AWSServiceName': 'eks.amazonaws.com' } },
      }),
      allow('iam:PassRole', { Resource: clusterRole }),
    ],
    claims: [
      may('that cluster', 'eks:CreateCluster', { on: cluster() }),
      mayNot('one of another name', 'eks:CreateCluster', { on: cluster('other') }),
      mayNot('one in another Region', 'eks:CreateCluster', { on: cluster('my-cluster', 'eu-west-1') }),
      may('the role of the service', 'iam:CreateServiceLinkedRole', {
        on: linkedRole,
        context: { 'iam:AWSServiceName': 'eks.amazonaws.com' },
      }),
      mayNot('without the name of the service', 'iam:CreateServiceLinkedRole', { on: linkedRole }),
      may('passing the role', 'iam:PassRole', { on: clusterRole }),
    ],
  },
  {
    source: 'Amazon EKS identity-based policy examples: Create a local Kubernetes cluster on an Outpost',
    kind: 'identity',
    statements: [
      allow('eks:CreateCluster', { Resource: cluster() }),
      allow(['ec2:DescribeSubnets', 'ec2:DescribeVpcs', 'iam:GetRole']),
      allow(['iam:PassRole', 'iam:ListAttachedRolePolicies'], { Resource: clusterRole }),
      allow(['iam:CreateInstanceProfile', 'iam:TagInstanceProfile', 'iam:AddRoleToInstanceProfile'], {
        Resource: 'arn:aws:iam::*:instance-profile/eks-local-*',
      }),
    ],
    claims: [
      may('an instance profile of the cluster', 'iam:CreateInstanceProfile', {
        on: `arn:aws:iam::${account}:instance-profile/eks-local-1`,
      }),
      mayNot('another', 'iam:CreateInstanceProfile', { on: `arn:aws:iam::${account}:instance-profile/web` }),
    ],
  },
  {
    source: 'Amazon EKS identity-based policy examples: Update a Kubernetes cluster',
    kind: 'identity',
    statements: allow('eks:UpdateClusterVersion', { Resource: cluster() }),
    claims: [
      may('its version', 'eks:UpdateClusterVersion', { on: cluster() }),
      mayNot('its configuration', 'eks:UpdateClusterConfig', { on: cluster() }),
    ],
  },
  {
    source: 'Amazon EKS identity-based policy examples: List or describe all clusters',
    kind: 'identity',
    statements: allow(['eks:DescribeCluster', 'eks:ListClusters']),
    claims: [
      may('one', 'eks:DescribeCluster', { on: cluster() }),
      may('all', 'eks:ListClusters'),
      mayNot('deleting', 'eks:DeleteCluster', { on: cluster() }),
    ],
  },
  {
    source: 'Assign IAM roles to Kubernetes service accounts: one service account',
    kind: 'trust',
    statements: {
      Effect: 'Allow',
      Principal: { Federated: provider },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${issuer}:sub`]: serviceAccount, [`${issuer}:aud`]: 'sts.amazonaws.com' } },
    },
    claims: [
      may('that service account', 'sts:AssumeRoleWithWebIdentity', { ...trusted, context: claims(serviceAccount) }),
      mayNot('another of the namespace', 'sts:AssumeRoleWithWebIdentity', {
        ...trusted,
        context: claims('system:serviceaccount:shop:web'),
      }),
      mayNot('another audience', 'sts:AssumeRoleWithWebIdentity', { ...trusted, context: claims(serviceAccount, 'kubernetes') }),
      mayNot('another issuer', 'sts:AssumeRoleWithWebIdentity', {
        on: clusterRole,
        who: { type: 'webIdentity', provider: `${provider}2` },
        context: claims(serviceAccount),
      }),
    ],
  },
  {
    source: 'Assign IAM roles to Kubernetes service accounts: every service account of a namespace',
    kind: 'trust',
    statements: {
      Effect: 'Allow',
      Principal: { Federated: provider },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringLike: { [`${issuer}:sub`]: 'system:serviceaccount:shop:*' },
        StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com' },
      },
    },
    claims: [
      may('one of it', 'sts:AssumeRoleWithWebIdentity', { ...trusted, context: claims('system:serviceaccount:shop:web') }),
      mayNot('one of a namespace that begins like it', 'sts:AssumeRoleWithWebIdentity', {
        ...trusted,
        context: claims('system:serviceaccount:shop2:web'),
      }),
    ],
  },
  {
    source: 'Learn how EKS Pod Identity grants pods access to AWS services: the trust policy',
    kind: 'trust',
    statements: { Effect: 'Allow', Principal: { Service: 'pods.eks.amazonaws.com' }, Action: ['sts:AssumeRole', 'sts:TagSession'] },
    claims: [
      may('assuming', 'sts:AssumeRole', { on: clusterRole, who: pods }),
      may('with tags', 'sts:TagSession', { on: clusterRole, who: pods }),
      mayNot('EKS itself', 'sts:AssumeRole', { on: clusterRole, who: eks }),
    ],
  },
  {
    source: 'Grant Pods access to AWS resources based on tags',
    kind: 'identity',
    statements: allow(['s3:GetObject', 's3:GetObjectTagging'], {
      Resource: 'arn:aws:s3:::data/*',
      Condition: {
        StringEquals: {
          's3:ExistingObjectTag/eks-cluster-name': '${aws:PrincipalTag/eks-cluster-name}',
          'aws:PrincipalTag/kubernetes-namespace': 'shop',
        },
      },
    }),
    claims: [
      may('a pod of the cluster', 's3:GetObject', {
        on: 'arn:aws:s3:::data/x',
        context: { ...podTags, 's3:ExistingObjectTag/eks-cluster-name': 'my-cluster' },
      }),
      mayNot('a pod of another', 's3:GetObject', {
        on: 'arn:aws:s3:::data/x',
        context: { ...podTags, 's3:ExistingObjectTag/eks-cluster-name': 'other' },
      }),
      mayNot('no pod', 's3:GetObject', { on: 'arn:aws:s3:::data/x', context: { 's3:ExistingObjectTag/eks-cluster-name': 'my-cluster' } }),
    ],
  },
  {
    source: 'Cross-service confused deputy prevention: the cluster role',
    kind: 'trust',
    statements: {
      Effect: 'Allow',
      Principal: { Service: 'eks.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: { ArnLike: { 'aws:SourceArn': cluster() }, StringEquals: { 'aws:SourceAccount': account } },
    },
    claims: [
      may('for the cluster', 'sts:AssumeRole', {
        on: clusterRole,
        who: eks,
        context: { 'aws:SourceArn': cluster(), 'aws:SourceAccount': account },
      }),
      mayNot('for another', 'sts:AssumeRole', {
        on: clusterRole,
        who: eks,
        context: { 'aws:SourceArn': cluster('other'), 'aws:SourceAccount': account },
      }),
      mayNot('for none', 'sts:AssumeRole', { on: clusterRole, who: eks }),
    ],
  },
  {
    source: 'Amazon EKS condition keys: a cluster without public endpoint, with logs and customer keys',
    kind: 'identity',
    statements: [
      allow('eks:CreateCluster'),
      deny('eks:CreateCluster', { Condition: { Bool: { 'eks:endpointPublicAccess': 'true' } } }),
      deny('eks:CreateCluster', { Condition: { StringNotEquals: { 'eks:authenticationMode': 'API' } } }),
    ],
    claims: [
      may('private, by access entries', 'eks:CreateCluster', {
        on: cluster(),
        context: { 'eks:endpointPublicAccess': false, 'eks:authenticationMode': 'API' },
      }),
      isDenied('public', 'eks:CreateCluster', {
        on: cluster(),
        context: { 'eks:endpointPublicAccess': true, 'eks:authenticationMode': 'API' },
      }),
      isDenied('by the config map', 'eks:CreateCluster', {
        on: cluster(),
        context: { 'eks:endpointPublicAccess': false, 'eks:authenticationMode': 'CONFIG_MAP' },
      }),
    ],
  },
]

testExamples(examples)
