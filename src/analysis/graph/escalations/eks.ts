import { type AwsEscalation, onTarget, rule } from './aws-escalation.ts'

/** What the EKS API allows. EKS User Guide, "Grant IAM users and roles access to Kubernetes APIs" and "EKS Pod Identity". */
export const eksRules: readonly AwsEscalation[] = [
  rule(
    'eks-create-access-entry',
    'makes an access entry for itself with an administrator policy',
    'cluster',
    [
      ...onTarget('eks:CreateAccessEntry'),
      {
        action: 'eks:AssociateAccessPolicy',
        on: 'any',
        context: { 'eks:policyArn': 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy', 'eks:accessScope': 'cluster' },
      },
    ],
    { assuming: 'the caller has no access entry there yet' },
  ),
  rule(
    'eks-create-access-entry-in-group',
    'makes an access entry for itself in a group with more rights',
    'cluster',
    onTarget('eks:CreateAccessEntry'),
    {
      assuming:
        'the caller has no access entry there yet, and the cluster binds a group other than those that begin with system: to its administrators',
    },
  ),
  rule('eks-associate-access-policy', 'associates an administrator policy with its own access entry', 'own access entry', [
    {
      action: 'eks:AssociateAccessPolicy',
      on: 'target',
      context: { 'eks:policyArn': 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy', 'eks:accessScope': 'cluster' },
    },
  ]),
  rule(
    'eks-update-access-entry',
    'puts its own access entry into a group with more rights',
    'own access entry',
    onTarget('eks:UpdateAccessEntry'),
    {
      assuming: 'the cluster binds a group other than those that begin with system: to its administrators',
    },
  ),
]
