import { operationsOf } from '../operation.ts'
import * as accessEntries from './access-entries.ts'
import * as accessPolicies from './access-policies.ts'
import * as addonVersions from './addon-versions.ts'
import * as addons from './addons.ts'
import * as anywhereSubscriptions from './anywhere-subscriptions.ts'
import * as capabilities from './capabilities.ts'
import * as certificateAuthorities from './certificate-authorities.ts'
import * as clusterConfiguration from './cluster-configuration.ts'
import * as clusterVersions from './cluster-versions.ts'
import * as clusters from './clusters.ts'
import * as encryption from './encryption.ts'
import * as fargateProfiles from './fargate-profiles.ts'
import * as identityProviderConfigs from './identity-provider-configs.ts'
import * as insights from './insights.ts'
import * as nodegroupUpdates from './nodegroup-updates.ts'
import * as nodegroups from './nodegroups.ts'
import * as podIdentityAssociations from './pod-identity-associations.ts'
import * as registeredClusters from './registered-clusters.ts'
import * as tags from './tags.ts'
import * as updates from './updates.ts'

/** The operations of EKS that are served. */
export const operations = operationsOf(
  clusters,
  clusterConfiguration,
  clusterVersions,
  encryption,
  registeredClusters,
  certificateAuthorities,
  updates,
  insights,
  accessEntries,
  accessPolicies,
  identityProviderConfigs,
  podIdentityAssociations,
  nodegroups,
  nodegroupUpdates,
  fargateProfiles,
  addons,
  addonVersions,
  capabilities,
  anywhereSubscriptions,
  tags,
)
