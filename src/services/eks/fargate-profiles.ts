import type { Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { CreateFargateProfileRequest, FargateProfile, FargateProfileIssue, FargateProfileSelector } from '../../wire/models/eks.ts'
import { clusterAccess, pageByName, taggingAccess } from './access.ts'
import type { AccessContext, HandleContext } from '../operation.ts'
import { resourceArn } from './arns.ts'
import { type Asked, askCluster } from './ask-cluster.ts'
import { detailsOf, vpcOf } from './cluster-shape.ts'
import { requestTagKeys, requireCluster, tagsOf } from './cluster-store.ts'
import { admitNodes, dismissNodes, nodeAccessProblem, type NodeAccessProblem, nodesStatus } from './node-access.ts'
import { refuseOnOutposts } from './outposts.ts'
import { isRepeated, type Resource, resourceAccess, resourcesOf } from './resources.ts'
import { passRole, roleInAccount, trustsService } from './roles.ts'
import { eks } from './service.ts'
import { findOrMakeServiceLinkedRole, linkedServices } from './service-linked-roles.ts'
import { requireActive } from './updates.ts'

export type FargateDetails = Pick<FargateProfile, 'subnets'> & {
  readonly podExecutionRoleArn: string
  readonly selectors: readonly FargateProfileSelector[]
}

export const fargateProfileRecords = resourcesOf<FargateDetails>('fargateprofile')

/** EKS User Guide, "View and manage Amazon EKS and Fargate service quotas". */
const quotas = { profiles: 10, selectors: 5, labels: 5 }

/** CreateFargateProfile: which pods would run on Fargate; the cluster lets their role in. EKS API Reference, "CreateFargateProfile". */
export const CreateFargateProfile = eks.operation('CreateFargateProfile', {
  access: async ({ clusterName, fargateProfileName, podExecutionRoleArn, tags }, context) => [
    await clusterAccess(context, clusterName, requestTagKeys(tags)),
    passRole(podExecutionRoleArn),
    ...taggingAccess(resourceArn(context.region, context.account, 'fargateprofile', clusterName, fargateProfileName, '*'), tags),
  ],

  async reach(input, context) {
    // Checked here as well, so that a profile that is refused leaves no role behind.
    const { known } = await context.world.store.read(tx => placeForProfile(input, { ...context, tx }))
    if (!known) await findOrMakeServiceLinkedRole(context, linkedServices.fargateProfile)
  },

  async handle(input, context) {
    const { world, account, region } = context
    const { fargateProfileName: name, podExecutionRoleArn, selectors = [], subnets } = input
    const { cluster, known } = await placeForProfile(input, context)
    if (known) return { fargateProfile: await shape(context, cluster, known) }
    const made = await fargateProfileRecords.insert(context, {
      arn: resourceArn(region, account, 'fargateprofile', cluster.name, name, world.random.uuid()),
      scope: cluster.id,
      name,
      // AWS CLI Command Reference, "create-fargate-profile", 1: the cluster's own. Which of them are private is not known here.
      details: { podExecutionRoleArn, selectors, subnets: subnets ?? vpcOf(detailsOf(cluster)).subnetIds },
      tags: input.tags,
      clientRequestToken: input.clientRequestToken,
    })
    await admitNodes(cluster, podExecutionRoleArn, 'FARGATE_LINUX', context)
    return { fargateProfile: { ...(await shape(context, cluster, made)), status: 'CREATING' } }
  },
})

/** The cluster that a profile is made in, and the profile itself when the same request made it before. */
async function placeForProfile(input: CreateFargateProfileRequest, context: AccessContext) {
  const { tx } = context
  const { fargateProfileName: name } = input
  const cluster = await requireCluster(tx, context, input.clusterName)
  refuseOnOutposts(cluster, 'A Fargate profile')
  const known = await fargateProfileRecords.find(tx, cluster.id, name)
  if (known && isRepeated(known, input.clientRequestToken)) return { cluster, known }
  if (known) throw new eks.InvalidParameterException(`The Fargate profile ${name} is there already.`, fieldsOf(input))
  requireActive(cluster)
  checkSelectors(input)
  await checkRole(tx, cluster, input)
  if ((await fargateProfileRecords.list(tx, cluster.id)).length >= quotas.profiles)
    throw new eks.ResourceLimitExceededException(`A cluster can have at most ${quotas.profiles} Fargate profiles.`, fieldsOf(input))
  return { cluster }
}

const fieldsOf = ({ clusterName, fargateProfileName }: { readonly clusterName: string; readonly fargateProfileName: string }) => ({
  clusterName,
  fargateProfileName,
})

/** EKS User Guide, "Define which Pods use AWS Fargate when launched". */
function checkSelectors(input: CreateFargateProfileRequest): void {
  const { selectors = [], fargateProfileName } = input
  const fields = fieldsOf(input)
  if (!/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/.test(fargateProfileName) || fargateProfileName.startsWith('eks-'))
    throw new eks.InvalidParameterException(
      'The Fargate profile name must start with an alphanumeric character, not with eks-, and can contain only alphanumeric characters, hyphens and underscores, 100 at most.',
      fields,
    )
  if (selectors.length === 0) throw new eks.InvalidParameterException('selectors must not be empty.', fields)
  if (selectors.length > quotas.selectors)
    throw new eks.InvalidParameterException(`Request contains more than ${quotas.selectors} Selectors`, fields)
  for (const { namespace, labels = {} } of selectors) {
    if (!namespace) throw new eks.InvalidParameterException('Each selector of a Fargate profile must have a namespace.', fields)
    if (Object.keys(labels).length > quotas.labels)
      throw new eks.InvalidParameterException(`A selector of a Fargate profile can have at most ${quotas.labels} label pairs.`, fields)
  }
}

/** EKS User Guide, "Amazon EKS Pod execution IAM role". */
async function checkRole(tx: Transaction, { account }: ClustersTable, input: CreateFargateProfileRequest): Promise<void> {
  const role = await roleInAccount(tx, input.podExecutionRoleArn, account)
  if (!role) throw new eks.InvalidParameterException(`The role ${input.podExecutionRoleArn} cannot be found.`, fieldsOf(input))
  if (!trustsService(role.trustPolicy.document, 'eks-fargate-pods.amazonaws.com'))
    throw new eks.InvalidParameterException(
      'Misconfigured PodExecutionRole Trust Policy; Please add the eks-fargate-pods.amazonaws.com Service Principal',
      fieldsOf(input),
    )
}

/** DescribeFargateProfile. EKS API Reference, "DescribeFargateProfile". */
export const DescribeFargateProfile = eks.operation<'DescribeFargateProfile', Asked>('DescribeFargateProfile', {
  prepare: askCluster,
  access: ({ clusterName, fargateProfileName }, context) => resourceAccess(context, 'fargateprofile', clusterName, fargateProfileName),
  async handle(input, context, asked) {
    const { cluster, profile } = await requireProfile(context.tx, context, input)
    return { fargateProfile: await shape(context, cluster, profile, asked) }
  },
})

/** ListFargateProfiles: names of a cluster's profiles. EKS API Reference, "ListFargateProfiles". */
export const ListFargateProfiles = eks.operation('ListFargateProfiles', {
  access: ({ clusterName }, context) => clusterAccess(context, clusterName),
  async handle(input, { tx, ...place }) {
    const cluster = await requireCluster(tx, place, input.clusterName)
    const { page, nextToken } = pageByName(await fargateProfileRecords.list(tx, cluster.id), ({ name }) => name, input)
    return { fargateProfileNames: page.map(({ name }) => name), nextToken }
  },
})

/** DeleteFargateProfile: shuts its role out unless another profile uses it. EKS API Reference, "DeleteFargateProfile". */
export const DeleteFargateProfile = eks.operation('DeleteFargateProfile', {
  access: ({ clusterName, fargateProfileName }, context) => resourceAccess(context, 'fargateprofile', clusterName, fargateProfileName),
  async handle(input, context) {
    const { tx } = context
    const { cluster, profile } = await requireProfile(tx, context, input)
    const deleted = await shape(context, cluster, profile)
    await fargateProfileRecords.remove(tx, profile)
    const { podExecutionRoleArn } = profile.details
    const left = await fargateProfileRecords.list(tx, cluster.id)
    if (!left.some(({ details }) => details.podExecutionRoleArn === podExecutionRoleArn))
      await dismissNodes(cluster, podExecutionRoleArn, context)
    return { fargateProfile: { ...deleted, status: 'DELETING' } }
  },
})

async function requireProfile(
  tx: Transaction,
  place: { readonly account: string; readonly region: string },
  input: { readonly clusterName: string; readonly fargateProfileName: string },
) {
  const cluster = await requireCluster(tx, place, input.clusterName)
  const profile = await fargateProfileRecords.find(tx, cluster.id, input.fargateProfileName)
  if (!profile) throw new eks.ResourceNotFoundException(`No Fargate Profile found with name: ${input.fargateProfileName}.`, fieldsOf(input))
  return { cluster, profile }
}

/** A profile as DescribeFargateProfile shows it. EKS API Reference, "FargateProfile", which has no status for what goes wrong later. */
async function shape(
  { tx, now }: Pick<HandleContext, 'tx' | 'now'>,
  cluster: ClustersTable,
  profile: Resource<FargateDetails>,
  asked: Asked = {},
): Promise<FargateProfile> {
  const { podExecutionRoleArn, subnets, selectors } = profile.details
  const problem = await nodeAccessProblem(tx, cluster, podExecutionRoleArn, 'FARGATE_LINUX', asked)
  const status = nodesStatus(problem, profile.createdAt, now)
  return {
    fargateProfileName: profile.name,
    fargateProfileArn: profile.arn,
    clusterName: cluster.name,
    createdAt: new Date(profile.createdAt),
    podExecutionRoleArn,
    subnets,
    selectors,
    status: status === 'CREATING' ? status : 'ACTIVE',
    tags: await tagsOf(tx, profile.arn),
    health: { issues: status === 'DEGRADED' ? issuesOf(podExecutionRoleArn, problem) : [] },
  }
}

/** EKS API Reference, "FargateProfileIssue"; EKS User Guide, "Amazon EKS Pod execution IAM role": node groups have other roles. */
function issuesOf(role: string, problem: NodeAccessProblem | undefined): FargateProfileIssue[] {
  if (problem === undefined) return []
  if (problem === 'otherEntry')
    return [
      {
        code: 'PodExecutionRoleAlreadyInUse',
        message: `The role ${role} has an access entry of another type: a Fargate profile needs a role of its own.`,
        resourceIds: [role],
      },
    ]
  const why = {
    roleNotFound: 'does not exist',
    roleReplaced: 'was deleted and made anew: its access entry is for the role that was deleted',
    noEntry: 'has no access entry, and no lines in the aws-auth ConfigMap',
  }[problem]
  return [{ code: 'AccessDenied', message: `Pods cannot join the cluster: the role ${role} ${why}.`, resourceIds: [role] }]
}
