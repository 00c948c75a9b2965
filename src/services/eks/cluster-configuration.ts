import { kubernetesVersions, supportOf } from '../../catalogue/kubernetes-versions.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { ComputeConfigResponse, Logging, UpdateClusterConfigRequest } from '../../wire/models/eks.ts'
import type { HandleContext } from '../operation.ts'
import { clusterAccess } from './access.ts'
import { autoModeUnavailable, autoModeUpdate, passNodeRole, requireAutoModeRoles } from './auto-mode.ts'
import { changeAutoModeNodes } from './auto-mode-access.ts'
import { detailsOf, loggingOf } from './cluster-shape.ts'
import { requireCluster } from './cluster-store.ts'
import { clusterConfigurationKeys } from './condition-keys.ts'
import type { ConfigurationChange } from './configuration-change.ts'
import { grantCreator } from './creator.ts'
import { fargateProfileRecords } from './fargate-profiles.ts'
import { keepManagedEntry } from './managed-access.ts'
import { componentSettings } from './new-clusters.ts'
import { makeNodeEntry } from './node-access.ts'
import { nodeTypeOf } from './nodegroup-shape.ts'
import { nodegroupRecords } from './nodegroups.ts'
import { isLocal, refuseAccessOnOutposts, refuseOnOutposts } from './outposts.ts'
import { checkRemoteNetworks } from './remote-networks.ts'
import { eks } from './service.ts'
import { beginUpdate, requireUpdatable } from './updates.ts'
import { vpcChange } from './vpc-changes.ts'

/** UpdateClusterConfig: one kind of setting a call. EKS API Reference, "UpdateClusterConfig". */
export const UpdateClusterConfig = eks.operation('UpdateClusterConfig', {
  access: async (input, context) => [await clusterAccess(context, input.name, clusterConfigurationKeys(input)), ...passNodeRole(input)],

  async handle(input, context) {
    const { tx, now, world } = context
    const cluster = await requireCluster(tx, context, input.name)
    if (isLocal(cluster) && input.accessConfig) refuseAccessOnOutposts(cluster.name, input.accessConfig)
    if (input.resourcesVpcConfig?.endpointPublicAccess) refuseOnOutposts(cluster, 'A public endpoint')
    const change = changeOf(input, cluster)
    checkRemoteNetworks(input.remoteNetworkConfig, cluster)
    checkSupport(input, cluster, now)
    if (change.details?.computeConfig?.enabled) await requireAutoModeRoles(change.details.computeConfig, cluster, context)
    await requireUpdatable(tx, cluster, change.type)
    const before = detailsOf(cluster)
    const after = { ...before, ...change.details }
    const settings = { details: JSON.stringify(after), authenticationMode: change.authenticationMode ?? cluster.authenticationMode }
    await tx.updateTable('clusters').set(settings).where('id', '=', cluster.id).execute()
    if (cluster.authenticationMode === 'CONFIG_MAP' && settings.authenticationMode !== 'CONFIG_MAP') await makeEntries(cluster, context)
    await changeAutoModeNodes(cluster, before.computeConfig, after.computeConfig, context)
    await keepManagedEntry({ ...cluster, ...settings }, context)
    return { update: await beginUpdate({ tx, now, world }, cluster, change.type, change.params) }
  },
})

/**
 * A creator whom CONFIG_MAP made administrator is so by an access entry from now on, and it can be deleted; managed nodes get theirs.
 * EKS User Guide, "Grant IAM users access to Kubernetes with EKS access entries".
 */
async function makeEntries(cluster: ClustersTable, context: HandleContext): Promise<void> {
  const { tx, world, now } = context
  const { creatorArn: arn, creatorId: id } = cluster
  if (arn !== null && id !== null) await grantCreator(tx, cluster, { arn, id }, world.random, now)
  for (const { details } of await nodegroupRecords.list(tx, cluster.id))
    await makeNodeEntry(cluster, details.nodeRole, nodeTypeOf(details), context)
  for (const { details } of await fargateProfileRecords.list(tx, cluster.id))
    await makeNodeEntry(cluster, details.podExecutionRoleArn, 'FARGATE_LINUX', context)
}

/** Settings that are kept as given, each with the type of its update and of its parameter. EKS API Reference, "Update" and "UpdateParam". */
const keptAsGiven = {
  upgradePolicy: ['UpgradePolicyUpdate', 'UpgradePolicy'],
  zonalShiftConfig: ['ZonalShiftConfigUpdate', 'ZonalShiftConfig'],
  remoteNetworkConfig: ['RemoteNetworkConfigUpdate', 'RemoteNetworkConfig'],
  deletionProtection: ['DeletionProtectionUpdate', 'DeletionProtection'],
} as const satisfies { readonly [member in keyof UpdateClusterConfigRequest]?: readonly [string, string] }

/** A setting without members says nothing. */
const isNothing = (value: unknown): boolean => value === undefined || JSON.stringify(value) === '{}'

/** EKS User Guide, "Getting started with the Amazon EKS Provisioned Control Plane". */
function tierChange(tier: string, cluster: ClustersTable): ConfigurationChange {
  return {
    type: 'ControlPlaneScalingConfigUpdate',
    params: [
      { type: 'UpdatedTier', value: tier },
      { type: 'PreviousTier', value: detailsOf(cluster).controlPlaneScalingConfig?.tier ?? 'standard' },
    ],
    details: { controlPlaneScalingConfig: { tier } },
  }
}

