import { minorOf } from '../../catalogue/kubernetes-versions.ts'
import type { Taint, UpdateNodegroupConfigRequest, UpdateParam } from '../../wire/models/eks.ts'
import { detailsOf } from './cluster-shape.ts'
import { checkScaling, checkTaints, checkUpdateSettings } from './nodegroup-checks.ts'
import type { NodegroupDetails } from './nodegroup-shape.ts'
import { nodegroupRecords, requireNodegroup } from './nodegroups.ts'
import { resourceAccess } from './resources.ts'
import { eks } from './service.ts'
import { beginUpdate, requireActive } from './updates.ts'
import { rollbackVersion } from './version-rollbacks.ts'

/** UpdateNodegroupConfig: labels, taints, sizes and how nodes are replaced. EKS API Reference, "UpdateNodegroupConfig". */
export const UpdateNodegroupConfig = eks.operation('UpdateNodegroupConfig', {
  access: ({ clusterName, nodegroupName }, context) => resourceAccess(context, 'nodegroup', clusterName, nodegroupName),

  async handle(input, context) {
    const { tx, now } = context
    const { cluster, nodegroup } = await requireNodegroup(tx, context, input.clusterName, input.nodegroupName)
    const params = paramsOf(input)
    const fields = { clusterName: cluster.name, nodegroupName: nodegroup.name }
    if (params.length === 0) throw new eks.InvalidParameterException('No configuration to update was specified.', fields)
    const details = changed(nodegroup.details, input)
    checkScaling(details.scalingConfig, fields)
    checkTaints(details.taints ?? [], fields)
    checkUpdateSettings(input, fields)
    requireActive(cluster)
    await nodegroupRecords.update(tx, nodegroup, details, now)
    return { update: await beginUpdate(context, cluster, 'ConfigUpdate', params, nodegroup.arn) }
  },
})

const taintName = ({ key, effect }: Taint) => `${key}:${effect}`

function changed(details: NodegroupDetails, input: UpdateNodegroupConfigRequest): NodegroupDetails {
  const { labels, taints, scalingConfig, updateConfig, nodeRepairConfig, warmPoolConfig } = input
  const removedLabels = new Set(labels?.removeLabels)
  const keptLabels = Object.entries(details.labels ?? {}).filter(([key]) => !removedLabels.has(key))
  const added = taints?.addOrUpdateTaints ?? []
  const replaced = new Set([...added, ...(taints?.removeTaints ?? [])].map(taintName))
  return {
    ...details,
    labels: { ...Object.fromEntries(keptLabels), ...labels?.addOrUpdateLabels },
    taints: [...(details.taints ?? []).filter(taint => !replaced.has(taintName(taint))), ...added],
    scalingConfig: { ...details.scalingConfig, ...scalingConfig },
    // A number and a percentage exclude each other: the one that is given takes the other's place.
    ...(updateConfig && {
      updateConfig:
        updateConfig.maxUnavailable === undefined && updateConfig.maxUnavailablePercentage === undefined
          ? { ...details.updateConfig, ...updateConfig }
          : { updateStrategy: details.updateConfig?.updateStrategy, ...updateConfig },
    }),
    ...(nodeRepairConfig && { nodeRepairConfig }),
    ...(warmPoolConfig && { warmPoolConfig: { ...details.warmPoolConfig, ...warmPoolConfig } }),
  }
}

/** Members in EKS's order. AWS CLI Command Reference, "update-nodegroup-config". */
const taintParam = ({ effect, value, key }: Taint) => ({ effect, value, key })

