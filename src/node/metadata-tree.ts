/** What an instance's metadata says of it beside its credentials. */
export interface InstanceFacts {
  readonly instanceId: string
  readonly accountId: string
  readonly region: string
  readonly availabilityZone: string
  readonly instanceType: string
  readonly imageId: string
  readonly privateIp: string
  readonly hostname: string
  readonly macAddress: string
  /** Epoch milliseconds. */
  readonly launchedAt: number
  readonly reservationId?: string
  readonly subnetId?: string
  readonly zoneId?: string
  readonly vpcId?: string
  readonly vpcCidr?: string
  readonly subnetCidr?: string
  readonly securityGroupId?: string
  readonly launchIndex?: number
  /** As the instance reads it, decoded. */
  readonly userData?: string
  /** Those that the metadata may tell. */
  readonly tags?: { readonly [key: string]: string }
}

/** Metadata by path below `/latest`. EC2 User Guide, "Instance metadata categories" and "Instance identity documents". */
export function metadataOf(facts: InstanceFacts): ReadonlyMap<string, string> {
  const { instanceId, region, availabilityZone, instanceType, imageId, privateIp, hostname, macAddress } = facts
  const mac = `meta-data/network/interfaces/macs/${macAddress}`
  return new Map([
    ['dynamic/instance-identity/document', identityDocument(facts)],
    ['meta-data/ami-id', imageId],
    ['meta-data/ami-manifest-path', '(unknown)'],
    ['meta-data/block-device-mapping/ami', '/dev/xvda'],
    ['meta-data/block-device-mapping/root', '/dev/xvda'],
    // Nothing is planned for an instance that is a record; termination handlers of nodes ask.
    ['meta-data/events/maintenance/history', '[]'],
    ['meta-data/events/maintenance/scheduled', '[]'],
    ['meta-data/hostname', hostname],
    ['meta-data/instance-action', 'none'],
    ['meta-data/instance-id', instanceId],
    ['meta-data/instance-life-cycle', 'on-demand'],
    ['meta-data/instance-type', instanceType],
    ['meta-data/local-hostname', hostname],
    ['meta-data/local-ipv4', privateIp],
    ['meta-data/mac', macAddress],
    [`${mac}/device-number`, '0'],
    [`${mac}/local-hostname`, hostname],
    [`${mac}/local-ipv4s`, privateIp],
    [`${mac}/mac`, macAddress],
    [`${mac}/owner-id`, facts.accountId],
    ['meta-data/placement/availability-zone', availabilityZone],
    ['meta-data/placement/region', region],
    ['meta-data/profile', 'default-hvm'],
    ['meta-data/security-groups', 'default'],
    [`${mac}/security-groups`, 'default'],
    ['meta-data/services/domain', 'amazonaws.com'],
    ['meta-data/services/partition', 'aws'],
    ['meta-data/system', 'nitro'],
    ...optional('meta-data/placement/availability-zone-id', facts.zoneId),
    ...optional(`${mac}/security-group-ids`, facts.securityGroupId),
    ...optional(`${mac}/subnet-ipv4-cidr-block`, facts.subnetCidr),
    ...optional(`${mac}/vpc-id`, facts.vpcId),
    ...optional(`${mac}/vpc-ipv4-cidr-block`, facts.vpcCidr),
    ...optional(`${mac}/vpc-ipv4-cidr-blocks`, facts.vpcCidr),
    ...optional('meta-data/ami-launch-index', facts.launchIndex),
    ...optional('meta-data/reservation-id', facts.reservationId),
    ...optional(`${mac}/subnet-id`, facts.subnetId),
    ...optional('user-data', facts.userData),
    ...Object.entries(facts.tags ?? {}).map(([key, value]) => [`meta-data/tags/instance/${key}`, value] as const),
  ])
}

const optional = (path: string, value: string | number | undefined): readonly (readonly [string, string])[] =>
  value === undefined ? [] : [[path, String(value)]]

const identityDocument = (facts: InstanceFacts) =>
  JSON.stringify(
    {
      accountId: facts.accountId,
      architecture: 'x86_64',
      availabilityZone: facts.availabilityZone,
      billingProducts: null,
      devpayProductCodes: null,
      marketplaceProductCodes: null,
      imageId: facts.imageId,
      instanceId: facts.instanceId,
      instanceType: facts.instanceType,
      kernelId: null,
      pendingTime: `${new Date(facts.launchedAt).toISOString().slice(0, 19)}Z`,
      privateIp: facts.privateIp,
      ramdiskId: null,
      region: facts.region,
      version: '2017-09-30',
    },
    undefined,
    2,
  )

/**
 * What a folder lists: names below it, folders with a slash at the end.
 * @param folder  without slashes at its ends; empty for the top
 * @returns       undefined when there is no such folder
 */
export function listingOf(paths: Iterable<string>, folder: string): string | undefined {
  const prefix = folder === '' ? '' : `${folder}/`
  const names = new Set<string>()
  for (const path of paths) {
    if (!path.startsWith(prefix)) continue
    const [name = '', ...below] = path.slice(prefix.length).split('/')
    names.add(below.length > 0 ? `${name}/` : name)
  }
  return names.size === 0 ? undefined : [...names].sort().join('\n')
}
