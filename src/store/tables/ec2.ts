/** An EC2 instance as a record: nothing runs. Times are epoch milliseconds. */
export interface InstancesTable {
  /** `i-` and seventeen hexadecimal digits. */
  id: string
  account: string
  region: string
  reservationId: string
  launchIndex: number
  clientToken: string | null
  /** Digest of the request that launched it: a client token must not come with another one. */
  requestHash: string
  imageId: string
  instanceType: string
  keyName: string | null
  subnetId: string
  availabilityZone: string
  privateIp: string
  privateDnsName: string
  hostnameType: 'ip-name' | 'resource-name'
  /** Encrypted: people put secrets there. */
  userData: string | null
  /** JSON of the metadata options. */
  metadataOptions: string
  launchedAt: number
  terminatedAt: number | null
}

export interface InstanceProfileAssociationsTable {
  /** `iip-assoc-` and seventeen hexadecimal digits. */
  id: string
  account: string
  instanceId: string
  profileId: string
  profileArn: string
  associatedAt: number
}

/** What ModifyInstanceMetadataDefaults set. */
export interface InstanceMetadataDefaultsTable {
  account: string
  region: string
  /** JSON; a member without preference is absent. */
  options: string
}
