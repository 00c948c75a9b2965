import { addons, type CatalogueAddon } from '../../catalogue/addons.ts'
import type { AddonInfo, DescribeAddonVersionsRequest } from '../../wire/models/eks.ts'
import { pageByName } from './access.ts'
import { configurationSchemaOf } from './addon-configuration.ts'
import { eks } from './service.ts'

/** DescribeAddonVersions: add-ons with their versions, of which some Kubernetes version may be wanted. EKS API Reference, "DescribeAddonVersions". */
export const DescribeAddonVersions = eks.operation('DescribeAddonVersions', {
  access: () => ({ resource: '*' }),
  async handle(input) {
    const { addonName, kubernetesVersion } = input
    if (addonName !== undefined && !addons.some(({ name }) => name === addonName))
      throw new eks.ResourceNotFoundException(`No addon found for name: ${addonName}`, { addonName })
    const found = addons
      .filter(addon => isWanted(addon, input))
      .map(addon => infoOf(addon, kubernetesVersion))
      .filter(({ addonVersions = [] }) => addonVersions.length > 0)
    // From Z to A: AWS CLI Command Reference, "describe-addon-versions". Pages go on by place, as their names go down.
    const placed = found.toReversed().map((info, place) => ({ info, place: String(place).padStart(3, '0') }))
    const { page, nextToken } = pageByName(placed, ({ place }) => place, input)
    return { addons: page.map(({ info }) => info), nextToken }
  },
})

const isWanted = ({ name, type, publisher, owner }: CatalogueAddon, input: DescribeAddonVersionsRequest): boolean =>
  (input.addonName ?? name) === name &&
  (input.types?.includes(type) ?? true) &&
  (input.publishers?.includes(publisher) ?? true) &&
  (input.owners?.includes(owner) ?? true)

function infoOf(
  { name, type, publisher, owner, namespace, computeTypes, versions, podIdentity }: CatalogueAddon,
  wanted?: string,
): AddonInfo {
  const addonVersions = versions
    .filter(({ kubernetesVersions }) => wanted === undefined || kubernetesVersions.includes(wanted))
    .map(({ version, kubernetesVersions, defaultFor }) => ({
      addonVersion: version,
      architecture: ['amd64', 'arm64'],
      computeTypes: [...computeTypes],
      compatibilities: kubernetesVersions
        .filter(clusterVersion => (wanted ?? clusterVersion) === clusterVersion)
        .toReversed()
        .map(clusterVersion => ({ clusterVersion, platformVersions: ['*'], defaultVersion: defaultFor.includes(clusterVersion) })),
      requiresConfiguration: false,
      requiresIamPermissions: podIdentity !== undefined,
    }))
  return { addonName: name, type, publisher, owner, defaultNamespace: namespace, addonVersions }
}

/** DescribeAddonConfiguration: what values an add-on takes, and which role it wants. EKS API Reference, "DescribeAddonConfiguration". */
export const DescribeAddonConfiguration = eks.operation('DescribeAddonConfiguration', {
  access: () => ({ resource: '*' }),
  async handle({ addonName, addonVersion }) {
    const addon = addons.find(({ name }) => name === addonName)
    if (!addon?.versions.some(({ version }) => version === addonVersion))
      throw new eks.ResourceNotFoundException(`No configuration found for addon: ${addonName} of version: ${addonVersion}`, { addonName })
    const { podIdentity } = addon
    return {
      addonName,
      addonVersion,
      configurationSchema: JSON.stringify(configurationSchemaOf(addonName)),
      podIdentityConfiguration: podIdentity
        ? [{ serviceAccount: podIdentity.serviceAccount, recommendedManagedPolicies: [...podIdentity.policies] }]
        : [],
    }
  },
})
