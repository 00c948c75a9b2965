import { assumedRoleArn } from '../../identity/arns.ts'
import { clusterArn, clusterOrThrow } from '../../kubernetes/cluster-of-name.ts'
import type { Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { PodIdentityAssociationsTable } from '../../store/tables/pod-identity.ts'
import type { Random } from '../../types/random.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { AccessContext, HandleContext } from '../operation.ts'
import { recordAssumedRoles } from './assumed-role-records.ts'
import { type AssumedRole, assumePodRoles } from './pod-role.ts'
import { podsService } from '../../types/pods-service.ts'
import { type PodTokenIdentity, verifyPodToken } from './pod-token.ts'
import { eksAuth } from './service.ts'

/**
 * AssumeRoleForPodIdentity: credentials of the role that a pod's service account is associated with, for the token of the pod. The EKS Pod Identity
 * Agent calls it with the node's identity. EKS Auth API Reference, "AssumeRoleForPodIdentity".
 */
export const AssumeRoleForPodIdentity = eksAuth.operation('AssumeRoleForPodIdentity', {
  async access({ clusterName }, context) {
    const resource = clusterArn(context.region, context.account, clusterName)
    const tags = await context.tx
      .selectFrom('tags')
      .select(['key', 'value'])
      .where('ownerKind', '=', 'eks')
      .where('ownerId', '=', resource)
      .execute()
    return { resource, keys: Object.fromEntries(tags.map(({ key, value }) => [`aws:ResourceTag/${key}`, value])) }
  },

  /** Reads and decides; what is wrong is told after the caller is known to be allowed to ask. */
  async prepare({ clusterName, token }, context): Promise<Prepared> {
    try {
      return { exchange: await exchangeOf(clusterName, token, context) }
    } catch (problem) {
      if (!(problem instanceof ServiceError)) throw problem
      return { problem }
    }
  },

  async handle(_input, context, { exchange, problem }) {
    if (!exchange) throw problem
    const { cluster, identity, association, sessionName, assumed } = exchange
    const { role, credentials } = issue(assumed.at(-1) as AssumedRole, sessionName, context)
    recordAssumedRoles(assumed, { sessionName, cluster, credentials }, context)
    return {
      subject: { namespace: identity.namespace, serviceAccount: identity.serviceAccount.name },
      audience: podsService,
      podIdentityAssociation: { associationArn: association.arn, associationId: association.id },
      assumedRoleUser: {
        arn: assumedRoleArn(role.row.account, role.row.name, sessionName),
        assumeRoleId: `${role.row.id}:${sessionName}`,
      },
      credentials: {
        sessionToken: credentials.sessionToken,
        secretAccessKey: credentials.secretAccessKey,
        accessKeyId: credentials.accessKeyId,
        expiration: new Date(credentials.expiresAt),
      },
    }
  },

  trail: ({ clusterName }, output, context) => ({
    // CloudTrail's own words.
    requestParameters: { clusterName, token: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
    responseElements: null,
    resources: [{ ARN: clusterArn(context.region, context.account, clusterName), accountId: context.account, type: 'AWS::EKS::Cluster' }],
    ...(output && {
      additionalEventData: {
        podIdentity: {
          namespace: output.subject.namespace,
          serviceAccount: output.subject.serviceAccount,
          associationArn: output.podIdentityAssociation.associationArn,
          assumedRoleArn: output.assumedRoleUser.arn,
        },
      },
    }),
  }),
})

type Prepared =
  | { readonly exchange: Exchange; readonly problem?: undefined }
  | { readonly exchange?: undefined; readonly problem: ServiceError }

interface Exchange {
  readonly cluster: ClustersTable
  readonly identity: PodTokenIdentity
  readonly association: PodIdentityAssociationsTable
  readonly sessionName: string
  readonly assumed: readonly AssumedRole[]
}

/** From a pod's token to the roles that it leads to. @throws every documented refusal */
async function exchangeOf(clusterName: string, token: string, context: AccessContext): Promise<Exchange> {
  const { tx, now, world } = context
  const cluster = await clusterOrThrow(tx, context, clusterName, eksAuth.ResourceNotFoundException)
  const identity = await verifyPodToken(tx, cluster, token, now)
  if (world.settings.strictTokens && !(await world.clusters.holds(cluster.id, identity)))
    throw new eksAuth.InvalidTokenException('The service account or the pod that the token is bound to no longer exists.')
  const association = await requireAssociation(tx, cluster, identity)
  const sessionName = sessionNameOf(cluster, identity, world.random)
  const assumed = await assumePodRoles({ cluster, association, identity, sessionName }, context)
  return { cluster, identity, association, sessionName, assumed }
}

async function requireAssociation(
  tx: Transaction,
  { id }: ClustersTable,
  { namespace, serviceAccount }: PodTokenIdentity,
): Promise<PodIdentityAssociationsTable> {
  const association = await tx
    .selectFrom('podIdentityAssociations')
    .selectAll()
    .where('clusterId', '=', id)
    .where('namespace', '=', namespace)
    .where('serviceAccount', '=', serviceAccount.name)
    .executeTakeFirst()
  if (!association)
    throw new eksAuth.ResourceNotFoundException(
      `No association found for service account ${serviceAccount.name} in namespace ${namespace}.`,
    )
  return association
}

const shownLetters = 10

/** `eks-clustername-podname-UUID`, both names cut to ten letters: a session name has 64 at most. EKS Auth API Reference, "AssumedRoleUser". */
const sessionNameOf = ({ name }: ClustersTable, { pod }: PodTokenIdentity, random: Random) =>
  `eks-${name.slice(0, shownLetters)}-${pod.name.slice(0, shownLetters)}-${random.uuid()}`

/** Times on the wire are whole seconds: a session must not outlive what its expiration says. */
function issue({ role, durationSeconds, tags, policy, by }: AssumedRole, sessionName: string, { now, world }: HandleContext) {
  const issuedAt = Math.floor(now / 1000) * 1000
  const keys = Object.keys(tags)
  const credentials = world.sessions.issue(
    {
      kind: 'role',
      account: role.row.account,
      ownerId: role.row.id,
      name: sessionName,
      issuedAt,
      expiresAt: issuedAt + durationSeconds * 1000,
      ...(keys.length > 0 && { tags, transitiveTagKeys: keys }),
      ...(policy !== undefined && { policy }),
      ...(by && { chained: true }),
    },
    world.random,
  )
  return { role, credentials }
}
