import { descriptiveRules, tabledRules } from './access-policy-rules.ts'
import type { AccessPolicyRule } from './access-policy-rule.ts'

/** A set of Kubernetes permissions that EKS keeps, to be associated with an access entry. */
export interface AccessPolicy {
  readonly name: string
  readonly arn: string
  readonly rules: readonly AccessPolicyRule[]
  /**
   * How AWS publishes the rules. `table`: each rule, which ours repeat. `description`: in prose, of which ours hold what it says
   * beyond doubt and no more. `none`: not at all, so that the policy can be associated but allows nothing here.
   */
  readonly published: 'table' | 'description' | 'none'
  /** EKS associates it with its service-linked roles only. */
  readonly serviceLinkedRolesOnly: boolean
}

const arnPrefix = 'arn:aws:eks::aws:cluster-access-policy/'
/** @param name  such as `AmazonEKSViewPolicy` */
export const accessPolicyArn = (name: string) => `${arnPrefix}${name}`
export const clusterAdminPolicyArn = accessPolicyArn('AmazonEKSClusterAdminPolicy')

/** EKS User Guide, "Review access policy permissions": the notes on the policies themselves. */
const serviceLinkedRolesOnly = new Set([
  'AmazonEKSBlockStoragePolicy',
  'AmazonEKSComputePolicy',
  'AmazonEKSBlockStorageClusterPolicy',
  'AmazonEKSComputeClusterPolicy',
  'AmazonEKSLoadBalancingClusterPolicy',
  'AmazonEKSHybridPolicy',
  'AmazonEKSClusterInsightsPolicy',
])

/** Those that ListAccessPolicies names but whose rules are not published, or only as an intention. */
const unpublished = [
  'AIDevOpsAgentAccessPolicy',
  'AmazonAIOpsAssistantPolicy',
  'AmazonEKSACKPolicy',
  'AmazonEKSArgoCDClusterPolicy',
  'AmazonEKSArgoCDPolicy',
  'AmazonEKSBlockStoragePolicy',
  'AmazonEKSEventPolicy',
  'AmazonEKSKROPolicy',
  'AmazonEKSLoadBalancingPolicy',
  'AmazonEKSNetworkingPolicy',
  'AmazonEKSPodIdentityPolicy',
  'AmazonEKSSecretAdminPolicy',
  'AmazonEMRJobPolicy',
  'AmazonSagemakerHyperpodClusterPolicy',
  'AmazonSagemakerHyperpodControllerPolicy',
  'AmazonSagemakerHyperpodSpacePolicy',
  'AmazonSagemakerHyperpodSpaceTemplatePolicy',
  'AmazonSagemakerHyperpodSystemNamespacePolicy',
  'AmazonSagemakerHyperpodUserClusterPolicy',
]

const policiesOf = (published: AccessPolicy['published'], rules: { readonly [name: string]: readonly AccessPolicyRule[] }) =>
  Object.entries(rules).map(([name, rules]) => ({
    name,
    arn: arnPrefix + name,
    rules,
    published,
    serviceLinkedRolesOnly: serviceLinkedRolesOnly.has(name),
  }))

/** All access policies, by name. EKS API Reference, "ListAccessPolicies". */
export const accessPolicies: readonly AccessPolicy[] = [
  ...policiesOf('table', tabledRules),
  ...policiesOf('description', descriptiveRules),
  ...policiesOf('none', Object.fromEntries(unpublished.map(name => [name, []]))),
].sort((a, b) => (a.name < b.name ? -1 : 1))

const byArn = new Map(accessPolicies.map(policy => [policy.arn, policy]))

/** @returns the policy, or undefined when EKS has none with this ARN */
export const accessPolicy = (arn: string): AccessPolicy | undefined => byArn.get(arn)
