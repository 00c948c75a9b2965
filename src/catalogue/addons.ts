import { corednsSchema, type JsonSchema, vpcCniSchema } from './addon-schemas.ts'
import { minorOf } from './kubernetes-versions.ts'

/** A version of an add-on, with the Kubernetes versions that it is for. */
export interface AddonVersion {
  /** Such as `v1.12.3-eksbuild.1`. */
  readonly version: string
  readonly kubernetesVersions: readonly string[]
  /** Those that get this version unless another is asked for. */
  readonly defaultFor: readonly string[]
}

/** Software that EKS installs and keeps in clusters. */
export interface CatalogueAddon {
  readonly name: string
  readonly type: string
  readonly publisher: string
  readonly owner: string
  readonly namespace: string
  readonly computeTypes: readonly string[]
  /** Newest first. */
  readonly versions: readonly AddonVersion[]
  /** Of configuration values; without, any object is taken. */
  readonly configurationSchema?: JsonSchema
  /** The service account that calls AWS, and the managed policies that EKS recommends for its role. */
  readonly podIdentity?: { readonly serviceAccount: string; readonly policies: readonly string[] }
}

const all = ['1.28', '1.29', '1.30', '1.31', '1.32', '1.33', '1.34', '1.35']
const since = (first: string) => all.filter(version => minorOf(version) >= minorOf(first))

/** One version a Kubernetes version, as the guide's tables of latest versions have it. */
const latest = (table: { readonly [kubernetesVersion: string]: string }): AddonVersion[] =>
  [...new Set(Object.values(table))].toReversed().map(version => {
    const kubernetesVersions = Object.keys(table).filter(key => table[key] === version)
    return { version, kubernetesVersions, defaultFor: kubernetesVersions }
  })

/**
 * Versions of the VPC CNI plugin for Kubernetes 1.26, whose clusters come with `--old-versions true`, and the one that such clusters get. AWS CLI Command Reference,
 * "describe-addon-versions", 3, and "create-addon", 1.
 */
const vpcCniOf126 = (
  'v1.18.0-1 v1.17.1-1 v1.16.4-2 v1.16.3-2 v1.16.2-1 v1.16.0-1 v1.15.5-1 v1.15.4-1 v1.15.3-1 v1.15.1-1 v1.15.0-2 ' +
  'v1.14.1-1 v1.14.0-3 v1.13.4-1 v1.13.3-1 v1.13.2-1 v1.13.0-1 v1.12.6-2 v1.12.6-1 v1.12.5-2 v1.12.0-2'
)
  .split(' ')
  .map(text => text.replace('-', '-eksbuild.'))
  .map(version => ({ version, kubernetesVersions: ['1.26'], defaultFor: version === 'v1.15.1-eksbuild.1' ? ['1.26'] : [] }))

/** One version for all Kubernetes versions since one. */
const single = (version: string, first = '1.28'): AddonVersion[] => [
  { version, kubernetesVersions: since(first), defaultFor: since(first) },
]

const managedPolicy = (name: string) => `arn:aws:iam::aws:policy/${name}`
const byEks = { publisher: 'eks', owner: 'aws' }
const byCommunity = { publisher: 'eks', owner: 'community' }
const ec2 = ['ec2']
const everywhere = ['ec2', 'fargate', 'hybrid', 'auto']

/**
 * Add-ons of AWS and of the community, with the versions that the EKS User Guide names: "Manage CoreDNS", "Manage kube-proxy" and "Amazon VPC CNI"
 * in their editions of September and November 2025, "AWS add-ons", "Community add-ons", "Retrieve IAM information about an Amazon EKS add-on",
 * "Set up the Amazon EKS Pod Identity Agent" and "Required add-on versions". EKS itself has many more versions; the tables end before Kubernetes 1.35, whose clusters get what the last
 * Kubernetes version in them has, and kube-proxy none.
 */
