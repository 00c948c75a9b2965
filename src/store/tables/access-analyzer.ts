/** Access Analyzer's tables. Times are epoch milliseconds; what is JSON says so. */
export interface AnalyzersTable {
  arn: string
  account: string
  region: string
  name: string
  type: string
  /** JSON, as given. */
  configuration: string | null
  createdAt: number
  lastAnalyzedAt: number | null
  lastAnalyzedResource: string | null
}

export interface ArchiveRulesTable {
  analyzerArn: string
  name: string
  /** JSON. */
  filter: string
  createdAt: number
  updatedAt: number
}

export interface AnalyzerFindingsTable {
  id: string
  analyzerArn: string
  /** What makes it the same finding when it is found again. */
  identity: string
  type: string
  resource: string
  resourceType: string
  resourceOwner: string
  status: 'ACTIVE' | 'ARCHIVED' | 'RESOLVED'
  /** JSON. */
  detail: string
  createdAt: number
  analyzedAt: number
  updatedAt: number
}

export interface AccessPreviewsTable {
  id: string
  analyzerArn: string
  /** JSON, as given. */
  configurations: string
  /** JSON. */
  findings: string
  createdAt: number
}
