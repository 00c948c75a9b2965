import { assumedRoleArn } from '../../identity/arns.ts'
import { roleOfArn, type ServiceAssumedRole } from '../../identity/assumable-role.ts'
import type { RoleSessionPrincipal } from '../../identity/principal.ts'
import { packedPolicySize, packedSizeProblem } from '../../identity/sessions.ts'
import type { RequestContext } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { PodIdentityAssociationsTable } from '../../store/tables/pod-identity.ts'
import type { AccessContext } from '../operation.ts'
import { podsService } from '../../types/pods-service.ts'
import type { PodTokenIdentity } from './pod-token.ts'
import { eksAuth } from './service.ts'

/** Who asks for which role: a pod, by its service account's association. */
export interface PodRoleRequest {
  readonly cluster: ClustersTable
  readonly association: PodIdentityAssociationsTable
  readonly identity: PodTokenIdentity
  readonly sessionName: string
}

/** A role that EKS took on: for the record, and for the session. */
export interface AssumedRole {
  readonly role: ServiceAssumedRole
  readonly durationSeconds: number
  readonly tags: { readonly [key: string]: string }
  readonly policy?: string
  readonly externalId?: string
  /** The session that assumed it; absent when EKS itself did. */
  readonly by?: RoleSessionPrincipal
}

/** "the cached credentials last for 6 hours", and with a target role, as role chaining allows, one. EKS User Guide, "Access AWS Resources using EKS Pod Identity Target IAM Roles". */
const sessionSeconds = 21_600
const chainedSeconds = 3_600

/**
 * Assumes the role of an association, and with it the target role if there is one.
 * @returns each assumed role; the pod gets the last
 * @throws  AccessDeniedException when a trust policy or the first role's own policies do not allow it
 */
export async function assumePodRoles(request: PodRoleRequest, context: AccessContext): Promise<readonly AssumedRole[]> {
  const { association, cluster, identity } = request
  const tags = association.disableSessionTags === 1 ? {} : sessionTags(cluster, identity)
  const policy = association.policy ?? undefined
  checkPackedSize(policy, tags)
  const { targetRoleArn } = association
  const first = await assumeAsService(association.roleArn, request, tags, context)
  const longest = context.world.settings.serviceSessionSeconds ?? sessionSeconds
  const durationSeconds = Math.min(targetRoleArn === null ? sessionSeconds : chainedSeconds, longest)
  const assumed = { role: first, durationSeconds, tags }
  if (targetRoleArn === null) return [{ ...assumed, ...(policy !== undefined && { policy }) }]
  const by = sessionOf(first, request.sessionName, tags, context.now)
  const externalId = [cluster.region, cluster.account, cluster.name, association.namespace, association.serviceAccount].join('/')
  const role = await assumeAsRole(targetRoleArn, by, request, { tags, externalId }, context)
  return [assumed, { role, durationSeconds, tags, externalId, by, ...(policy !== undefined && { policy }) }]
}

/** EKS User Guide, "Grant Pods access to AWS resources based on tags", "List of session tags added by EKS Pod Identity". All are transitive. */
const sessionTags = ({ arn, name }: ClustersTable, { namespace, serviceAccount, pod }: PodTokenIdentity) => ({
  'eks-cluster-arn': arn,
  'eks-cluster-name': name,
  'kubernetes-namespace': namespace,
  'kubernetes-service-account': serviceAccount.name,
  'kubernetes-pod-name': pod.name,
  'kubernetes-pod-uid': pod.uid,
})

function checkPackedSize(policy: string | undefined, tags: { readonly [key: string]: string }): void {
  const size = packedPolicySize(policy, [], tags)
  if (size !== undefined && size > 100)
    throw new eksAuth.InvalidRequestException(`PackedPolicyTooLarge: ${packedSizeProblem(size, policy !== undefined)}`)
}

const denied = () =>
  new eksAuth.AccessDeniedException('Unauthorized Exception! EKS does not have permissions to assume the associated role.')

/** EKS assumes the association's role as itself: the trust policy alone decides. */
async function assumeAsService(
  arn: string,
  { cluster, sessionName }: PodRoleRequest,
  tags: { readonly [key: string]: string },
  { tx, world, now, region, principal }: AccessContext,
): Promise<ServiceAssumedRole> {
  const role = await requireRole(tx, arn)
  const keys: RequestContext = {
    ...tagKeys(tags),
    'aws:SourceArn': cluster.arn,
    'aws:SourceAccount': cluster.account,
    'aws:RequestedRegion': region,
    'aws:CurrentTime': new Date(now),
    'aws:EpochTime': Math.floor(now / 1000),
    'aws:SecureTransport': true,
    'aws:ViaAWSService': false,
    'sts:RoleSessionName': sessionName,
  }
  for (const action of actionsFor(tags)) {
    const { effect } = await world.authorizer.authorize(principal, {
      action,
      resource: arn,
      context: keys,
      resourcePolicy: role.trustPolicy,
      resourceMustAllow: true,
      principal: { type: 'service', service: podsService },
    })
    if (effect !== 'allowed') throw denied()
  }
  return role
}

/** The association's role assumes the target role: both sides decide, as in any chain of roles. */
async function assumeAsRole(
  arn: string,
  by: RoleSessionPrincipal,
  { sessionName }: PodRoleRequest,
  { tags, externalId }: { readonly tags: { readonly [key: string]: string }; readonly externalId: string },
  { tx, world, now, region }: AccessContext,
): Promise<ServiceAssumedRole> {
  const role = await requireRole(tx, arn)
  const keys: RequestContext = {
    ...tagKeys(tags),
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
    'aws:RequestedRegion': region,
    'aws:CurrentTime': new Date(now),
    'aws:EpochTime': Math.floor(now / 1000),
    'aws:TokenIssueTime': new Date(by.session.issuedAt),
    'aws:SecureTransport': true,
    'aws:ViaAWSService': false,
    'sts:ExternalId': externalId,
    'sts:RoleSessionName': sessionName,
  }
  for (const action of actionsFor(tags)) {
    const question = { action, resource: arn, context: keys, resourcePolicy: role.trustPolicy, resourceMustAllow: true }
    if ((await world.authorizer.authorize(by, question)).effect !== 'allowed') throw denied()
  }
  return role
}

async function requireRole(tx: Transaction, arn: string): Promise<ServiceAssumedRole> {
  const role = await roleOfArn(tx, arn)
  if (!role) throw denied()
  return role
}

const actionsFor = (tags: object) => (Object.keys(tags).length > 0 ? ['sts:AssumeRole', 'sts:TagSession'] : ['sts:AssumeRole'])

function tagKeys(tags: { readonly [key: string]: string }): RequestContext {
  const keys = Object.keys(tags)
  if (keys.length === 0) return {}
  return {
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    'aws:TagKeys': keys,
    'sts:TransitiveTagKeys': keys,
  }
}

/** The session between the two roles; nobody ever holds its credentials. */
function sessionOf(
  { row, arn }: ServiceAssumedRole,
  sessionName: string,
  tags: { readonly [key: string]: string },
  now: number,
): RoleSessionPrincipal {
  return {
    type: 'roleSession',
    account: row.account,
    arn: assumedRoleArn(row.account, row.name, sessionName),
    principalId: `${row.id}:${sessionName}`,
    accessKeyId: '',
    roleArn: arn,
    roleId: row.id,
    roleName: row.name,
    sessionName,
    session: { issuedAt: now, expiresAt: now + chainedSeconds * 1000, tags, transitiveTagKeys: Object.keys(tags) },
  }
}
