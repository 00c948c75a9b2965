import type { Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { ArgoCdRoleMapping, Capability, CapabilityConfigurationRequest, UpdateCapabilityConfiguration } from '../../wire/models/eks.ts'
import type { AccessContext } from '../operation.ts'
import { clusterAccess, pageByName, taggingAccess } from './access.ts'
import { requireEntryMode } from './access-entries.ts'
import { resourceArn } from './arns.ts'
import { admitCapability, dismissCapability, requireCapabilityRole } from './capability-access.ts'
import { requestTagKeys, requireCluster, tagsOf } from './cluster-store.ts'
import { isRepeated, type Resource, resourceAccess, resourcesOf } from './resources.ts'
import { passRole } from './roles.ts'
import { eks } from './service.ts'
import { beginUpdate, requireActive } from './updates.ts'
import type { CapabilityDetails } from './capability-details.ts'

const capabilities = resourcesOf<CapabilityDetails>('capability')

/** CreateCapability: a record of controllers that EKS would run, whose role the cluster lets in. EKS API Reference, "CreateCapability". */
export const CreateCapability = eks.operation('CreateCapability', {
  access: async ({ clusterName, capabilityName, type, roleArn, tags }, context) => [
    await clusterAccess(context, clusterName, requestTagKeys(tags)),
    passRole(roleArn, 'capabilities.eks.amazonaws.com'),
    ...taggingAccess(
      resourceArn(context.region, context.account, 'capability', clusterName, type.toLowerCase(), capabilityName, '*'),
      tags,
    ),
  ],

  async handle(input, context) {
    const { tx, world, account, region } = context
    const { capabilityName: name, type, roleArn, deletePropagationPolicy, configuration, tags, clientRequestToken } = input
    const cluster = await requireEntryMode(tx, context, input.clusterName)
    const others = await capabilities.list(tx, cluster.id)
    const known = others.find(other => other.name === name)
    if (known && isRepeated(known, clientRequestToken)) return { capability: await shape(tx, cluster, known) }
    if (known) throw new eks.ResourceInUseException(`Capability already exists with name: ${name}`, { clusterName: cluster.name })
    if (others.some(({ details }) => details.type === type))
      throw new eks.ResourceLimitExceededException(`A cluster can have one capability of type ${type}.`, { clusterName: cluster.name })
    if (!/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/.test(name))
      throw new eks.InvalidParameterException('The name of the capability is invalid.', { clusterName: cluster.name })
    checkConfiguration(type, configuration, cluster)
    if (type === 'ARGOCD' && !configuration?.argoCd)
      throw new eks.InvalidParameterException('A capability of type ARGOCD needs the configuration argoCd.', { clusterName: cluster.name })
    requireActive(cluster)
    await requireCapabilityRole(tx, cluster, roleArn)
    const details = { type, roleArn, deletePropagationPolicy, ...(configuration && { configuration }) }
    const arn = resourceArn(region, account, 'capability', cluster.name, type.toLowerCase(), name, world.random.uuid())
    const made = await capabilities.insert(context, { arn, scope: cluster.id, name, details, tags, clientRequestToken })
    await admitCapability(cluster, details, context)
    return { capability: { ...(await shape(tx, cluster, made)), status: 'CREATING' } }
  },
})

/** Each type has its own settings. */
function checkConfiguration(
  type: string,
  configuration: CapabilityConfigurationRequest | UpdateCapabilityConfiguration | undefined,
  { name: clusterName }: ClustersTable,
): void {
  const settings: { readonly [member: string]: string } = { argoCd: 'ARGOCD', ack: 'ACK' }
  for (const [member, value] of Object.entries(configuration ?? {}))
    if (value !== undefined && settings[member] !== type)
      throw new eks.InvalidParameterException(`The configuration ${member} is not for a capability of type ${type}.`, { clusterName })
}

/** DescribeCapability. EKS API Reference, "DescribeCapability". */
export const DescribeCapability = eks.operation('DescribeCapability', {
  access: capabilityAccess,
  async handle(input, { tx, ...place }) {
    const { cluster, capability } = await requireCapability(tx, place, input)
    return { capability: await shape(tx, cluster, capability) }
  },
})

/** ListCapabilities. EKS API Reference, "ListCapabilities". */
export const ListCapabilities = eks.operation('ListCapabilities', {
  access: ({ clusterName }, context) => clusterAccess(context, clusterName),
  async handle(input, { tx, ...place }) {
    const cluster = await requireCluster(tx, place, input.clusterName)
    const { page, nextToken } = pageByName(await capabilities.list(tx, cluster.id), ({ name }) => name, input)
    const shapes = await Promise.all(page.map(capability => shape(tx, cluster, capability)))
    return {
      capabilities: shapes.map(({ capabilityName, arn, type, status, createdAt, modifiedAt }) => ({
        capabilityName,
        arn,
        type,
        status,
        createdAt,
        modifiedAt,
      })),
      nextToken,
    }
  },
})

/** UpdateCapability: its role and settings. EKS API Reference, "UpdateCapability". */
export const UpdateCapability = eks.operation('UpdateCapability', {
  access: async (input, context) => [
    await capabilityAccess(input, context),
    ...(input.roleArn === undefined ? [] : [passRole(input.roleArn, 'capabilities.eks.amazonaws.com')]),
  ],

  async handle(input, context) {
    const { tx, now } = context
    const { cluster, capability } = await requireCapability(tx, context, input)
    const { details } = capability
    checkConfiguration(details.type, input.configuration, cluster)
    requireActive(cluster)
    const changed = {
      ...details,
      roleArn: input.roleArn ?? details.roleArn,
      deletePropagationPolicy: input.deletePropagationPolicy ?? details.deletePropagationPolicy,
      ...(input.configuration && { configuration: configurationAfter(details.configuration ?? {}, input.configuration) }),
    }
    if (changed.roleArn !== details.roleArn) {
      await requireCapabilityRole(tx, cluster, changed.roleArn)
      await dismissCapability(cluster, details, context)
      await admitCapability(cluster, changed, context)
    }
    await capabilities.update(tx, capability, changed, now)
    const { rbacRoleMappings, networkAccess } = input.configuration?.argoCd ?? {}
    const { enableCrossNamespace, disabledServices } = input.configuration?.ack ?? {}
    const values = {
      RoleArn: input.roleArn,
      RoleMappingsToAddOrUpdate: rbacRoleMappings?.addOrUpdateRoleMappings && JSON.stringify(rbacRoleMappings.addOrUpdateRoleMappings),
      RoleMappingsToRemove: rbacRoleMappings?.removeRoleMappings && JSON.stringify(rbacRoleMappings.removeRoleMappings),
      NetworkAccess: networkAccess && JSON.stringify(networkAccess),
      EnableCrossNamespace: enableCrossNamespace === undefined ? undefined : String(enableCrossNamespace),
      DisabledServices: disabledServices && JSON.stringify(disabledServices),
    }
    const params = Object.entries(values).flatMap(([type, value]) => (value === undefined ? [] : [{ type, value }]))
    return { update: await beginUpdate(context, cluster, 'CapabilityUpdate', params, capability.arn) }
  },
})

function configurationAfter(
  { argoCd, ack }: CapabilityConfigurationRequest,
  update: UpdateCapabilityConfiguration,
): CapabilityConfigurationRequest {
  const { rbacRoleMappings, networkAccess } = update.argoCd ?? {}
  return {
    ...(argoCd && {
      argoCd: {
        ...argoCd,
        ...(networkAccess && { networkAccess }),
        ...(rbacRoleMappings && {
          rbacRoleMappings: mappingsAfter(
            argoCd.rbacRoleMappings ?? [],
            rbacRoleMappings.addOrUpdateRoleMappings ?? [],
            rbacRoleMappings.removeRoleMappings ?? [],
          ),
        }),
      },
    }),
    ...((ack ?? update.ack) && { ack: { ...ack, ...update.ack } }),
  }
}

/** A mapping that is given replaces that of its role; identities are removed from roles one by one. EKS API Reference, "UpdateRoleMappings". */
function mappingsAfter(
  before: readonly ArgoCdRoleMapping[],
  given: readonly ArgoCdRoleMapping[],
  removed: readonly ArgoCdRoleMapping[],
): ArgoCdRoleMapping[] {
  const replaced = new Set(given.map(({ role }) => role))
  return [...before.filter(({ role }) => !replaced.has(role)), ...given]
    .map(({ role, identities }) => {
      const gone = new Set(removed.filter(mapping => mapping.role === role).flatMap(mapping => mapping.identities.map(({ id }) => id)))
      return { role, identities: identities.filter(({ id }) => !gone.has(id)) }
    })
    .filter(({ identities }) => identities.length > 0)
}

/** DeleteCapability: shuts its role out, and keeps what it managed. EKS API Reference, "DeleteCapability". */
export const DeleteCapability = eks.operation('DeleteCapability', {
  access: capabilityAccess,
  async handle(input, context) {
    const { tx } = context
    const { cluster, capability } = await requireCapability(tx, context, input)
    const deleted = await shape(tx, cluster, capability)
    await capabilities.remove(tx, capability)
    await dismissCapability(cluster, capability.details, context)
    return { capability: { ...deleted, status: 'DELETING' } }
  },
})

function capabilityAccess(
  { clusterName, capabilityName }: { readonly clusterName: string; readonly capabilityName: string },
  context: AccessContext,
) {
  return resourceAccess(context, 'capability', clusterName, capabilityName, ['*', capabilityName])
}

async function requireCapability(
  tx: Transaction,
  place: { readonly account: string; readonly region: string },
  { clusterName, capabilityName }: { readonly clusterName: string; readonly capabilityName: string },
) {
  const cluster = await requireCluster(tx, place, clusterName)
  const capability = await capabilities.find(tx, cluster.id, capabilityName)
  if (!capability) throw new eks.ResourceNotFoundException(`No capability found for name: ${capabilityName}.`, { clusterName })
  return { cluster, capability }
}

async function shape(tx: Transaction, cluster: ClustersTable, capability: Resource<CapabilityDetails>): Promise<Capability> {
  const { name, arn, details, createdAt, modifiedAt } = capability
  return {
    capabilityName: name,
    arn,
    clusterName: cluster.name,
    type: details.type,
    roleArn: details.roleArn,
    status: 'ACTIVE',
    ...(details.configuration && { configuration: details.configuration }),
    tags: await tagsOf(tx, arn),
    health: { issues: [] },
    createdAt: new Date(createdAt),
    modifiedAt: new Date(modifiedAt),
    deletePropagationPolicy: details.deletePropagationPolicy,
  }
}
