import type * as analyzer from './tables/access-analyzer.ts'
import type * as audit from './tables/audit.ts'
import type * as ec2 from './tables/ec2.ts'
import type * as cloudformation from './tables/cloudformation.ts'
import type * as eks from './tables/eks.ts'
import type * as lake from './tables/event-data-stores.ts'
import type * as iam from './tables/iam.ts'
import type * as credentials from './tables/iam-credentials.ts'
import type { KubernetesEventsTable, KubernetesObjectsTable, KubernetesRevisionsTable } from './tables/kubernetes.ts'
import type * as organizations from './tables/organizations.ts'
import type { PodIdentityAssociationsTable } from './tables/pod-identity.ts'
import type { OutboundTokenKeysTable } from './tables/sts.ts'
import type * as trails from './tables/trails.ts'
import type * as s3 from './tables/s3.ts'
import type { ChangesTable, MigrationsTable, PastKeptTable, PastRowsTable, SettingsTable } from './tables/system.ts'

/** Every table by name. A new table comes with a migration and a line here. */
export interface Database {
  settings: SettingsTable
  changes: ChangesTable
  migrations: MigrationsTable
  pastKept: PastKeptTable
  pastRows: PastRowsTable

  accounts: iam.AccountsTable
  users: iam.UsersTable
  groups: iam.GroupsTable
  groupMembers: iam.GroupMembersTable
  roles: iam.RolesTable
  instanceProfiles: iam.InstanceProfilesTable
  policies: iam.PoliciesTable
  policyVersions: iam.PolicyVersionsTable
  policyAttachments: iam.PolicyAttachmentsTable
  inlinePolicies: iam.InlinePoliciesTable
  accessKeys: iam.AccessKeysTable
  tags: iam.TagsTable
  oidcProviders: iam.OidcProvidersTable
  accountSettings: credentials.AccountSettingsTable
  loginProfiles: credentials.LoginProfilesTable
  mfaDevices: credentials.MfaDevicesTable
  consoleSessions: credentials.ConsoleSessionsTable
  usedSigninTokens: credentials.UsedSigninTokensTable
  sshPublicKeys: credentials.SshPublicKeysTable
  signingCertificates: credentials.SigningCertificatesTable
  serverCertificates: credentials.ServerCertificatesTable
  serviceCredentials: credentials.ServiceCredentialsTable
  samlProviders: credentials.SamlProvidersTable
  usedSamlAssertions: credentials.UsedSamlAssertionsTable
  iamJobs: credentials.IamJobsTable
  serviceUses: credentials.ServiceUsesTable
  delegationRequests: credentials.DelegationRequestsTable
  outboundTokenKeys: OutboundTokenKeysTable

  organizations: organizations.OrganizationsTable
  organizationAccounts: organizations.OrganizationAccountsTable
  organizationalUnits: organizations.OrganizationalUnitsTable
  organizationPolicies: organizations.OrganizationPoliciesTable
  organizationPolicyTargets: organizations.OrganizationPolicyTargetsTable
  createAccountRequests: organizations.CreateAccountRequestsTable
  organizationServices: organizations.OrganizationServicesTable
  delegatedAdministrators: organizations.DelegatedAdministratorsTable
  handshakes: organizations.HandshakesTable
  organizationResourcePolicies: organizations.OrganizationResourcePoliciesTable

  clusters: eks.ClustersTable
  accessEntries: eks.AccessEntriesTable
  accessPolicyAssociations: eks.AccessPolicyAssociationsTable
  issuerKeys: eks.IssuerKeysTable
  eksUpdates: eks.EksUpdatesTable
  eksResources: eks.EksResourcesTable
  attachedClusters: eks.AttachedClustersTable
  etcdKeys: eks.EtcdKeysTable
  eksInsights: eks.EksInsightsTable
  eksInsightRefreshes: eks.EksInsightRefreshesTable
  podIdentityAssociations: PodIdentityAssociationsTable

  instances: ec2.InstancesTable
  instanceProfileAssociations: ec2.InstanceProfileAssociationsTable
  instanceMetadataDefaults: ec2.InstanceMetadataDefaultsTable

  stacks: cloudformation.StacksTable
  stackResources: cloudformation.StackResourcesTable
  stackEvents: cloudformation.StackEventsTable
  stackExports: cloudformation.StackExportsTable
  stackImports: cloudformation.StackImportsTable
  changeSets: cloudformation.ChangeSetsTable

  kubernetesObjects: KubernetesObjectsTable
  kubernetesRevisions: KubernetesRevisionsTable
  kubernetesEvents: KubernetesEventsTable

  analyzers: analyzer.AnalyzersTable
  archiveRules: analyzer.ArchiveRulesTable
  analyzerFindings: analyzer.AnalyzerFindingsTable
  accessPreviews: analyzer.AccessPreviewsTable
  policyGenerations: analyzer.PolicyGenerationsTable
  findingRecommendations: analyzer.FindingRecommendationsTable

  denialExplanations: audit.DenialExplanationsTable
  records: audit.RecordsTable
  recordResources: audit.RecordResourcesTable
  dataRecords: audit.DataRecordsTable
  insightRecords: audit.InsightRecordsTable
  callCounts: audit.CallCountsTable
  openInsights: audit.OpenInsightsTable

  trails: trails.TrailsTable
  trailCursors: trails.TrailCursorsTable
  trailFiles: trails.TrailFilesTable
  trailDigests: trails.TrailDigestsTable
  digestKeys: trails.DigestKeysTable

  eventDataStores: lake.EventDataStoresTable
  eventDataStoreWindows: lake.EventDataStoreWindowsTable
  lakeQueries: lake.LakeQueriesTable
  lakeQueryPages: lake.LakeQueryPagesTable
  lakeImports: lake.LakeImportsTable
  lakeImportFailures: lake.LakeImportFailuresTable
  importedRecords: lake.ImportedRecordsTable
  lakeResourcePolicies: lake.LakeResourcePoliciesTable
  channels: lake.ChannelsTable
  dashboards: lake.DashboardsTable

  s3Buckets: s3.S3BucketsTable
  s3Objects: s3.S3ObjectsTable
  s3Uploads: s3.S3UploadsTable
  s3Parts: s3.S3PartsTable
  s3Files: s3.S3FilesTable
  objectChunks: s3.ObjectChunksTable
}
