import type { RecordSource } from './trails.ts'

/** CloudTrail Lake's tables. Booleans are 0 and 1, times epoch milliseconds; what is JSON says so. */
export interface EventDataStoresTable {
  arn: string
  /** The last part of the ARN, by which statements name it. */
  id: string
  account: string
  region: string
  /** Present for event data stores of an organization. */
  organizationId: string | null
  name: string
  status: 'ENABLED' | 'STOPPED_INGESTION' | 'PENDING_DELETION'
  /** JSON, parsed selectors. */
  selectors: string
  multiRegion: number
  retentionDays: number
  terminationProtected: number
  billingMode: 'EXTENDABLE_RETENTION_PRICING' | 'FIXED_RETENTION_PRICING'
  federationRoleArn: string | null
  maxEventSize: 'Standard' | 'Large'
  /** JSON, the selectors of what events are enriched with. */
  contextKeys: string
  /** Since when, at the earliest, the store has events of its own in place of records. */
  enrichedSince: number | null
  /** JSON; absent where insights are not looked for. */
  insightSelectors: string | null
  /** The event data store that its insights go to. */
  insightsDestination: string | null
  createdAt: number
  updatedAt: number
  deletedAt: number | null
}

/** What an event data store took in: records after `afterSeq`, up to `untilSeq` when it no longer takes them so, that its selectors of that time select. */
export interface EventDataStoreWindowsTable {
  storeArn: string
  source: RecordSource
  afterSeq: number
  untilSeq: number | null
  /** JSON, parsed selectors. */
  selectors: string
}

export interface LakeQueriesTable {
  id: string
  storeArn: string
  /** Whose query it is. */
  account: string
  statement: string
  /** Present for queries of a dashboard's refresh. */
  dashboardArn: string | null
  refreshId: string | null
  status: 'QUEUED' | 'FINISHED' | 'FAILED' | 'CANCELLED' | 'TIMED_OUT'
  errorMessage: string | null
  /** JSON list of the names of the result's columns. */
  columns: string
  rowCount: number
  scanned: number
  matched: number
  bytes: number
  milliseconds: number
  createdAt: number
  /** Where the result is to be delivered: `s3://bucket/prefix`. */
  deliveryUri: string | null
  deliveryStatus: 'PENDING' | 'SUCCESS' | 'FAILED' | 'RESOURCE_NOT_FOUND' | 'ACCESS_DENIED' | 'CANCELLED' | null
}

/** Rows of a finished query, so many a page. */
export interface LakeQueryPagesTable {
  queryId: string
  page: number
  /** JSON. */
  rows: string
}

export interface ChannelsTable {
  arn: string
  account: string
  region: string
  name: string
  source: string
  /** JSON. */
  destinations: string
  createdAt: number
}

export interface DashboardsTable {
  arn: string
  account: string
  region: string
  name: string
  type: 'CUSTOM' | 'MANAGED'
  status: 'CREATED' | 'UPDATED'
  /** JSON. */
  widgets: string
  /** JSON. */
  refreshSchedule: string | null
  /** Present where a schedule is enabled. */
  nextRefreshAt: number | null
  terminationProtected: number
  lastRefreshId: string | null
  createdAt: number
  updatedAt: number
}

/** Imports of log files from S3 to event data stores. */
export interface LakeImportsTable {
  id: string
  account: string
  storeArn: string
  /** `s3://bucket/prefix`. */
  location: string
  bucketRegion: string
  roleArn: string
  startEventAt: number | null
  endEventAt: number | null
  status: 'INITIALIZING' | 'IN_PROGRESS' | 'FAILED' | 'STOPPED' | 'COMPLETED'
  /** The last key of the bucket that was dealt with, in the order of keys. */
  lastKey: string | null
  prefixesFound: number
  prefixesCompleted: number
  filesCompleted: number
  eventsCompleted: number
  failedEntries: number
  createdAt: number
  updatedAt: number
}

/** What could not be imported: a file by its key, or the listing of the bucket by none. */
export interface LakeImportFailuresTable {
  importId: string
  key: string
  location: string
  status: 'FAILED' | 'RETRY' | 'SUCCEEDED'
  errorType: string
  errorMessage: string
  updatedAt: number
}

/** Events that an event data store holds itself: from log files and channels, insights, and those that are larger than records or tell more. */
export interface ImportedRecordsTable {
  storeArn: string
  eventId: string
  at: number
  json: string
}

/** Policies of event data stores, channels and dashboards. */
export interface LakeResourcePoliciesTable {
  resourceArn: string
  policy: string
}