export const addons: readonly CatalogueAddon[] = [
  {
    name: 'adot',
    type: 'observability',
    ...byEks,
    namespace: 'opentelemetry-operator-system',
    computeTypes: everywhere,
    versions: single('v0.94.1-eksbuild.1'),
  },
  {
    name: 'aws-ebs-csi-driver',
    type: 'storage',
    ...byEks,
    namespace: 'kube-system',
    computeTypes: ec2,
    versions: [{ version: 'v1.37.0-eksbuild.1', kubernetesVersions: all, defaultFor: [] }, ...single('v1.31.0-eksbuild.1')],
    podIdentity: { serviceAccount: 'ebs-csi-controller-sa', policies: [managedPolicy('service-role/AmazonEBSCSIDriverPolicy')] },
  },
  {
    name: 'aws-efs-csi-driver',
    type: 'storage',
    ...byEks,
    namespace: 'kube-system',
    computeTypes: ['ec2', 'auto'],
    versions: single('v2.0.5-eksbuild.1'),
    podIdentity: { serviceAccount: 'efs-csi-controller-sa', policies: [managedPolicy('service-role/AmazonEFSCSIDriverPolicy')] },
  },
  {
    name: 'coredns',
    type: 'networking',
    ...byEks,
    namespace: 'kube-system',
    computeTypes: everywhere,
    versions: latest({
      '1.28': 'v1.10.1-eksbuild.38',
      '1.29': 'v1.11.4-eksbuild.22',
      '1.30': 'v1.11.4-eksbuild.22',
      '1.31': 'v1.11.4-eksbuild.22',
      '1.32': 'v1.11.4-eksbuild.22',
      '1.33': 'v1.12.3-eksbuild.1',
      '1.34': 'v1.12.3-eksbuild.1',
      '1.35': 'v1.12.3-eksbuild.1',
    }),
    configurationSchema: corednsSchema,
  },
  {
    name: 'eks-pod-identity-agent',
    type: 'security',
    ...byEks,
    namespace: 'kube-system',
    computeTypes: ['ec2', 'hybrid'],
    versions: [
      { version: 'v1.3.4-eksbuild.1', kubernetesVersions: all, defaultFor: all },
      { version: 'v1.0.0-eksbuild.1', kubernetesVersions: all, defaultFor: [] },
    ],
  },
  {
    name: 'kube-proxy',
    type: 'networking',
    ...byEks,
    namespace: 'kube-system',
    computeTypes: ['ec2', 'hybrid'],
    versions: latest({
      '1.28': 'v1.28.15-eksbuild.31',
      '1.29': 'v1.29.15-eksbuild.16',
      '1.30': 'v1.30.14-eksbuild.8',
      '1.31': 'v1.31.13-eksbuild.2',
      '1.32': 'v1.32.9-eksbuild.2',
      '1.33': 'v1.33.5-eksbuild.2',
      '1.34': 'v1.34.1-eksbuild.2',
    }),
  },
  {
    name: 'kube-state-metrics',
    type: 'observability',
    ...byCommunity,
    namespace: 'kube-state-metrics',
    computeTypes: everywhere,
    versions: single('v2.14.0-eksbuild.1'),
  },
  {
    name: 'snapshot-controller',
    type: 'storage',
    ...byEks,
    namespace: 'kube-system',
    computeTypes: everywhere,
    versions: single('v8.1.0-eksbuild.2'),
  },
  {
    name: 'vpc-cni',
    type: 'networking',
    ...byEks,
    namespace: 'kube-system',
    computeTypes: ec2,
    versions: [
      { version: 'v1.20.1-eksbuild.3', kubernetesVersions: all, defaultFor: all },
      { version: 'v1.19.0-eksbuild.1', kubernetesVersions: ['1.28', '1.29', '1.30', '1.31'], defaultFor: [] },
      ...vpcCniOf126,
    ],
    configurationSchema: vpcCniSchema,
    podIdentity: { serviceAccount: 'aws-node', policies: [managedPolicy('AmazonEKS_CNI_Policy')] },
  },
]

/** The version of an add-on that clusters of a Kubernetes version get unless they ask for another. */
export const defaultVersionOf = ({ versions }: CatalogueAddon, kubernetesVersion: string): string | undefined =>
  versions.find(({ defaultFor }) => defaultFor.includes(kubernetesVersion))?.version
