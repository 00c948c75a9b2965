import type { PassedRole } from './passed-role.ts'

/** EKS looks for it with the caller's rights. docs/eks.md, "Roles that come with the first". */
const linked = "EKS's service-linked role"

/** Passed roles of containers: App Runner, ECS, EKS with its pods, nodes and add-ons. */
export const containers: readonly PassedRole[] = [
  ['apprunner-create-service', 'tasks.apprunner.amazonaws.com', 'runs a container in App Runner', ['apprunner:CreateService']],
  ['apprunner-update-service', 'tasks.apprunner.amazonaws.com', 'gives an App Runner service another role', ['apprunner:UpdateService']],
  ['ecs-run-task', 'ecs-tasks.amazonaws.com', 'runs a task', ['ecs:RegisterTaskDefinition', 'ecs:RunTask']],
  ['ecs-start-task', 'ecs-tasks.amazonaws.com', 'starts a task on an instance', ['ecs:RegisterTaskDefinition', 'ecs:StartTask']],
  ['ecs-create-service', 'ecs-tasks.amazonaws.com', 'makes a service of tasks', ['ecs:RegisterTaskDefinition', 'ecs:CreateService']],
  ['ecs-update-service', 'ecs-tasks.amazonaws.com', 'gives a service another task', ['ecs:RegisterTaskDefinition', 'ecs:UpdateService']],
  [
    'eks-create-pod-identity-association',
    'pods.eks.amazonaws.com',
    'associates the role with a service account',
    ['eks:CreatePodIdentityAssociation'],
    { performed: true, assuming: 'the caller has a pod in the cluster' },
  ],
  [
    'eks-update-pod-identity-association',
    'pods.eks.amazonaws.com',
    'gives an association another role',
    ['eks:UpdatePodIdentityAssociation'],
    { performed: true, assuming: 'the caller has a pod of the association' },
  ],
  [
    'eks-create-addon',
    'pods.eks.amazonaws.com',
    'installs an add-on whose service account gets the role',
    ['eks:CreateAddon'],
    { performed: true, assuming: "the caller has a pod in the add-on's namespace" },
  ],
  [
    'eks-update-addon',
    'pods.eks.amazonaws.com',
    "gives an add-on's service account another role",
    ['eks:UpdateAddon'],
    { performed: true, assuming: 'the caller has a pod of the add-on' },
  ],
  [
    'eks-create-nodegroup',
    'ec2.amazonaws.com',
    'makes nodes with the role',
    ['eks:CreateNodegroup', 'iam:GetRole'],
    { performed: true, passedTo: 'eks.amazonaws.com', assuming: `the caller has a pod in the cluster, and the account ${linked}` },
  ],
  [
    'eks-create-fargate-profile',
    'eks-fargate-pods.amazonaws.com',
    'makes a Fargate profile with the role',
    ['eks:CreateFargateProfile', 'iam:GetRole'],
    { performed: true, passedTo: 'eks.amazonaws.com', assuming: `the caller has a pod in the cluster, and the account ${linked}` },
  ],
]
