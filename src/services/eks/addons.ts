import { addons as catalogue, defaultVersionOf } from '../../catalogue/addons.ts'
import type { Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { Addon, AddonIssue, AddonPodIdentityAssociations, CreateAddonRequest, UpdateAddonRequest } from '../../wire/models/eks.ts'
import type { AccessContext, AccessStatement, HandleContext } from '../operation.ts'
import { clusterAccess, pageByName, taggingAccess } from './access.ts'
import { checkConfiguration } from './addon-configuration.ts'
import { resourceArn } from './arns.ts'
import { requestTagKeys, requireCluster, tagsOf } from './cluster-store.ts'
import { refuseOnOutposts } from './outposts.ts'
import { associate, associationsOwnedBy, dissociate, passToPods } from './pod-identity-associations.ts'
import { isRepeated, type Resource, resourceAccess, resourcesOf } from './resources.ts'
import { passRole, roleInAccount } from './roles.ts'
import { eks } from './service.ts'
import { beginUpdate, requireActive } from './updates.ts'

/** What DescribeAddon repeats of what callers gave, and what updates made of it. */
export type AddonDetails = Pick<Addon, 'serviceAccountRoleArn' | 'configurationValues'> & {
  readonly addonVersion: string
  readonly namespace: string
}

export const addonRecords = resourcesOf<AddonDetails>('addon')

/**
 * The roles that a call hands over: to the add-on's service account by its cluster's issuer, or by associations.
 * EKS User Guide, "IAM roles for Amazon EKS add-ons".
 */
const handedOver = (
  input: Pick<CreateAddonRequest, 'clusterName' | 'serviceAccountRoleArn' | 'podIdentityAssociations'>,
  context: AccessContext,
): AccessStatement[] => [
  ...(input.serviceAccountRoleArn === undefined ? [] : [passRole(input.serviceAccountRoleArn)]),
  ...(input.podIdentityAssociations ?? []).map(({ roleArn }) => passToPods(roleArn, input.clusterName, context)),
]

/** CreateAddon: a record of installed software, with associations that are the add-on's own. EKS API Reference, "CreateAddon". */
export const CreateAddon = eks.operation('CreateAddon', {
  access: async (input, context) => [
    await clusterAccess(context, input.clusterName, requestTagKeys(input.tags)),
    ...handedOver(input, context),
    ...taggingAccess(resourceArn(context.region, context.account, 'addon', input.clusterName, input.addonName, '*'), input.tags),
  ],

  async handle(input, context) {
    const { tx, world, account, region } = context
    const { addonName, clusterName } = input
    const cluster = await requireCluster(tx, context, clusterName)
    refuseOnOutposts(cluster, 'An Amazon EKS add-on')
    const known = await addonRecords.find(tx, cluster.id, addonName)
    if (known && isRepeated(known, input.clientRequestToken)) return { addon: await shape(tx, cluster, known) }
    if (known) throw new eks.ResourceInUseException('Addon already exists.', { clusterName, addonName })
    const entry = catalogue.find(({ name }) => name === addonName)
    const addonVersion = input.addonVersion ?? (entry && defaultVersionOf(entry, cluster.version))
    if (!entry || addonVersion === undefined)
      throw new eks.InvalidParameterException(`Addon ${addonName} specified is not supported in ${cluster.version} kubernetes version`, {
        clusterName,
        addonName,
      })
    checkVersion(cluster, addonName, addonVersion)
    checkNamespace(input)
    checkConfiguration(input)
    requireActive(cluster)
    await checkServiceAccountRole(input, cluster, context)
    const details = {
      addonVersion,
      namespace: input.namespaceConfig?.namespace ?? entry.namespace,
      serviceAccountRoleArn: input.serviceAccountRoleArn,
      configurationValues: input.configurationValues,
    }
    const arn = resourceArn(region, account, 'addon', clusterName, addonName, world.random.uuid())
    const { clientRequestToken, tags } = input
    const made = await addonRecords.insert(context, { arn, scope: cluster.id, name: addonName, details, tags, clientRequestToken })
    await associateAll(input.podIdentityAssociations ?? [], made, cluster, context)
    return { addon: { ...(await shape(tx, cluster, made)), status: 'CREATING' } }
  },
})

function checkVersion({ name: clusterName, version }: ClustersTable, addonName: string, addonVersion: string): void {
  const versions = catalogue.find(({ name }) => name === addonName)?.versions ?? []
  if (!versions.some(known => known.version === addonVersion && known.kubernetesVersions.includes(version)))
    throw new eks.InvalidParameterException('Addon version specified is not supported', { clusterName, addonName })
}

/** The words are those that users were shown. @throws InvalidParameterException */
function checkNamespace({ namespaceConfig, clusterName, addonName }: CreateAddonRequest): void {
  const namespace = namespaceConfig?.namespace
  if (namespace !== undefined && !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace))
    throw new eks.InvalidParameterException('Provided namespace value is not a valid RFC 1123 DNS label', { clusterName, addonName })
}

