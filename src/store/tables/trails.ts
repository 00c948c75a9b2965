/** Trails of CloudTrail. Booleans are 0 and 1, lists are JSON. */
export interface TrailsTable {
  arn: string
  account: string
  name: string
  /** The home region. */
  region: string
  /** Present for trails of an organization. */
  organizationId: string | null
  bucket: string
  prefix: string | null
  multiRegion: number
  globalEvents: number
  fileValidation: number
  /** When the validation of files was last enabled: no digest begins earlier. */
  validatedSince: number | null
  recursive: number
  eventSelectors: string | null
  advancedSelectors: string | null
  insightSelectors: string | null
  aggregations: string | null
  /** Up to when data events are summed up. */
  aggregatedUntil: number | null
  createdAt: number
  startedAt: number | null
  stoppedAt: number | null
  logging: number
  deliveredAt: number | null
  attemptedAt: number | null
  deliveryError: string | null
  digestedAt: number | null
  digestError: string | null
}

/** Where records come from: the tables that trails read in order. */
export type RecordSource = 'records' | 'dataRecords' | 'insightRecords'

/** How far a trail has got in one time of logging. Records after `afterSeq`, up to `untilSeq` when logging has stopped, are still to be put in files. */
export interface TrailCursorsTable {
  trailArn: string
  startedAt: number
  source: RecordSource
  afterSeq: number
  untilSeq: number | null
}

/** Log files: named before they are delivered, so that a delivery that was cut off is repeated under the same name; kept until a digest has them. */
export interface TrailFilesTable {
  key: string
  bucket: string
  trailArn: string
  source: RecordSource
  account: string
  region: string
  afterSeq: number
  untilSeq: number
  namedAt: number
  deliveredAt: number | null
  /** SHA-256 of what is in the file, hexadecimal. */
  hash: string | null
  oldestAt: number | null
  newestAt: number | null
  /** The digest that was named to hold it. */
  digestKey: string | null
}

/** The last digest of each chain, and the next one while it is being delivered: that one has no signature yet. */
export interface TrailDigestsTable {
  trailArn: string
  account: string
  region: string
  endAt: number
  startAt: number
  bucket: string
  key: string
  hash: string | null
  signature: string | null
}

/** Keys that sign digests; the private one is encrypted, and forgotten when its time is over. */
export interface DigestKeysTable {
  fingerprint: string
  region: string
  /** PKCS #1 DER, base64. */
  publicKey: string
  privateKey: string | null
  startAt: number
  endAt: number
}
