import { addons as catalogue } from '../../catalogue/addons.ts'
import { kubernetesVersions, minorOf } from '../../catalogue/kubernetes-versions.ts'
import { parseAwsAuth } from '../../cluster-access/aws-auth.ts'
import { roleOfArn } from '../../identity/assumable-role.ts'
import type { Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { InsightCategorySpecificSummary, InsightResourceDetail } from '../../wire/models/eks.ts'
import { principalIdOf } from './access-entries.ts'
import { addonRecords } from './addons.ts'
import { accessEntryArn } from './arns.ts'
import type { Asked } from './ask-cluster.ts'
import { clusterIssues } from './cluster-health.ts'
import { nodegroupRecords } from './nodegroups.ts'
import { associationRoles } from './pod-identity-associations.ts'

/** What a check looks at. */
export interface Checked extends Asked {
  readonly tx: Transaction
  readonly cluster: ClustersTable
}

export interface Outcome {
  readonly status: 'PASSING' | 'WARNING' | 'ERROR' | 'UNKNOWN'
  readonly reason: string
  readonly resources?: readonly InsightResourceDetail[]
  readonly summary?: InsightCategorySpecificSummary
}

/** A check of a cluster. EKS API Reference, "Insight". */
export interface InsightCheck {
  readonly key: string
  readonly name: string
  readonly category: 'UPGRADE_READINESS' | 'MISCONFIGURATION'
  readonly description: string
  readonly recommendation: string
  readonly additionalInfo: { readonly [title: string]: string }
  check(what: Checked): Promise<Outcome>
}

const guide = (page: string) => `https://docs.aws.amazon.com/eks/latest/userguide/${page}.html`
const skewPolicy = 'https://kubernetes.io/releases/version-skew-policy/'

/** The version that a cluster would be updated to. */
export const nextVersion = ({ version }: ClustersTable): string => `1.${minorOf(version) + 1}`

const passing = (reason: string): Outcome => ({ status: 'PASSING', reason })

/** Found things by ARN or URI, each with why it was found. */
function found(
  status: 'WARNING' | 'ERROR',
  reason: string,
  resources: readonly (Omit<InsightResourceDetail, 'insightStatus'> & { readonly why: string })[],
): Outcome {
  return { status, reason, resources: resources.map(({ why, ...resource }) => ({ ...resource, insightStatus: { status, reason: why } })) }
}

/** Nodes, and kube-proxy on them, may be three minor versions older than the API server. Kubernetes documentation, "Version Skew Policy". */
const mostSkew = 3

/**
 * The checks. Those of upgrade readiness are EKS's, as far as Gatehouse knows what they look at; those of misconfiguration are of identity, and our own.
 * EKS User Guide, "Prepare for Kubernetes version upgrades and troubleshoot misconfigurations with cluster insights".
 */
export const insightChecks: readonly InsightCheck[] = [
  {
    key: 'addonCompatibility',
    name: 'EKS add-on version compatibility',
    category: 'UPGRADE_READINESS',
    description: 'Checks version of installed EKS add-ons to ensure they are compatible with the next version of Kubernetes. ',
    recommendation: 'Upgrade EKS add-ons to versions that are compatible with the next version of Kubernetes.',
    additionalInfo: { 'Update an Amazon EKS add-on': guide('updating-an-add-on') },
    async check({ tx, cluster }) {
      const next = nextVersion(cluster)
      if (!kubernetesVersions.some(({ version }) => version === next))
        return { status: 'UNKNOWN', reason: `Kubernetes version ${next} is not known.` }
      const compatible = (name: string) =>
        (catalogue.find(addon => addon.name === name)?.versions ?? []).filter(({ kubernetesVersions: all }) => all.includes(next))
      const behind = (await addonRecords.list(tx, cluster.id)).filter(
        ({ name, details }) => !compatible(name).some(({ version }) => version === details.addonVersion),
      )
      if (behind.length === 0) return passing('All installed EKS add-on versions are compatible with next Kubernetes version.')
      return {
        ...found(
          'ERROR',
          'Installed EKS add-on versions are not compatible with next Kubernetes version.',
          behind.map(({ arn, details }) => ({ arn, why: `Version ${details.addonVersion} is not compatible with Kubernetes ${next}.` })),
        ),
        summary: {
          addonCompatibilityDetails: behind.map(({ name }) => ({
            name,
            compatibleVersions: compatible(name).map(({ version }) => version),
          })),
        },
      }
    },
  },
  {
    key: 'kubeletSkew',
    name: 'Kubelet version skew',
    category: 'UPGRADE_READINESS',
    description:
      'Checks for kubelet versions of worker nodes in the cluster to see if upgrade would cause noncompliance with supported Kubernetes kubelet version skew policy.',
    recommendation: 'Upgrade your worker nodes to match the Kubernetes version of your cluster control plane.',
    additionalInfo: {
      'Kubelet version skew policy': `${skewPolicy}#kubelet`,
      'Updating a managed node group': guide('update-managed-node-group'),
    },
    async check({ tx, cluster }) {
      const groups = await nodegroupRecords.list(tx, cluster.id)
      if (groups.length === 0) return { status: 'UNKNOWN', reason: 'Unable to determine status of node kubelet versions.' }
      const skewed = groups.filter(({ details }) => details.version !== cluster.version)
      if (skewed.length === 0) return passing('Node kubelet versions match the cluster control plane version.')
      const tooOld = skewed.some(({ details }) => minorOf(nextVersion(cluster)) - minorOf(details.version) > mostSkew)
      return found(
        tooOld ? 'ERROR' : 'WARNING',
        'Node kubelet versions do not match the cluster control plane version.',
        skewed.map(({ arn, details }) => ({ arn, why: `The node group's version is ${details.version}.` })),
      )
    },
  },
  {
    key: 'kubeProxySkew',
    name: 'kube-proxy version skew',
    category: 'UPGRADE_READINESS',
    description:
      'Checks version of kube-proxy in cluster to see if upgrade would cause noncompliance with supported Kubernetes kube-proxy version skew policy.',
    recommendation: 'Upgrade kube-proxy to match the Kubernetes version of your cluster control plane.',
    additionalInfo: {
      'kube-proxy version skew policy': `${skewPolicy}#kube-proxy`,
      'Manage kube-proxy in Amazon EKS clusters': guide('managing-kube-proxy'),
    },
    async check({ tx, cluster }) {
      const addon = await addonRecords.find(tx, cluster.id, 'kube-proxy')
      if (!addon) return { status: 'UNKNOWN', reason: 'Unable to determine status of kube-proxy versions.' }
      const { addonVersion } = addon.details
      // The versions of this add-on are those of Kubernetes, such as v1.33.3-eksbuild.4.
      const behind = minorOf(cluster.version) - minorOf(addonVersion)
      if (behind === 0) return passing('kube-proxy versions match the cluster control plane version.')
      return found(behind + 1 > mostSkew ? 'ERROR' : 'WARNING', 'kube-proxy versions do not match the cluster control plane version.', [
        { arn: addon.arn, why: `The version of kube-proxy is ${addonVersion}.` },
      ])
    },
  },
  {
    key: 'clusterHealth',
    name: 'Cluster health issues',
    category: 'UPGRADE_READINESS',
    description: 'Checks for any cluster health issues that prevent successful upgrade to the next Kubernetes version on EKS.',
    recommendation: 'Mend the health issues of the cluster.',
    additionalInfo: { 'Update existing cluster to new Kubernetes version': guide('update-cluster') },
    async check({ tx, cluster }) {
      const issues = await clusterIssues(tx, cluster)
      if (issues.length === 0) return passing('No cluster health issues detected.')
      const why = issues.map(({ message }) => message).join(' ')
      return found('ERROR', 'Cluster health issues detected.', [{ arn: cluster.arn, why }])
    },
  },
  {
    key: 'authenticationMode',
    name: 'Authentication mode',
    category: 'MISCONFIGURATION',
    description: 'Checks whether the aws-auth ConfigMap, which is deprecated, lets principals into the cluster.',
    recommendation: 'Make access entries for what aws-auth maps, and change the authentication mode to API.',
    additionalInfo: { 'Migrating existing aws-auth ConfigMap entries to access entries': guide('migrating-access-entries') },
    async check({ cluster: { authenticationMode, arn } }) {
      if (authenticationMode === 'API') return passing('Access entries alone let principals into the cluster.')
      return found('WARNING', `The authentication mode is ${authenticationMode}.`, [
        { arn, why: 'The cluster reads the aws-auth ConfigMap.' },
      ])
    },
  },
  {
    key: 'danglingAccessEntries',
    name: 'Access entries of deleted principals',
    category: 'MISCONFIGURATION',
    description: 'Checks for access entries whose IAM principal was deleted, or deleted and made anew: they let nobody in.',
    recommendation: 'Delete the access entries, and make new ones for principals that were made anew.',
    additionalInfo: { 'Create access entries': guide('creating-access-entries') },
    async check({ tx, cluster }) {
      const { region, account, name } = cluster
      const entries = await tx.selectFrom('accessEntries').selectAll().where('clusterId', '=', cluster.id).orderBy('principalArn').execute()
      const dangling = []
      for (const { principalArn, principalId, entryId } of entries) {
        const now = await principalIdOf(tx, principalArn)
        if (now === principalId) continue
        const why = `${principalArn} ${now === undefined ? 'does not exist' : 'was deleted and made anew'}.`
        dangling.push({ arn: accessEntryArn(region, account, name, principalArn, entryId), why })
      }
      if (dangling.length === 0) return passing('The principals of all access entries exist.')
      return found('ERROR', 'There are access entries of principals that were deleted.', dangling)
    },
  },
  {
    key: 'danglingAwsAuth',
    name: 'Deleted principals in aws-auth',
    category: 'MISCONFIGURATION',
    description:
      'Checks for roles and users that the aws-auth ConfigMap maps and that do not exist: whoever makes one of that name gets in.',
    recommendation: 'Remove the principals from the aws-auth ConfigMap.',
    additionalInfo: { 'Grant IAM users access to Kubernetes with a ConfigMap': guide('auth-configmap') },
    async check({ tx, cluster, awsAuth }) {
      if (cluster.authenticationMode === 'API') return passing('The cluster does not read the aws-auth ConfigMap.')
      if (!awsAuth) return { status: 'UNKNOWN', reason: 'The cluster could not be asked for its aws-auth ConfigMap.' }
      const { roles, users } = parseAwsAuth(awsAuth)
      const kubernetesResourceUri = '/api/v1/namespaces/kube-system/configmaps/aws-auth'
      const missing = []
      for (const arn of [...roles.keys(), ...users.keys()])
        if (await isMissing(tx, arn)) missing.push({ arn, kubernetesResourceUri, why: `${arn} does not exist.` })
      if (missing.length === 0) return passing('The principals of aws-auth exist.')
      return found('ERROR', 'The aws-auth ConfigMap maps principals that do not exist.', missing)
    },
  },
  {
    key: 'podIdentityRoles',
    name: 'Pod identity associations of deleted roles',
    category: 'MISCONFIGURATION',
    description: 'Checks for EKS Pod Identity associations whose role does not exist: their pods get no credentials.',
    recommendation: 'Delete the associations, or give them a role that exists.',
    additionalInfo: { 'Assign an IAM role to a Kubernetes service account': guide('pod-id-association') },
    async check({ tx, cluster }) {
      const dangling = []
      for (const { arn, roleArn } of await associationRoles(tx, cluster.id))
        if (!(await roleOfArn(tx, roleArn))) dangling.push({ arn, why: `${roleArn} does not exist.` })
      if (dangling.length === 0) return passing('The roles of all associations exist.')
      return found('ERROR', 'There are associations of roles that do not exist.', dangling)
    },
  },
]

/** Whether a role or user, in lower case and without its path as aws-auth has it, is one of an account here and not there. */
async function isMissing(tx: Transaction, arn: string): Promise<boolean> {
  const [, , , , account = '', resource = ''] = arn.split(':')
  const [kind = ''] = resource.split('/')
  if (kind !== 'role' && kind !== 'user') return false
  if (!(await tx.selectFrom('accounts').select('id').where('id', '=', account).executeTakeFirst())) return false
  const table = kind === 'role' ? 'roles' : 'users'
  const nameKey = resource.slice(resource.lastIndexOf('/') + 1)
  const row = await tx.selectFrom(table).select('id').where('account', '=', account).where('nameKey', '=', nameKey).executeTakeFirst()
  return !row
}
