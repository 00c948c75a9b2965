import { roleArn } from '../../identity/arns.ts'
import { roleOfArn } from '../../identity/assumable-role.ts'
import { serviceLinkedRoleOf } from '../../identity/service-linked-roles.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { CallContext } from '../operation.ts'
import { eks } from './service.ts'

/** Services by what their service-linked roles are for. EKS User Guide, "Using service-linked roles for Amazon EKS". */
export const linkedServices = {
  cluster: 'eks.amazonaws.com',
  localCluster: 'outposts.eks-local.amazonaws.com',
  nodegroup: 'eks-nodegroup.amazonaws.com',
  fargateProfile: 'eks-fargate.amazonaws.com',
  connector: 'eks-connector.amazonaws.com',
} as const

type LinkedService = (typeof linkedServices)[keyof typeof linkedServices]

const nameOf = (service: LinkedService) => serviceLinkedRoleOf(service)?.name ?? ''

export const serviceLinkedRoleArn = (account: string, service: LinkedService): string =>
  roleArn(account, `/aws-service-role/${service}/`, nameOf(service))

/**
 * Makes the service-linked role of what is about to be made, unless the account has it, with the caller's rights: whoever makes the account's first cluster
 * needs `iam:CreateServiceLinkedRole`. EKS User Guide, "Amazon EKS identity-based policy examples", "Create a Kubernetes cluster on the AWS Cloud".
 * @throws InvalidRequestException for callers who may not
 */
export async function makeServiceLinkedRole(context: CallContext, service: LinkedService): Promise<void> {
  const { world, account } = context
  const arn = serviceLinkedRoleArn(account, service)
  if (await world.store.read(tx => roleOfArn(tx, arn))) return
  try {
    await callIam(context, 'CreateServiceLinkedRole', { AWSServiceName: service })
  } catch (problem) {
    // Somebody else's first one came in between.
    if (isRefusal(problem, 'InvalidInput')) return
    throw inWordsOfEks(
      problem,
      `Failed to create service linked role: ${nameOf(service)} due to missing permissions for 'iam:CreateServiceLinkedRole'`,
    )
  }
}

/**
 * The same for what EKS makes the role of only after it has asked IAM, with the caller's rights again, whether it is there.
 * The words are those that users were shown (terraform-aws-eks, issue 823; amazon-eks-user-guide, issue 279; XenitAB/terraform-modules, pull request 396).
 * @throws InvalidRequestException for callers without `iam:GetRole`, too
 */
export async function findOrMakeServiceLinkedRole(context: CallContext, service: LinkedService): Promise<void> {
  try {
    await callIam(context, 'GetRole', { RoleName: nameOf(service) })
  } catch (problem) {
    if (isRefusal(problem, 'NoSuchEntity')) return makeServiceLinkedRole(context, service)
    throw inWordsOfEks(problem, `Failed to validate if SLR: ${nameOf(service)} already exists due to missing permissions for 'iam:GetRole'`)
  }
}

const callIam = ({ world, principal }: CallContext, operation: string, input: { readonly [member: string]: string }) =>
  world.calls.onBehalfOf(principal, eks.eventSource, { service: 'iam', operation, input })

const isRefusal = (problem: unknown, code: string) => problem instanceof ServiceError && problem.code === code

const inWordsOfEks = (problem: unknown, words: string) =>
  isRefusal(problem, 'AccessDenied') ? new eks.InvalidRequestException(words) : problem