/** Empty lists of both kinds take the configuration of hybrid nodes away. EKS API Reference, "UpdateClusterConfig". */
const isNoRemoteNetwork = (value: unknown): boolean => JSON.stringify(value) === '{"remoteNodeNetworks":[],"remotePodNetworks":[]}'

function changeOf(input: UpdateClusterConfigRequest, cluster: ClustersTable): ConfigurationChange {
  const clusterName = cluster.name
  const missing = componentSettings.find(member => input[member] !== undefined)
  if (missing !== undefined)
    throw new eks.InvalidRequestException(`Updates of ${missing} are not supported for this cluster.`, { clusterName })
  const compute = autoModeUpdate(input, cluster, detailsOf(cluster).computeConfig)
  if (compute?.enabled && (isLocal(cluster) || cluster.kind === 'attached')) throw autoModeUnavailable(clusterName)
  const changes = [
    ...(compute === undefined ? [] : [autoModeChange(compute, input)]),
    ...(input.accessConfig === undefined ? [] : [modeChange(input.accessConfig.authenticationMode, cluster)]),
    ...(input.logging === undefined ? [] : [loggingChange(input.logging, cluster)]),
    ...(input.resourcesVpcConfig === undefined ? [] : [vpcChange(input.resourcesVpcConfig, cluster)]),
    ...(input.controlPlaneScalingConfig?.tier === undefined ? [] : [tierChange(input.controlPlaneScalingConfig.tier, cluster)]),
    ...Object.entries(keptAsGiven).flatMap(([member, [type, param]]) => {
      const value = input[member as keyof typeof keptAsGiven]
      const kept = isNoRemoteNetwork(value) ? undefined : value
      return isNothing(value) ? [] : [{ type, params: [{ type: param, value: JSON.stringify(value) }], details: { [member]: kept } }]
    }),
  ]
  const [change] = changes
  if (!change) throw new eks.InvalidParameterException('The type for cluster update was not provided.', { clusterName })
  if (changes.length > 1) throw new eks.InvalidParameterException('Only one type of update can be allowed.', { clusterName })
  return change
}

/** EKS API Reference, "UpdateParam". */
function autoModeChange(computeConfig: ComputeConfigResponse, input: UpdateClusterConfigRequest): ConfigurationChange {
  const params = {
    ComputeConfig: input.computeConfig,
    KubernetesNetworkConfig: input.kubernetesNetworkConfig,
    StorageConfig: input.storageConfig,
  }
  return {
    type: 'AutoModeUpdate',
    params: Object.entries(params).map(([type, value]) => ({ type, value: JSON.stringify(value) })),
    details: { computeConfig },
  }
}

/** EKS User Guide, "Prevent increased cluster costs by disabling EKS extended support". @throws InvalidParameterException in our own words */
function checkSupport({ upgradePolicy }: UpdateClusterConfigRequest, { name, version: ofCluster }: ClustersTable, now: number): void {
  const version = kubernetesVersions.find(({ version }) => version === ofCluster)
  if (upgradePolicy?.supportType === 'STANDARD' && version && supportOf(version, now) !== 'STANDARD_SUPPORT')
    throw new eks.InvalidParameterException('Extended support cannot be disabled: the cluster has entered it.', { clusterName: name })
}

/** Modes change one way only, one step at a time. EKS User Guide, "Change authentication mode to use access entries". */
const nextMode: { readonly [mode: string]: ClustersTable['authenticationMode'] } = {
  CONFIG_MAP: 'API_AND_CONFIG_MAP',
  API_AND_CONFIG_MAP: 'API',
}

function modeChange(wanted: string | undefined, { authenticationMode, name }: ClustersTable): ConfigurationChange {
  const next = nextMode[authenticationMode]
  if (wanted === undefined || wanted !== next)
    throw new eks.InvalidParameterException(`Unsupported authentication mode update from ${authenticationMode} to ${wanted ?? 'null'}`, {
      clusterName: name,
    })
  return { type: 'AccessConfigUpdate', params: [{ type: 'AuthenticationMode', value: wanted }], authenticationMode: next }
}

/** Types that are not named stay as they are. */
function loggingChange(logging: Logging, cluster: ClustersTable): ConfigurationChange {
  const enabled = new Set(enabledTypes(loggingOf(detailsOf(cluster))))
  const before = [...enabled].sort().join()
  for (const { types = [], enabled: on = false } of logging.clusterLogging ?? [])
    for (const type of types)
      if (on) enabled.add(type)
      else enabled.delete(type)
  if ([...enabled].sort().join() === before)
    throw new eks.InvalidParameterException('No changes needed for the logging config provided', { clusterName: cluster.name })
  return {
    type: 'LoggingUpdate',
    params: [{ type: 'ClusterLogging', value: JSON.stringify(logging) }],
    details: { logging: { clusterLogging: [{ types: [...enabled], enabled: true }] } },
  }
}

const enabledTypes = ({ clusterLogging = [] }: Logging) => clusterLogging.flatMap(({ types = [], enabled }) => (enabled ? types : []))
