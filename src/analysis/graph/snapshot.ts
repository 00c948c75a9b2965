import type { AccessGrant } from '../../cluster-access/access-policy-grants.ts'
import type { AwsAuthData } from '../../cluster-access/aws-auth.ts'
import type { Binding } from '../../cluster-access/evaluate.ts'
import type { PolicyRule } from '../../cluster-access/rules.ts'

/**
 * Accounts and clusters as they were at one moment: everything that decides who may do what, and nothing else. Plain data, so that it can be a file. Where it
 * was read from makes no difference: a running Gatehouse, or exports of AWS and Kubernetes.
 */
export interface Snapshot {
  readonly format: typeof snapshotFormat
  readonly users: readonly SnapshotUser[]
  readonly groups: readonly SnapshotGroup[]
  readonly roles: readonly SnapshotRole[]
  readonly managedPolicies: readonly SnapshotPolicy[]
  /** IAM's OpenID Connect and SAML providers are known by the trust policies that name them. */
  readonly organization?: SnapshotOrganization
  readonly resourcePolicies: readonly SnapshotResourcePolicy[]
  /** Policies of resources are those that somebody chose to export: whether others have one is not known. */
  readonly chosenResourcePolicies?: true
  /** Services, such as `s3`, of whose resources every policy was read: whether those of other services have one is not known. */
  readonly resourcePoliciesReadOf?: readonly string[]
  /** Snapshots of RDS, with the accounts that they are shared with; `all` is everyone. */
  readonly snapshotShares?: readonly { readonly resource: string; readonly accounts: readonly string[] }[]
  readonly instances: readonly SnapshotInstance[]
  readonly clusters: readonly SnapshotCluster[]
  /** What audits ask beside: no other answer depends on it. */
  readonly account?: AccountSettings
  /** What is missing, and whose answers depend on it. */
  readonly gaps: readonly Gap[]
}

/** Settings of an account; a member that was not read is absent. */
export interface AccountSettings {
  readonly credentials?: readonly SnapshotCredentials[]
  /** `none` when the account has no password policy of its own. */
  readonly passwordPolicy?: { readonly minimumLength: number; readonly reusePrevention: number } | 'none'
  readonly trails?: readonly { readonly name: string; readonly isMultiRegion: boolean; readonly validatesLogs: boolean }[]
  /** Names of analyzers of external access. */
  readonly analyzers?: readonly string[]
}

/** A row of the credential report. IAM User Guide, "Generate credential reports for your AWS account". */
export interface SnapshotCredentials {
  /** `<root_account>` for the root user. */
  readonly user: string
  readonly hasPassword: boolean
  readonly passwordUsedAt?: number
  readonly passwordChangedAt?: number
  readonly hasMfa: boolean
  /** Active keys. */
  readonly keys: readonly { readonly rotatedAt?: number; readonly usedAt?: number }[]
}

export const snapshotFormat = 'gatehouse-snapshot-1'

/** Something that an answer can depend on and that was not read. */
export interface Gap {
  /** For people: what is missing, and where it was missed. */
  readonly what: string
  /** Whose answers may differ with it: ARNs of principals, account ids, ARNs of clusters; `*` for all. */
  readonly about: readonly string[]
}

export interface InlinePolicy {
  readonly name: string
  readonly document: string
}

interface PolicyHolder {
  readonly arn: string
  readonly name: string
  readonly inline: readonly InlinePolicy[]
  /** ARNs of managed policies. */
  readonly attached: readonly string[]
}

interface SnapshotPrincipal extends PolicyHolder {
  readonly id: string
  /** The ARN of the policy. */
  readonly boundary?: string
  readonly tags: { readonly [key: string]: string }
}

export interface SnapshotUser extends SnapshotPrincipal {
  /** Names of groups. */
  readonly groups: readonly string[]
}

export interface SnapshotRole extends SnapshotPrincipal {
  readonly trust: string
  /** ARNs of instance profiles that hold the role. */
  readonly instanceProfiles: readonly string[]
  readonly createdAt?: number
  readonly usedAt?: number
}

export type SnapshotGroup = PolicyHolder

export interface SnapshotPolicy {
  readonly arn: string
  readonly defaultVersion: string
  /** Documents by version, such as `v1`. */
  readonly versions: { readonly [version: string]: string }
}

