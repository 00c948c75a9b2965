import { minorOf } from '../../catalogue/kubernetes-versions.ts'
import type { Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { CreateNodegroupRequest } from '../../wire/models/eks.ts'
import type { AccessContext, CallContext } from '../operation.ts'
import { clusterAccess, pageByName, taggingAccess } from './access.ts'
import { resourceArn } from './arns.ts'
import { type Asked, askCluster } from './ask-cluster.ts'
import { requestTagKeys, requireCluster } from './cluster-store.ts'
import { admitNodes, dismissNodes } from './node-access.ts'
import { checkInstanceTypes, checkLaunchTemplate, checkScaling, checkTaints, checkUpdateSettings } from './nodegroup-checks.ts'
import { requireNodeRole } from './node-role.ts'
import { type NodegroupDetails, nodegroupInMaking, nodegroupShape, nodeTypeOf } from './nodegroup-shape.ts'
import { refuseOnOutposts } from './outposts.ts'
import { isRepeated, type Resource, resourceAccess, resourcesOf } from './resources.ts'
import { passRole } from './roles.ts'
import { eks } from './service.ts'
import { findOrMakeServiceLinkedRole, linkedServices } from './service-linked-roles.ts'
import { requireActive } from './updates.ts'

export const nodegroupRecords = resourcesOf<NodegroupDetails>('nodegroup')

/** EKS User Guide, "View and manage Amazon EKS and Fargate service quotas". */
const mostNodegroups = 30

/** CreateNodegroup: a record of a group of managed nodes, whose role the cluster lets in. EKS API Reference, "CreateNodegroup". */
export const CreateNodegroup = eks.operation('CreateNodegroup', {
  access: async ({ clusterName, nodegroupName, nodeRole, tags }, context) => [
    await clusterAccess(context, clusterName, requestTagKeys(tags)),
    passRole(nodeRole),
    ...taggingAccess(resourceArn(context.region, context.account, 'nodegroup', clusterName, nodegroupName, '*'), tags),
  ],

  async reach(input, context) {
    // Checked here as well, so that a group that is refused leaves no role behind.
    const { known } = await context.world.store.read(tx => placeForNodegroup(input, { ...context, tx }))
    if (!known) await findOrMakeServiceLinkedRole(context, linkedServices.nodegroup)
  },

  async handle(input, context) {
    const { world, account, region } = context
    const { cluster, known } = await placeForNodegroup(input, context)
    if (known) return { nodegroup: await nodegroupShape(context, cluster, known) }
    const made = await nodegroupRecords.insert(context, {
      arn: resourceArn(region, account, 'nodegroup', cluster.name, input.nodegroupName, world.random.uuid()),
      scope: cluster.id,
      name: input.nodegroupName,
      details: detailsOfNew(input, cluster),
      tags: input.tags,
      clientRequestToken: input.clientRequestToken,
    })
    await admitNodes(cluster, input.nodeRole, nodeTypeOf(made.details), context)
    return { nodegroup: nodegroupInMaking(await nodegroupShape(context, cluster, made)) }
  },
  trail: nodegroupTrail,
})

/** The cluster that a group is made in, and the group itself when the same request made it before. */
async function placeForNodegroup(input: CreateNodegroupRequest, context: AccessContext) {
  const { tx } = context
  const cluster = await requireCluster(tx, context, input.clusterName)
  refuseOnOutposts(cluster, 'A managed node group')
  const known = await nodegroupRecords.find(tx, cluster.id, input.nodegroupName)
  if (known && isRepeated(known, input.clientRequestToken)) return { cluster, known }
  await checkNewNodegroup(input, cluster, context, known)
  return { cluster }
}

async function checkNewNodegroup(
  input: CreateNodegroupRequest,
  cluster: ClustersTable,
  { tx }: AccessContext,
  known: Resource<NodegroupDetails> | undefined,
): Promise<void> {
  const { nodegroupName, nodeRole } = input
  const fields = { clusterName: cluster.name, nodegroupName }
  if (known)
    throw new eks.ResourceInUseException(`NodeGroup already exists with name ${nodegroupName} and cluster name ${cluster.name}`, fields)
  if (!/^[0-9A-Za-z][A-Za-z0-9_-]{0,62}$/.test(nodegroupName))
    throw new eks.InvalidParameterException(
      nodegroupName.length > 63
        ? "nodeGroupName can't be longer than 63 characters!"
        : 'The nodegroup name must start with an alphanumeric character and can contain only alphanumeric characters, hyphens and underscores, 63 at most.',
      fields,
    )
  requireActive(cluster)
  if (input.subnets.length === 0) throw new eks.InvalidParameterException('Subnets are not specified.', fields)
  if (input.version !== undefined) checkNodegroupVersion(input.version, cluster, fields)
  checkScaling(input.scalingConfig, fields, true)
  checkTaints(input.taints ?? [], fields)
  checkInstanceTypes(input.instanceTypes, fields)
  checkLaunchTemplate(input, fields)
  checkUpdateSettings(input, fields)
  await requireNodeRole(tx, nodeRole, cluster.account, fields)
  if ((await nodegroupRecords.list(tx, cluster.id)).length >= mostNodegroups)
    throw new eks.ResourceLimitExceededException(`A cluster can have at most ${mostNodegroups} managed node groups.`, fields)
}

/** Nodes may be three minor versions behind. Kubernetes documentation, "Version Skew Policy"; the words are those that users were shown. */
const mostMinorsBehind = 3

/** @throws InvalidParameterException */
function checkNodegroupVersion(
  version: string,
  { version: ofCluster }: ClustersTable,
  fields: { readonly clusterName: string; readonly nodegroupName: string },
): void {
  const supported = Array.from({ length: mostMinorsBehind + 1 }, (_, behind) => `1.${minorOf(ofCluster) - behind}`)
  if (!supported.includes(version))
    throw new eks.InvalidParameterException(
      `Cluster Kubernetes version ${ofCluster} supports the following Nodegroup Kubernetes versions: [${supported.join(', ')}]`,
      fields,
    )
}

/** AMI types since which Kubernetes version new groups have. EKS User Guide, "Review release notes for Kubernetes versions on extended support", 1.30. */
const defaultAmiType = (version: string) => (minorOf(version) >= 30 ? 'AL2023_x86_64_STANDARD' : 'AL2_x86_64')

/** What is kept of a creation, with EKS's defaults. EKS API Reference, "CreateNodegroup". */
function detailsOfNew(input: CreateNodegroupRequest, cluster: ClustersTable): NodegroupDetails {
  const { launchTemplate, subnets, nodeRole, labels, remoteAccess, nodeRepairConfig, warmPoolConfig, releaseVersion } = input
  const amiType = input.amiType ?? defaultAmiType(input.version ?? cluster.version)
  return {
    version: input.version ?? cluster.version,
    amiType,
    capacityType: input.capacityType ?? 'ON_DEMAND',
    scalingConfig: { minSize: 1, maxSize: 2, desiredSize: 2, ...input.scalingConfig },
    subnets,
    nodeRole,
    labels: labels ?? {},
    taints: input.taints ?? [],
    updateConfig: { ...(input.updateConfig?.maxUnavailablePercentage === undefined && { maxUnavailable: 1 }), ...input.updateConfig },
    ...(launchTemplate
      ? { launchTemplate, ...(input.instanceTypes && { instanceTypes: input.instanceTypes }) }
      : { instanceTypes: input.instanceTypes ?? ['t3.medium'], diskSize: input.diskSize ?? (amiType.startsWith('WINDOWS_') ? 50 : 20) }),
    ...(remoteAccess && { remoteAccess }),
    ...(nodeRepairConfig && { nodeRepairConfig }),
    ...(warmPoolConfig && { warmPoolConfig }),
    ...(releaseVersion !== undefined && { releaseVersion }),
  }
}

/** DescribeNodegroup. EKS API Reference, "DescribeNodegroup". */
export const DescribeNodegroup = eks.operation<'DescribeNodegroup', Asked>('DescribeNodegroup', {
  prepare: askCluster,
  access: ({ clusterName, nodegroupName }, context) => resourceAccess(context, 'nodegroup', clusterName, nodegroupName),
  async handle({ clusterName, nodegroupName }, context, asked) {
    const { cluster, nodegroup } = await requireNodegroup(context.tx, context, clusterName, nodegroupName)
    return { nodegroup: await nodegroupShape(context, cluster, nodegroup, asked) }
  },
})

/** ListNodegroups: names of a cluster's managed node groups. EKS API Reference, "ListNodegroups". */
export const ListNodegroups = eks.operation('ListNodegroups', {
  access: ({ clusterName }, context) => clusterAccess(context, clusterName),
  async handle(input, { tx, ...place }) {
    const cluster = await requireCluster(tx, place, input.clusterName)
    const { page, nextToken } = pageByName(await nodegroupRecords.list(tx, cluster.id), ({ name }) => name, input)
    return { nodegroups: page.map(({ name }) => name), nextToken }
  },
})

/** DeleteNodegroup: shuts its role out unless another group uses it. EKS User Guide, "Delete a managed node group from your cluster". */
export const DeleteNodegroup = eks.operation('DeleteNodegroup', {
  access: ({ clusterName, nodegroupName }, context) => resourceAccess(context, 'nodegroup', clusterName, nodegroupName),
  async handle({ clusterName, nodegroupName }, context) {
    const { tx } = context
    const { cluster, nodegroup } = await requireNodegroup(tx, context, clusterName, nodegroupName)
    const shape = await nodegroupShape(context, cluster, nodegroup)
    await nodegroupRecords.remove(tx, nodegroup)
    const { nodeRole } = nodegroup.details
    const left = await nodegroupRecords.list(tx, cluster.id)
    if (!left.some(({ details }) => details.nodeRole === nodeRole)) await dismissNodes(cluster, nodeRole, context)
    return { nodegroup: { ...shape, status: 'DELETING' } }
  },
  trail: nodegroupTrail,
})

/** The cluster and its node group. @throws ResourceNotFoundException */
export async function requireNodegroup(
  tx: Transaction,
  place: { readonly account: string; readonly region: string },
  clusterName: string,
  nodegroupName: string,
) {
  const cluster = await requireCluster(tx, place, clusterName)
  const nodegroup = await nodegroupRecords.find(tx, cluster.id, nodegroupName)
  if (!nodegroup) throw new eks.ResourceNotFoundException(`No node group found for name: ${nodegroupName}.`, { clusterName, nodegroupName })
  return { cluster, nodegroup }
}

function nodegroupTrail(
  _input: unknown,
  output: { readonly nodegroup?: { readonly nodegroupArn?: string } } | undefined,
  { account }: CallContext,
) {
  const arn = output?.nodegroup?.nodegroupArn
  return arn === undefined ? {} : { resources: [{ ARN: arn, accountId: account, type: 'AWS::EKS::Nodegroup' }] }
}