async function checkServiceAccountRole(
  { serviceAccountRoleArn, clusterName, addonName }: CreateAddonRequest | UpdateAddonRequest,
  { account }: ClustersTable,
  { tx }: HandleContext,
): Promise<void> {
  if (serviceAccountRoleArn !== undefined && !(await roleInAccount(tx, serviceAccountRoleArn, account)))
    throw new eks.InvalidParameterException(`The role ${serviceAccountRoleArn} cannot be found.`, { clusterName, addonName })
}

/** Associations that are the add-on's own: those of others are not taken over. EKS User Guide, "IAM roles for Amazon EKS add-ons". */
async function associateAll(
  wanted: readonly AddonPodIdentityAssociations[],
  { arn, details }: Resource<AddonDetails>,
  cluster: ClustersTable,
  context: HandleContext,
): Promise<void> {
  for (const { serviceAccount, roleArn } of wanted)
    await associate({ namespace: details.namespace, serviceAccount, roleArn, ownerArn: arn }, cluster, context)
}

/** DescribeAddon. EKS API Reference, "DescribeAddon". */
export const DescribeAddon = eks.operation('DescribeAddon', {
  access: ({ clusterName, addonName }, context) => resourceAccess(context, 'addon', clusterName, addonName),
  async handle(input, { tx, ...place }) {
    const { cluster, addon } = await requireAddon(tx, place, input)
    return { addon: await shape(tx, cluster, addon) }
  },
})

/** ListAddons: names of a cluster's add-ons. EKS API Reference, "ListAddons". */
export const ListAddons = eks.operation('ListAddons', {
  access: ({ clusterName }, context) => clusterAccess(context, clusterName),
  async handle(input, { tx, ...place }) {
    const cluster = await requireCluster(tx, place, input.clusterName)
    const { page, nextToken } = pageByName(await addonRecords.list(tx, cluster.id), ({ name }) => name, input)
    return { addons: page.map(({ name }) => name), nextToken }
  },
})

