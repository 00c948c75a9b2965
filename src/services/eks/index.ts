import { operationsOf } from '../operation.ts'
import * as accessEntries from './access-entries.ts'
import * as accessPolicies from './access-policies.ts'
import * as clusterConfiguration from './cluster-configuration.ts'
import * as clusterVersions from './cluster-versions.ts'
import * as clusters from './clusters.ts'
import * as encryption from './encryption.ts'
import * as podIdentityAssociations from './pod-identity-associations.ts'
import * as tags from './tags.ts'
import * as updates from './updates.ts'

/** The operations of EKS that are served. */
export const operations = operationsOf(
  clusters,
  clusterConfiguration,
  clusterVersions,
  encryption,
  updates,
  accessEntries,
  accessPolicies,
  podIdentityAssociations,
  tags,
)
