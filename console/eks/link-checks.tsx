import Box from '@cloudscape-design/components/box'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useQuery } from '@tanstack/react-query'
import { trustFinding } from '../../src/analysis/irsa-trust.ts'
import { podsService, refusedToPods } from '../../src/analysis/pod-identity-trust.ts'
import type { Cluster } from '../../src/wire/models/eks.ts'
import { isNotFound } from '../api/api-error.ts'
import { call } from '../api/call.ts'
import { send } from '../api/send.ts'
import { readableDocument } from '../iam/policy-document.ts'
import { ErrorBox } from '../parts/error-box.tsx'
import type { ServiceAccountRow } from './service-account-row.ts'

interface LinkCheck {
  readonly link: string
  readonly state: 'success' | 'warning' | 'error'
  readonly detail: string
}

interface LinkChecksProps {
  readonly cluster: Cluster
  readonly serviceAccount: ServiceAccountRow
  readonly onClose: () => void
}

/** Each link between a service account and its role: issuer, provider and audience or association, role, trust policy. The trust policy is decided by the policy engine itself. */
export function LinkChecks({ cluster, serviceAccount, onClose }: LinkChecksProps) {
  const { namespace, name, roleArn } = serviceAccount
  const checks = useQuery({
    queryKey: ['iam', 'irsa-check', cluster.arn, namespace, name, roleArn],
    queryFn: () => checkLinks(cluster, serviceAccount),
    staleTime: 0,
  })
  return (
    <Modal visible size="large" onDismiss={onClose} header={`${namespace}/${name} to ${roleArn}`}>
      <SpaceBetween size="s">
        {checks.isPending && <Spinner />}
        <ErrorBox problem={checks.error} />
        {checks.data?.map(({ link, state, detail }) => (
          <div key={link}>
            <StatusIndicator type={state}>{link}</StatusIndicator>
            <Box variant="small" display="block" padding={{ left: 'l' }}>
              {detail}
            </Box>
          </div>
        ))}
      </SpaceBetween>
    </Modal>
  )
}

const checkLinks = (cluster: Cluster, serviceAccount: ServiceAccountRow): Promise<LinkCheck[]> =>
  serviceAccount.associationId === undefined
    ? checkWebIdentity(cluster, serviceAccount)
    : checkAssociation(cluster, serviceAccount, serviceAccount.associationId)

/** EKS User Guide, "Assign IAM roles to Kubernetes service accounts". */
async function checkWebIdentity(cluster: Cluster, { namespace, name, roleArn, audience }: ServiceAccountRow): Promise<LinkCheck[]> {
  const issuer = cluster.identity?.oidc?.issuer
  if (!issuer) return [{ link: 'Issuer', state: 'error', detail: 'The cluster has no OpenID Connect issuer.' }]
  const account = roleArn.split(':')[4] ?? ''
  const providerArn = `arn:aws:iam::${account}:oidc-provider/${issuer.replace('https://', '')}`
  return [
    { link: 'Issuer', state: 'success', detail: issuer },
    ...(await checkProvider(providerArn, audience)),
    ...(await checkRole(roleArn, trust => {
      const subject = `system:serviceaccount:${namespace}:${name}`
      const { problem, warning } = trustFinding(trust, { providerArn, issuer, account, subject }, roleArn, audience)
      return {
        state: problem ? 'error' : warning ? 'warning' : 'success',
        detail: problem ?? warning ?? `It lets ${subject} in, and says which service accounts it lets in.`,
      }
    })),
  ]
}

/** EKS User Guide, "Understand how EKS Pod Identity works". */
async function checkAssociation(
  cluster: Cluster,
  { namespace, name, roleArn }: ServiceAccountRow,
  associationId: string,
): Promise<LinkCheck[]> {
  const clusterName = cluster.name ?? ''
  const { association } = await send(call('eks', 'DescribePodIdentityAssociation', { clusterName, associationId }))
  const { targetRoleArn } = association ?? {}
  const pods = { account: cluster.arn?.split(':')[4] ?? '', cluster: clusterName, namespace, serviceAccount: name }
  return [
    { link: 'Association', state: 'success', detail: `${associationId} gives ${roleArn} to ${namespace}/${name}` },
    ...(await checkRole(roleArn, trust => {
      const refused = refusedToPods(trust, roleArn, pods)
      return refused.length > 0
        ? { state: 'error', detail: `It does not let ${podsService} do ${refused.join(' and ')}.` }
        : { state: 'success', detail: `It lets ${podsService} assume the role for the service account, and tag the session.` }
    })),
    ...(targetRoleArn
      ? [
          {
            link: 'Target role',
            state: 'warning' as const,
            detail: `${roleArn} has to be allowed to assume ${targetRoleArn}: ask the policy simulator.`,
          },
        ]
      : []),
  ]
}

async function checkProvider(providerArn: string, audience: string): Promise<LinkCheck[]> {
  try {
    const { ClientIDList = [] } = await send(call('iam', 'GetOpenIDConnectProvider', { OpenIDConnectProviderArn: providerArn }))
    const known = ClientIDList.includes(audience)
    return [
      { link: 'Identity provider', state: 'success', detail: providerArn },
      known
        ? { link: 'Audience', state: 'success', detail: audience }
        : {
            link: 'Audience',
            state: 'error',
            detail: `The provider does not take tokens for ${audience}, only for ${ClientIDList.join(', ') || 'nobody'}.`,
          },
    ]
  } catch (problem) {
    if (!isNotFound(problem)) throw problem
    return [{ link: 'Identity provider', state: 'error', detail: `IAM does not know the issuer: add ${providerArn}.` }]
  }
}

/** The role, and what its trust policy makes of who wants it. */
async function checkRole(roleArn: string, judge: (trust: string) => Omit<LinkCheck, 'link'>): Promise<LinkCheck[]> {
  try {
    const { Role } = await send(call('iam', 'GetRole', { RoleName: roleArn.replace(/^.*\//, '') }))
    return [
      { link: 'Role', state: 'success', detail: roleArn },
      { link: 'Trust policy', ...judge(readableDocument(Role.AssumeRolePolicyDocument)) },
    ]
  } catch (problem) {
    if (!isNotFound(problem)) throw problem
    return [{ link: 'Role', state: 'error', detail: `${roleArn} does not exist.` }]
  }
}