/** UpdateAddon: another version, role, associations or values; associations that are given replace those that the add-on has. EKS API Reference, "UpdateAddon". */
export const UpdateAddon = eks.operation('UpdateAddon', {
  access: async (input, context) => [
    await resourceAccess(context, 'addon', input.clusterName, input.addonName),
    ...handedOver(input, context),
  ],

  async handle(input, context) {
    const { tx, now } = context
    const { cluster, addon } = await requireAddon(tx, context, input)
    const { addonVersion, serviceAccountRoleArn, configurationValues, podIdentityAssociations, resolveConflicts } = input
    if (addonVersion !== undefined) checkVersion(cluster, addon.name, addonVersion)
    checkConfiguration(input)
    await checkServiceAccountRole(input, cluster, context)
    requireActive(cluster)
    const given = Object.entries({ addonVersion, serviceAccountRoleArn, configurationValues }).filter(([, value]) => value !== undefined)
    const updated = await addonRecords.update(tx, addon, { ...addon.details, ...Object.fromEntries(given) }, now)
    if (podIdentityAssociations) {
      for (const association of await associationsOwnedBy(tx, addon.arn)) await dissociate(tx, association, cluster, now)
      await associateAll(podIdentityAssociations, updated, cluster, context)
    }
    const values = {
      AddonVersion: addonVersion,
      ServiceAccountRoleArn: serviceAccountRoleArn,
      ResolveConflicts: resolveConflicts,
      ConfigurationValues: configurationValues,
      PodIdentityAssociations: podIdentityAssociations && JSON.stringify(podIdentityAssociations),
    }
    const params = Object.entries(values).flatMap(([type, value]) => (value === undefined ? [] : [{ type, value }]))
    return { update: await beginUpdate(context, cluster, 'AddonUpdate', params, addon.arn) }
  },
})

/** DeleteAddon: with the associations that it owns, unless they are preserved. EKS API Reference, "DeleteAddon". */
export const DeleteAddon = eks.operation('DeleteAddon', {
  access: ({ clusterName, addonName }, context) => resourceAccess(context, 'addon', clusterName, addonName),
  async handle({ preserve = false, ...input }, { tx, now, ...place }) {
    const { cluster, addon } = await requireAddon(tx, place, input)
    const deleted = await shape(tx, cluster, addon)
    if (preserve) await tx.updateTable('podIdentityAssociations').set({ ownerArn: null }).where('ownerArn', '=', addon.arn).execute()
    else for (const association of await associationsOwnedBy(tx, addon.arn)) await dissociate(tx, association, cluster, now)
    await addonRecords.remove(tx, addon)
    return { addon: { ...deleted, status: 'DELETING' } }
  },
})

async function requireAddon(
  tx: Transaction,
  place: { readonly account: string; readonly region: string },
  { clusterName, addonName }: { readonly clusterName: string; readonly addonName: string },
) {
  const cluster = await requireCluster(tx, place, clusterName)
  const addon = await addonRecords.find(tx, cluster.id, addonName)
  if (!addon) throw new eks.ResourceNotFoundException(`No addon: ${addonName} found in cluster: ${clusterName}`, { clusterName, addonName })
  return { cluster, addon }
}

/**
 * An add-on as DescribeAddon shows it; it is DEGRADED while a role of it is not there. EKS API Reference, "Addon"; without publisher and owner, as add-ons of AWS are in
 * the AWS CLI Command Reference, "describe-addon".
 */
async function shape(tx: Transaction, cluster: ClustersTable, addon: Resource<AddonDetails>): Promise<Addon> {
  const { addonVersion, serviceAccountRoleArn, configurationValues, namespace } = addon.details
  const associations = await associationsOwnedBy(tx, addon.arn)
  const roles = [...(serviceAccountRoleArn === undefined ? [] : [serviceAccountRoleArn]), ...associations.map(({ roleArn }) => roleArn)]
  const issues: AddonIssue[] = []
  for (const role of roles)
    if (!(await roleInAccount(tx, role, cluster.account)))
      issues.push({ code: 'AddonPermissionFailure', message: `The role ${role} does not exist.`, resourceIds: [role] })
  return {
    addonName: addon.name,
    clusterName: cluster.name,
    status: issues.length > 0 ? 'DEGRADED' : 'ACTIVE',
    addonVersion,
    health: { issues },
    addonArn: addon.arn,
    createdAt: new Date(addon.createdAt),
    modifiedAt: new Date(addon.modifiedAt),
    ...(serviceAccountRoleArn !== undefined && { serviceAccountRoleArn }),
    tags: await tagsOf(tx, addon.arn),
    ...(configurationValues !== undefined && { configurationValues }),
    podIdentityAssociations: associations.map(({ arn }) => arn),
    namespaceConfig: { namespace },
  }
}
