import { accessAnalyzerTables } from './0060-access-analyzer.ts'
import { attachedClusters } from './0120-attached-clusters.ts'
import { auditTables } from './0005-audit.ts'
import { consoleSessions } from './0200-console-sessions.ts'
import { dataRecords } from './0140-data-records.ts'
import { eksResources } from './0110-eks-resources.ts'
import { delegationRequests } from './0100-delegation-requests.ts'
import { denialExplanations } from './0201-denial-explanations.ts'
import { eksTables } from './0003-eks.ts'
import { eksUpdates } from './0020-eks-updates.ts'
import { eventDataStoreTables } from './0150-event-data-stores.ts'
import { policyGenerationTables } from './0151-policy-generations.ts'
import { iamCredentials } from './0007-iam-credentials.ts'
import { iamLists } from './0006-iam-lists.ts'
import { iamTables } from './0002-iam.ts'
import { instanceTables } from './0160-instances.ts'
import { lakeImports } from './0320-lake-imports.ts'
import { insightTables } from './0142-insights.ts'
import { kubernetesTables } from './0004-kubernetes.ts'
import { pastRows } from './0260-past-rows.ts'
import { outboundTokens } from './0010-outbound-tokens.ts'
import { mfaFailures } from './0011-mfa-failures.ts'
import { s3Tables } from './0130-s3.ts'
import type { Migration } from './migration.ts'
import { objectChunks } from './0220-object-chunks.ts'
import { organizationHandshakes } from './0101-organization-handshakes.ts'
import { organizationsTables } from './0050-organizations.ts'
import { podIdentityTables } from './0040-pod-identity.ts'
import { recordPlaces } from './0143-record-places.ts'
import { recordResourceNames } from './0420-record-resource-names.ts'
import { serviceUses } from './0008-service-uses.ts'
import { stackPolicies } from './0470-stack-policies.ts'
import { enrichedEvents } from './0500-enriched-events.ts'
import { insightErrorCodes } from './0501-insight-error-codes.ts'
import { trailAggregations } from './0502-trail-aggregations.ts'
import { etcdKeys } from './0520-etcd-keys.ts'
import { stackTables } from './0210-stacks.ts'
import { systemTables } from './0001-system.ts'
import { trailTables } from './0141-trails.ts'
import { usedSamlAssertions } from './0650-used-saml-assertions.ts'

/** In order; never edited once released, only added to. */
export const migrations: readonly Migration[] = [
  systemTables,
  iamTables,
  eksTables,
  kubernetesTables,
  auditTables,
  iamLists,
  iamCredentials,
  serviceUses,
  outboundTokens,
  mfaFailures,
  podIdentityTables,
  eksUpdates,
  organizationsTables,
  accessAnalyzerTables,
  dataRecords,
  trailTables,
  insightTables,
  recordPlaces,
  eventDataStoreTables,
  policyGenerationTables,
  eksResources,
  delegationRequests,
  organizationHandshakes,
  s3Tables,
  instanceTables,
  attachedClusters,
  consoleSessions,
  denialExplanations,
  pastRows,
  stackTables,
  objectChunks,
  lakeImports,
  recordResourceNames,
  stackPolicies,
  enrichedEvents,
  insightErrorCodes,
  trailAggregations,
  etcdKeys,
  usedSamlAssertions,
]
