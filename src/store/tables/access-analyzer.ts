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

/** Jobs that make a policy of what somebody did. */
export interface PolicyGenerationsTable {
  id: string
  account: string
  region: string
  principalArn: string
  clientToken: string | null
  /** JSON, as given. */
  cloudTrail: string | null
  status: 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED' | 'CANCELED'
  /** JSON list of the permissions that were used. */
  uses: string
  /** JSON list of the services that were used by last accessed information. */
  services: string
  /** 1 when every action of the services that were used is known by name. */
  complete: number
  errorCode: string | null
  errorMessage: string | null
  startedAt: number
  completedAt: number | null
}

export interface FindingRecommendationsTable {
  findingId: string
  analyzerArn: string
  /** JSON. */
  steps: string
  startedAt: number
}