export interface SnapshotOrganization {
  readonly id: string
  readonly managementAccount: string
  /** By account: ids from the root to the account's parent. */
  readonly parents: { readonly [account: string]: readonly string[] }
  readonly policies: readonly { readonly id: string; readonly arn: string; readonly type: 'scp' | 'rcp'; readonly document: string }[]
  readonly attachments: readonly { readonly policyId: string; readonly targetId: string }[]
}

export interface SnapshotResourcePolicy {
  /** The ARN of the bucket, key, queue, ... */
  readonly resource: string
  readonly document: string
}

/** EC2 API Reference, "Instance" and "InstanceMetadataOptionsResponse". */
export interface SnapshotInstance {
  readonly arn: string
  /** ARN of the instance profile. */
  readonly profile?: string
  readonly privateDnsName?: string
  /** Network hops that a session token of the metadata service travels: with one, pods without host network do not get it. */
  readonly hopLimit?: number
  /** Version 2 alone; with version 1 there is no token, and no hop limit on it. */
  readonly tokensRequired?: boolean
  /** Nobody is answered, whatever the network. */
  readonly endpointDisabled?: boolean
  /** The metadata service is at its IPv6 address too. */
  readonly ipv6Endpoint?: boolean
}

export interface SnapshotCluster {
  readonly arn: string
  readonly name: string
  readonly authenticationMode: 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP'
  /** Of Kubernetes, such as `1.34`; absent when it was not read. */
  readonly version?: string
  /** As DescribeCluster tells; absent when it was not read. */
  readonly settings?: ClusterSettings
  /** The URL of its OpenID Connect issuer. */
  readonly issuer?: string
  readonly accessEntries: readonly SnapshotAccessEntry[]
  readonly associations: readonly SnapshotAssociation[]
  /** ARNs of the roles of managed node groups. */
  readonly nodeRoles: readonly string[]
  /** `data` of the ConfigMap; absent when there is none. */
  readonly awsAuth?: AwsAuthData
  /** Aggregated rules filled in. */
  readonly clusterRoles: { readonly [name: string]: readonly PolicyRule[] }
  /** By `namespace/name`. */
  readonly roles: { readonly [place: string]: readonly PolicyRule[] }
  readonly clusterRoleBindings: readonly Binding[]
  readonly roleBindings: readonly Binding[]
  readonly namespaces: readonly SnapshotNamespace[]
  readonly serviceAccounts: readonly SnapshotServiceAccount[]
  readonly pods: readonly SnapshotPod[]
  readonly nodes: readonly SnapshotNode[]
}

/** EKS API Reference, "Cluster". */
export interface ClusterSettings {
  /** Whence the public endpoint is reached; empty when there is none. */
  readonly publicCidrs: readonly string[]
  readonly hasPrivateEndpoint: boolean
  /** Types of control plane logs that are on. */
  readonly logs: readonly string[]
  readonly encryptsSecrets: boolean
  /** Unless it was said at the creation that it is not to be; DescribeCluster seldom tells. */
  readonly creatorIsAdmin: boolean
  readonly createdAt?: number
}

export interface SnapshotAccessEntry {
  readonly principalArn: string
  readonly type: string
  readonly username: string
  readonly groups: readonly string[]
  readonly policies: readonly AccessGrant[]
  readonly createdAt?: number
}

/** An EKS Pod Identity association. */
export interface SnapshotAssociation {
  readonly namespace: string
  readonly serviceAccount: string
  readonly roleArn: string
  readonly id?: string
}

export interface SnapshotNamespace {
  readonly name: string
  /** The Pod Security Standard that admission enforces. Kubernetes documentation, "Pod Security Admission". */
  readonly enforced?: string
}

export interface SnapshotServiceAccount {
  readonly namespace: string
  readonly name: string
  /** The role of the annotation `eks.amazonaws.com/role-arn`. */
  readonly roleArn?: string
  /** Absent: as the default, which is to mount. */
  readonly mountsToken?: boolean
}

export interface SnapshotPod {
  readonly namespace: string
  readonly name: string
  readonly serviceAccount: string
  readonly node?: string
  readonly hostNetwork: boolean
  /** Addresses of instance metadata that network policies keep it from, where the network plugin enforces them. */
  readonly keptFrom?: readonly string[]
  /** Absent: as its service account says. */
  readonly mountsToken?: boolean
}

export interface SnapshotNode {
  readonly name: string
  /** Of its EC2 instance. */
  readonly instanceId?: string
}