/** What changes, as the update tells of it. EKS API Reference, "UpdateParam". */
function paramsOf({
  labels,
  taints,
  scalingConfig,
  updateConfig,
  nodeRepairConfig,
  warmPoolConfig,
}: UpdateNodegroupConfigRequest): UpdateParam[] {
  const values: { readonly [type: string]: unknown } = {
    LabelsToAdd: labels?.addOrUpdateLabels,
    LabelsToRemove: labels?.removeLabels,
    TaintsToAdd: taints?.addOrUpdateTaints?.map(taintParam),
    TaintsToRemove: taints?.removeTaints?.map(taintParam),
    MinSize: scalingConfig?.minSize,
    MaxSize: scalingConfig?.maxSize,
    DesiredSize: scalingConfig?.desiredSize,
    MaxUnavailable: updateConfig?.maxUnavailable,
    MaxUnavailablePercentage: updateConfig?.maxUnavailablePercentage,
    UpdateStrategy: updateConfig?.updateStrategy,
    NodeRepairConfig: nodeRepairConfig,
    WarmPoolEnabled: warmPoolConfig?.enabled,
    WarmPoolMinSize: warmPoolConfig?.minSize,
    WarmPoolMaxGroupPreparedCapacity: warmPoolConfig?.maxGroupPreparedCapacity,
    WarmPoolState: warmPoolConfig?.poolState,
    WarmPoolReuseOnScaleIn: warmPoolConfig?.reuseOnScaleIn,
  }
  return Object.entries(values).flatMap(([type, value]) =>
    value === undefined ? [] : [{ type, value: typeof value === 'string' ? value : JSON.stringify(value) }],
  )
}

/** UpdateNodegroupVersion: to the cluster's Kubernetes version, or another AMI or launch template of the group's. EKS API Reference, "UpdateNodegroupVersion". */
export const UpdateNodegroupVersion = eks.operation('UpdateNodegroupVersion', {
  access: ({ clusterName, nodegroupName }, context) => resourceAccess(context, 'nodegroup', clusterName, nodegroupName),

  async handle({ clusterName, nodegroupName, version, releaseVersion, launchTemplate }, context) {
    const { tx, now } = context
    const { cluster, nodegroup } = await requireNodegroup(tx, context, clusterName, nodegroupName)
    const { details } = nodegroup
    const fields = { clusterName, nodegroupName }
    const wanted = version ?? (launchTemplate || releaseVersion !== undefined ? details.version : cluster.version)
    const back = rollbackVersion(detailsOf(cluster), now) === wanted
    if (wanted !== cluster.version && wanted !== details.version && !back)
      throw new eks.InvalidParameterException(
        `Nodegroup Kubernetes version must be that of the cluster, ${cluster.version}, or its own, ${details.version}: not ${wanted}.`,
        fields,
      )
    if (minorOf(wanted) < minorOf(details.version) && !back && wanted !== cluster.version)
      throw new eks.InvalidParameterException(`The node group cannot go back from version ${details.version} to ${wanted}.`, fields)
    if (launchTemplate) checkSameTemplate(launchTemplate, details, fields)
    requireActive(cluster)
    const template = launchTemplate && { ...details.launchTemplate, version: launchTemplate.version }
    await nodegroupRecords.update(
      tx,
      nodegroup,
      {
        ...details,
        version: wanted,
        ...(releaseVersion !== undefined && { releaseVersion }),
        ...(template && { launchTemplate: template }),
      },
      now,
    )
    const values = {
      Version: wanted,
      ReleaseVersion: releaseVersion,
      LaunchTemplateName: launchTemplate?.name,
      LaunchTemplateVersion: launchTemplate?.version,
    }
    const params = Object.entries(values).flatMap(([type, value]) => (value === undefined ? [] : [{ type, value }]))
    return { update: await beginUpdate(context, cluster, 'VersionUpdate', params, nodegroup.arn) }
  },
})

/** A group keeps its launch template, and one that has none gets none. */
function checkSameTemplate(
  wanted: { readonly id?: string; readonly name?: string },
  { launchTemplate }: NodegroupDetails,
  fields: { readonly clusterName: string; readonly nodegroupName: string },
): void {
  if (!launchTemplate) throw new eks.InvalidParameterException('The node group was not created with a launch template.', fields)
  if (wanted.id !== launchTemplate.id || wanted.name !== launchTemplate.name)
    throw new eks.InvalidParameterException('The launch template must be the one that the node group was created with.', fields)
}
