import { clusterAdminPolicyArn } from '../../catalogue/access-policies.ts'
import { withoutPath } from '../../cluster-access/aws-auth.ts'
import { administers } from '../graph/administrators.ts'
import { podNode } from '../graph/cluster-nodes.ts'
import type { ClusterView } from '../graph/cluster-view.ts'
import type { Estate } from '../graph/estate.ts'
import type { SnapshotCluster } from '../graph/snapshot.ts'
import { type Check, type Found, ofClusterSettings, ofClusters } from './check.ts'
import { cis, eksGuide } from './references.ts'

const masters = 'system:masters'

/** Mappings of aws-auth, where it counts. */
const mappings = ({ awsAuth }: ClusterView) => [...(awsAuth?.roles ?? []), ...(awsAuth?.users ?? [])]

/** Whether a principal of an account that was read is there no more; aws-auth names roles without path, in any case. */
function isGone({ members, accounts }: Estate, arn: string): boolean {
  const account = arn.split(':')[4] ?? ''
  if (!accounts.has(account) || !/:(role|user)\//.test(arn)) return false
  return ![...members.keys()].some(known => [known, withoutPath(known)].some(name => name.toLowerCase() === arn.toLowerCase()))
}

const isAdministrator = (estate: Estate, arn: string): boolean => {
  const member = estate.members.get(arn)
  return member !== undefined && administers(estate, member) !== undefined
}

const administratorEntries = ({ accessEntries }: SnapshotCluster) =>
  accessEntries.filter(({ policies }) =>
    policies.some(({ policyArn, scope }) => policyArn === clusterAdminPolicyArn && scope === 'cluster'),
  )

/** EKS makes the creator's access entry with the cluster, and does not say which it is. */
const isAsOld = (entry: number | undefined, made: number | undefined): boolean =>
  entry === undefined || made === undefined || Math.abs(entry - made) < 60_000

/** The creator is let in by an access entry that can be deleted; with aws-auth alone by one that nobody sees until the API is turned on. */
function creatorsOf(cluster: SnapshotCluster): Found[] {
  const { arn, name, settings, authenticationMode } = cluster
  const entries = administratorEntries(cluster).filter(entry => isAsOld(entry.createdAt, settings?.createdAt))
  const isHidden = authenticationMode === 'CONFIG_MAP'
  if (!settings?.creatorIsAdmin || (entries.length === 0 && !isHidden)) return []
  const [only, ...others] = entries
  return [
    {
      subject: arn,
      evidence: isHidden
        ? 'aws-auth alone lets others in'
        : `${entries.map(({ principalArn }) => principalArn).join(', ')}: as old as the cluster`,
      values: { cluster: name, principal: only && others.length === 0 ? only.principalArn : 'CREATOR' },
      ...(isHidden && { mend: `aws eks update-cluster-config --name ${name} --access-config authenticationMode=API_AND_CONFIG_MAP` }),
    },
  ]
}

const logMend = (type: string) =>
  `aws eks update-cluster-config --name {cluster} --logging '{"clusterLogging":[{"types":["${type}"],"enabled":true}]}'`

/** Checks of who is let into clusters, and what their workloads get of AWS. */
export const clusterChecks: readonly Check[] = [
  {
    id: 'eks-config-map-mode',
    title: 'The cluster authenticates by the ConfigMap aws-auth alone',
    severity: 'medium',
    reference: `${eksGuide}, "Cluster Access Manager"`,
    mend: 'aws eks update-cluster-config --name {cluster} --access-config authenticationMode=API_AND_CONFIG_MAP',
    find: ofClusters(({ arn, authenticationMode: mode }) =>
      mode === 'CONFIG_MAP' ? [{ subject: arn, evidence: `authenticationMode is ${mode}` }] : [],
    ),
  },
  {
    id: 'eks-public-endpoint',
    title: 'The public endpoint is open to every address',
    severity: 'high',
    reference: `${eksGuide}, "Make the EKS Cluster Endpoint private"; ${cis('5.4.1')}`,
    mend: 'aws eks update-cluster-config --name {cluster} --resources-vpc-config endpointPublicAccess=true,publicAccessCidrs=CIDR,endpointPrivateAccess=true',
    find: ofClusterSettings(({ publicCidrs }) =>
      publicCidrs.some(cidr => cidr === '0.0.0.0/0' || cidr === '::/0') ? `publicAccessCidrs are ${publicCidrs.join(', ')}` : undefined,
    ),
  },
  {
    id: 'eks-no-private-endpoint',
    title: 'The cluster has no private endpoint',
    severity: 'low',
    reference: `${eksGuide}, "Make the EKS Cluster Endpoint private"; ${cis('5.4.2')}`,
    mend: 'aws eks update-cluster-config --name {cluster} --resources-vpc-config endpointPrivateAccess=true',
    find: ofClusterSettings(({ hasPrivateEndpoint }) => (hasPrivateEndpoint ? undefined : 'endpointPrivateAccess is false')),
  },
  {
    id: 'eks-audit-log-off',
    title: 'The audit log of the control plane is off',
    severity: 'high',
    reference: `EKS Best Practices Guide, "Auditing and logging", "Enable audit logs"; ${cis('2.1.1')}`,
    mend: logMend('audit'),
    find: ofClusterSettings(({ logs }) => (logs.includes('audit') ? undefined : `on are: ${logs.join(', ') || 'none'}`)),
  },
  {
    id: 'eks-authenticator-log-off',
    title: 'The authenticator log of the control plane is off',
    severity: 'medium',
    reference: 'EKS Best Practices Guide, "Auditing and logging", "Enable audit logs"',
    mend: logMend('authenticator'),
    find: ofClusterSettings(({ logs }) => (logs.includes('authenticator') ? undefined : `on are: ${logs.join(', ') || 'none'}`)),
  },
  {
    id: 'eks-secrets-unencrypted',
    title: 'Secrets are not encrypted with a key of the account',
    severity: 'medium',
    reference: `EKS Best Practices Guide, "Data encryption and secrets management"; ${cis('5.3.1')}`,
    mend: `aws eks associate-encryption-config --cluster-name {cluster} --encryption-config '[{"resources":["secrets"],"provider":{"keyArn":"KEY"}}]'`,
    find: ofClusterSettings(({ encryptsSecrets }) => (encryptsSecrets ? undefined : 'encryptionConfig does not name secrets')),
  },
  {
    id: 'eks-creator-admin',
    title: 'Whoever made the cluster became its administrator',
    severity: 'low',
    reference: `${eksGuide}, "Remove the cluster-admin permissions from the cluster creator principal"`,
    mend: 'aws eks delete-access-entry --cluster-name {cluster} --principal-arn {principal}',
    find: ({ views }) => (views.some(({ cluster }) => !cluster.settings) ? undefined : views.flatMap(({ cluster }) => creatorsOf(cluster))),
  },
  {
    id: 'eks-aws-auth-gone',
    title: 'aws-auth maps a principal that is gone: who makes one of that name is let in',
    severity: 'high',
    reference: `${eksGuide}, "Regularly audit access to the cluster"`,
    mend: 'eksctl delete iamidentitymapping --cluster {cluster} --arn {principal}',
    find: ofClusters((_, view, { graph: { estate } }) =>
      mappings(view)
        .filter(([arn]) => isGone(estate, arn))
        .map(([arn, { username }]) => ({ subject: arn, evidence: `is mapped to ${username}`, values: { principal: arn } })),
    ),
  },
  {
    id: 'eks-access-entry-gone',
    title: 'An access entry is of a principal that is gone',
    severity: 'low',
    reference: `${eksGuide}, "Regularly audit access to the cluster"`,
    mend: 'aws eks delete-access-entry --cluster-name {cluster} --principal-arn {principal}',
    find: ofClusters(({ accessEntries }, _, { graph: { estate } }) =>
      accessEntries
        .filter(({ principalArn }) => isGone(estate, principalArn))
        .map(({ principalArn, username }) => ({ subject: principalArn, evidence: `is ${username}`, values: { principal: principalArn } })),
    ),
  },
  {
    id: 'eks-cluster-admin-entry',
    title: 'An access entry is of an administrator of the whole cluster',
    severity: 'medium',
    reference: `${eksGuide}, "Employ least privileged access when creating RoleBindings and ClusterRoleBindings"; ${cis('4.1.1')}`,
    mend: `aws eks disassociate-access-policy --cluster-name {cluster} --principal-arn {principal} --policy-arn ${clusterAdminPolicyArn}`,
    find: ofClusters(cluster => {
      const administrators = administratorEntries(cluster)
      return administrators.map(({ principalArn }, i) => ({
        subject: principalArn,
        evidence: `AmazonEKSClusterAdminPolicy, number ${i + 1} of ${administrators.length}`,
        values: { principal: principalArn },
      }))
    }),
  },
  {
    id: 'eks-masters-mapping',
    title: 'aws-auth maps a principal to system:masters, which no RBAC limits',
    severity: 'high',
    reference: 'Kubernetes documentation, "Role Based Access Control Good Practices", "Least privilege"',
    mend: 'eksctl delete iamidentitymapping --cluster {cluster} --arn {principal}',
    find: ofClusters((_, view) =>
      mappings(view)
        .filter(([, { groups }]) => groups.includes(masters))
        .map(([arn, { username }]) => ({ subject: arn, evidence: `is ${username} in ${masters}`, values: { principal: arn } })),
    ),
  },
  {
    id: 'eks-account-mapping',
    title: 'aws-auth lets every principal of an account in',
    severity: 'medium',
    reference: `${eksGuide}, "Employ least privileged access when creating RoleBindings and ClusterRoleBindings"`,
    mend: 'eksctl delete iamidentitymapping --cluster {cluster} --account {account}',
    find: ofClusters((_, { awsAuth }) =>
      [...(awsAuth?.accounts ?? [])].map(account => ({ subject: account, evidence: 'mapAccounts names it', values: { account } })),
    ),
  },
  {
    id: 'irsa-admin',
    title: 'A service account has an administrator role of the account by IRSA',
    severity: 'critical',
    reference: `${eksGuide}, "Grant least privileged access to applications"`,
    mend: 'kubectl annotate serviceaccount {name} -n {namespace} eks.amazonaws.com/role-arn-',
    find: ofClusters(({ serviceAccounts }, _, { graph: { estate } }) =>
      serviceAccounts
        .filter(({ roleArn }) => roleArn !== undefined && isAdministrator(estate, roleArn))
        .map(({ namespace, name, roleArn }) => ({
          subject: `${namespace}/${name}`,
          evidence: `asks for ${roleArn}`,
          values: { namespace, name },
        })),
    ),
  },
  {
    id: 'pod-identity-admin',
    title: 'A service account has an administrator role of the account by EKS Pod Identity',
    severity: 'critical',
    reference: `${eksGuide}, "Grant least privileged access to applications"`,
    mend: 'aws eks delete-pod-identity-association --cluster-name {cluster} --association-id {association}',
    find: ofClusters(({ associations }, _, { graph: { estate } }) =>
      associations
        .filter(({ roleArn }) => isAdministrator(estate, roleArn))
        .map(({ namespace, serviceAccount: name, roleArn, id = 'ID' }) => ({
          subject: `${namespace}/${name}`,
          evidence: `is associated with ${roleArn}`,
          values: { association: id },
        })),
    ),
  },
  {
    id: 'node-role-in-pods',
    title: "A pod reaches its node's role by the instance's metadata",
    severity: 'medium',
    reference: `${eksGuide}, "Restrict access to the instance profile assigned to the worker node"`,
    mend: 'aws ec2 modify-instance-metadata-options --instance-id {instance} --http-tokens required --http-put-response-hop-limit 1',
    find: ofClusters(({ pods, nodes }, { label }, { graph }) =>
      pods.flatMap(({ namespace, name, node }): Found[] =>
        graph
          .linksOf(podNode(label, namespace, name))
          .filter(({ how }) => how === 'imds')
          .map(({ to, assuming }) => ({
            subject: `${namespace}/${name}`,
            evidence: `gets ${to.ids.join(', ')}${assuming === undefined ? '' : `, if ${assuming}`}`,
            values: { instance: nodes.find(each => each.name === node)?.instanceId ?? 'INSTANCE' },
          })),
      ),
    ),
  },
]
