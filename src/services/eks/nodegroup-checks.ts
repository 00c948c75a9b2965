import type { CreateNodegroupRequest, NodegroupScalingConfig, Taint } from '../../wire/models/eks.ts'
import { eks } from './service.ts'

type Fields = { readonly clusterName: string; readonly nodegroupName: string }

/** EKS User Guide, "View and manage Amazon EKS and Fargate service quotas". */
const mostNodes = 450
/** EKS User Guide, "Recipe: Prevent pods from being scheduled on specific nodes". */
const mostTaints = 50

/**
 * Sizes that an Auto Scaling group could have. EKS API Reference, "NodegroupScalingConfig".
 * @param whole  a new group is given all sizes or none
 * @throws       InvalidParameterException, ResourceLimitExceededException
 */
export function checkScaling(scaling: NodegroupScalingConfig | undefined, fields: Fields, whole = false): void {
  const { minSize, maxSize, desiredSize } = scaling ?? {}
  const given = [minSize, maxSize, desiredSize].filter(size => size !== undefined)
  if (whole && scaling && given.length < 3)
    throw new eks.InvalidParameterException('The scalingConfig must have minSize, maxSize and desiredSize.', fields)
  if ((minSize ?? 0) > (desiredSize ?? Number.POSITIVE_INFINITY))
    throw new eks.InvalidParameterException(`Minimum capacity ${minSize} can't be greater than desired size ${desiredSize}`, fields)
  if ((desiredSize ?? 0) > (maxSize ?? Number.POSITIVE_INFINITY))
    throw new eks.InvalidParameterException(`desired capacity ${desiredSize} can't be greater than max size ${maxSize}`, fields)
  if ((maxSize ?? 0) > mostNodes)
    throw new eks.ResourceLimitExceededException(`A managed node group can have at most ${mostNodes} nodes.`, fields)
}

/** @throws InvalidParameterException for too many, or two of one key and effect */
export function checkTaints(taints: readonly Taint[], fields: Fields): void {
  if (taints.length > mostTaints)
    throw new eks.InvalidParameterException(`A managed node group can have at most ${mostTaints} taints.`, fields)
  const names = taints.map(({ key, effect }) => `${key}:${effect}`)
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated !== undefined) throw new eks.InvalidParameterException(`The taint ${repeated} is specified twice.`, fields)
}

/** EKS API Reference, "CreateNodegroup", instanceTypes. */
const mostInstanceTypes = 20

/** @throws InvalidParameterException for more types of instances than an Auto Scaling group takes here */
export function checkInstanceTypes(instanceTypes: readonly string[] | undefined, fields: Fields): void {
  if ((instanceTypes?.length ?? 0) > mostInstanceTypes)
    throw new eks.InvalidParameterException(`A managed node group can have at most ${mostInstanceTypes} instance types.`, fields)
}

/** What a launch template says is not said beside it. EKS API Reference, "CreateNodegroup", launchTemplate. */
export function checkLaunchTemplate({ launchTemplate, diskSize, remoteAccess, amiType }: CreateNodegroupRequest, fields: Fields): void {
  if (!launchTemplate) {
    if (amiType === 'CUSTOM')
      throw new eks.InvalidParameterException("Launch template details can't be null for Custom ami type node group", fields)
    return
  }
  if ((launchTemplate.id === undefined) === (launchTemplate.name === undefined))
    throw new eks.InvalidParameterException('The launchTemplate must have either an id or a name.', fields)
  if (remoteAccess)
    throw new eks.InvalidParameterException('Remote access configuration cannot be specified with a launch template.', fields)
  if (diskSize !== undefined) throw new eks.InvalidParameterException('Disk size must be specified within the launch template.', fields)
}

/** The words are those that users were shown. @throws InvalidParameterException */
export function checkUpdateSettings(
  { updateConfig, nodeRepairConfig }: Pick<CreateNodegroupRequest, 'updateConfig' | 'nodeRepairConfig'>,
  fields: Fields,
): void {
  if (updateConfig && Object.values(updateConfig).every(value => value === undefined))
    throw new eks.InvalidParameterException('UpdateConfig cannot be empty if set in the request.', fields)
  if (nodeRepairConfig?.maxParallelNodesRepairedCount !== undefined && nodeRepairConfig.maxParallelNodesRepairedPercentage !== undefined)
    throw new eks.InvalidParameterException('Either provide max parallel nodes to repair count or percentage in the request.', fields)
}
