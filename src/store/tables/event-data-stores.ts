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
  type: 'CUSTOM'
  status: 'CREATED' | 'UPDATED'
  /** JSON. */
  widgets: string
  /** JSON. */
  refreshSchedule: string | null
  terminationProtected: number
  lastRefreshId: string | null
  createdAt: number
  updatedAt: number
}

/** Policies of event data stores, channels and dashboards. */
export interface LakeResourcePoliciesTable {
  resourceArn: string
  policy: string
}
