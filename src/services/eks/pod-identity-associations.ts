import { clusterArn } from '../../kubernetes/cluster-of-name.ts'
import { MalformedPolicyDocument, parsePolicy } from '../../policy/index.ts'
import { recordChange, type Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { PodIdentityAssociationsTable } from '../../store/tables/pod-identity.ts'
import type { Random } from '../../types/random.ts'
import type { CreatePodIdentityAssociationRequest, PodIdentityAssociation } from '../../wire/models/eks.ts'
import type { AccessContext, AccessStatement, HandleContext } from '../operation.ts'
import { clusterAccess, pageByName, taggingAccess } from './access.ts'
import { podIdentityAssociationArn } from './arns.ts'
import { addTags, removeAllTags, requestTagKeys, requireCluster, resourceTagKeys, tagsOf } from './cluster-store.ts'
import { podsService } from '../../types/pods-service.ts'
import { passRole, roleInAccount, trustsService } from './roles.ts'
import { refuseOnOutposts } from './outposts.ts'
import { eks } from './service.ts'

/** CreatePodIdentityAssociation: gives a role to a service account, which need not exist yet. EKS API Reference. */
export const CreatePodIdentityAssociation = eks.operation('CreatePodIdentityAssociation', {
  access: async ({ clusterName, roleArn, tags }, context) => [
    await clusterAccess(context, clusterName, requestTagKeys(tags)),
    passToPods(roleArn, clusterName, context),
    ...taggingAccess(podIdentityAssociationArn(context.region, context.account, clusterName, '*'), tags),
  ],

  async handle(input, context) {
    const cluster = await requireCluster(context.tx, context, input.clusterName)
    const association = await associate(input, cluster, context)
    return { association: await shape(context.tx, cluster, association) }
  },
})

/** What is asked for of an association. */
interface NewAssociation
  extends Pick<
    CreatePodIdentityAssociationRequest,
    'namespace' | 'serviceAccount' | 'roleArn' | 'targetRoleArn' | 'disableSessionTags' | 'policy' | 'clientRequestToken' | 'tags'
  > {
  /** The add-on that makes it. */
  readonly ownerArn?: string
}

/**
 * Makes an association.
 * @throws ResourceInUseException when the service account has one, InvalidParameterException
 */
export async function associate(
  input: NewAssociation,
  cluster: ClustersTable,
  { tx, now, world, principal }: Pick<HandleContext, 'tx' | 'now' | 'world' | 'principal'>,
): Promise<PodIdentityAssociationsTable> {
  refuseOnOutposts(cluster, 'EKS Pod Identity')
  checkNames(input)
  const known = await findFor(tx, cluster, input)
  if (known && isRepeated(known, input)) return known
  if (known) throw new eks.ResourceInUseException(`Association already exists: ${known.id}`, { clusterName: cluster.name })
  const id = newAssociationId(world.random)
  const association: PodIdentityAssociationsTable = {
    id,
    clusterId: cluster.id,
    arn: podIdentityAssociationArn(cluster.region, cluster.account, cluster.name, id),
    namespace: input.namespace,
    serviceAccount: input.serviceAccount,
    roleArn: input.roleArn,
    targetRoleArn: input.targetRoleArn || null,
    disableSessionTags: input.disableSessionTags ? 1 : 0,
    policy: input.policy || null,
    clientRequestToken: input.clientRequestToken ?? null,
    ownerArn: input.ownerArn ?? null,
    createdAt: now,
    modifiedAt: now,
  }
  await checkRoles(tx, association, cluster)
  await tx.insertInto('podIdentityAssociations').values(association).execute()
  await addTags({ tx, principal }, association.arn, input.tags)
  await recordChange(tx, { account: cluster.account, kind: 'cluster', id: cluster.id, at: now })
  return association
}

/** The associations that an add-on made, by service account. */
export const associationsOwnedBy = (tx: Transaction, ownerArn: string): Promise<PodIdentityAssociationsTable[]> =>
  tx.selectFrom('podIdentityAssociations').selectAll().where('ownerArn', '=', ownerArn).orderBy('serviceAccount').execute()

/** Forgets an association. Credentials that pods hold stay good until they expire. */
export async function dissociate(
  tx: Transaction,
  { id, arn }: PodIdentityAssociationsTable,
  cluster: ClustersTable,
  now: number,
): Promise<void> {
  await tx.deleteFrom('podIdentityAssociations').where('id', '=', id).execute()
  await removeAllTags(tx, arn)
  await recordChange(tx, { account: cluster.account, kind: 'cluster', id: cluster.id, at: now })
}

/** DescribePodIdentityAssociation. EKS API Reference. */
export const DescribePodIdentityAssociation = eks.operation('DescribePodIdentityAssociation', {
  access: associationAccess,
  async handle({ clusterName, associationId }, { tx, ...place }) {
    const { cluster, association } = await requireAssociation(tx, place, clusterName, associationId)
    return { association: await shape(tx, cluster, association) }
  },
})

/** ListPodIdentityAssociations: all of a cluster, of a namespace, or of a service account in a namespace. EKS API Reference. */
export const ListPodIdentityAssociations = eks.operation('ListPodIdentityAssociations', {
  access: ({ clusterName }, context) => clusterAccess(context, clusterName),
  async handle(input, { tx, ...place }) {
    const cluster = await requireCluster(tx, place, input.clusterName)
    if (input.serviceAccount !== undefined && input.namespace === undefined)
      throw new eks.InvalidParameterException('The namespace must be specified together with the serviceAccount.')
    let query = tx.selectFrom('podIdentityAssociations').selectAll().where('clusterId', '=', cluster.id)
    if (input.namespace !== undefined) query = query.where('namespace', '=', input.namespace)
    if (input.serviceAccount !== undefined) query = query.where('serviceAccount', '=', input.serviceAccount)
    const { page, nextToken } = pageByName(await query.orderBy('id').execute(), ({ id }) => id, input)
    const associations = page.map(({ id, arn, namespace, serviceAccount, ownerArn }) => ({
      clusterName: cluster.name,
      namespace,
      serviceAccount,
      associationArn: arn,
      associationId: id,
      ...(ownerArn !== null && { ownerArn }),
    }))
    return { associations, nextToken }
  },
})

/**
 * UpdatePodIdentityAssociation: role, target role, session tags or policy; what is not given stays, and an empty text removes a target role or
 * policy. EKS API Reference.
 */
export const UpdatePodIdentityAssociation = eks.operation('UpdatePodIdentityAssociation', {
  access: async (input, context) => [
    await associationAccess(input, context),
    ...(input.roleArn === undefined ? [] : [passToPods(input.roleArn, input.clusterName, context)]),
  ],

  async handle(input, { tx, now, ...place }) {
    const { cluster, association } = await requireAssociation(tx, place, input.clusterName, input.associationId)
    if ([input.roleArn, input.targetRoleArn, input.disableSessionTags, input.policy].every(value => value === undefined))
      throw new eks.InvalidParameterException('At least one of roleArn, targetRoleArn, disableSessionTags or policy must be specified.')
    const changes = {
      roleArn: input.roleArn ?? association.roleArn,
      targetRoleArn: input.targetRoleArn === undefined ? association.targetRoleArn : input.targetRoleArn || null,
      disableSessionTags: input.disableSessionTags === undefined ? association.disableSessionTags : input.disableSessionTags ? 1 : 0,
      policy: input.policy === undefined ? association.policy : input.policy || null,
      modifiedAt: now,
    }
    const changed = { ...association, ...changes }
    await checkRoles(tx, changed, cluster)
    await tx.updateTable('podIdentityAssociations').set(changes).where('id', '=', association.id).execute()
    await recordChange(tx, { account: cluster.account, kind: 'cluster', id: cluster.id, at: now })
    return { association: await shape(tx, cluster, changed) }
  },
})

/** DeletePodIdentityAssociation. EKS API Reference. */
export const DeletePodIdentityAssociation = eks.operation('DeletePodIdentityAssociation', {
  access: associationAccess,
  async handle({ clusterName, associationId }, { tx, now, ...place }) {
    const { cluster, association } = await requireAssociation(tx, place, clusterName, associationId)
    const deleted = await shape(tx, cluster, association)
    await dissociate(tx, association, cluster, now)
    return { association: deleted }
  },
})

/** The roles that pods of a cluster get. */
export const associationRoles = (tx: Transaction, clusterId: string): Promise<Pick<PodIdentityAssociationsTable, 'arn' | 'roleArn'>[]> =>
  tx.selectFrom('podIdentityAssociations').select(['arn', 'roleArn']).where('clusterId', '=', clusterId).orderBy('arn').execute()

/** Forgets the associations of a cluster that is deleted. */
export async function removePodIdentityAssociations(tx: Transaction, clusterId: string): Promise<void> {
  const rows = await tx.selectFrom('podIdentityAssociations').select('arn').where('clusterId', '=', clusterId).execute()
  for (const { arn } of rows) await removeAllTags(tx, arn)
  await tx.deleteFrom('podIdentityAssociations').where('clusterId', '=', clusterId).execute()
}

/** Whoever makes an association hands the role over. */
export const passToPods = (roleArn: string, clusterName: string, { account, region }: AccessContext): AccessStatement =>
  passRole(roleArn, podsService, clusterArn(region, account, clusterName))

async function associationAccess(
  { clusterName, associationId }: { readonly clusterName: string; readonly associationId: string },
  context: AccessContext,
): Promise<AccessStatement> {
  const resource = podIdentityAssociationArn(context.region, context.account, clusterName, associationId)
  return { resource, keys: resourceTagKeys(await tagsOf(context.tx, resource)) }
}

async function requireAssociation(
  tx: Transaction,
  place: { readonly account: string; readonly region: string },
  clusterName: string,
  associationId: string,
) {
  const cluster = await requireCluster(tx, place, clusterName)
  const association = await tx
    .selectFrom('podIdentityAssociations')
    .selectAll()
    .where('id', '=', associationId)
    .where('clusterId', '=', cluster.id)
    .executeTakeFirst()
  if (!association) throw new eks.ResourceNotFoundException(`No association found for id: ${associationId}.`, { clusterName })
  return { cluster, association }
}

const findFor = (tx: Transaction, { id }: ClustersTable, { namespace, serviceAccount }: { namespace: string; serviceAccount: string }) =>
  tx
    .selectFrom('podIdentityAssociations')
    .selectAll()
    .where('clusterId', '=', id)
    .where('namespace', '=', namespace)
    .where('serviceAccount', '=', serviceAccount)
    .executeTakeFirst()

/** The same request again, told by its token, changes nothing and is answered as the first time. */
const isRepeated = (
  { clientRequestToken, roleArn }: PodIdentityAssociationsTable,
  input: { readonly clientRequestToken?: string; readonly roleArn: string },
) => clientRequestToken !== null && clientRequestToken === input.clientRequestToken && roleArn === input.roleArn

const namespaceForm = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
/** A DNS subdomain. Kubernetes documentation, "Object Names and IDs". */
const serviceAccountForm = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

function checkNames({ namespace, serviceAccount }: { readonly namespace: string; readonly serviceAccount: string }): void {
  if (!namespaceForm.test(namespace)) throw new eks.InvalidParameterException(`The namespace is invalid: ${namespace.slice(0, 253)}`)
  if (!serviceAccountForm.test(serviceAccount))
    throw new eks.InvalidParameterException(`The serviceAccount is invalid: ${serviceAccount.slice(0, 253)}`)
}

/** Roles and policy of an association, as they would be. @throws InvalidParameterException */
async function checkRoles(tx: Transaction, association: PodIdentityAssociationsTable, { account }: ClustersTable): Promise<void> {
  const role = await roleInAccount(tx, association.roleArn, account)
  if (!role) throw new eks.InvalidParameterException('Role provided in the request does not exist.')
  if (!trustsService(role.trustPolicy.document, podsService))
    throw new eks.InvalidParameterException('Trust policy of the role provided is invalid.')
  if (association.targetRoleArn !== null && !/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(association.targetRoleArn))
    throw new eks.InvalidParameterException('The targetRoleArn is not the ARN of an IAM role.')
  if (association.policy === null) return
  if (association.disableSessionTags !== 1)
    throw new eks.InvalidParameterException('disableSessionTags must be set to true when policy is specified.')
  checkSessionPolicy(association.policy)
}

function checkSessionPolicy(policy: string): void {
  try {
    parsePolicy(policy, 'session')
  } catch (problem) {
    if (!(problem instanceof MalformedPolicyDocument)) throw problem
    throw new eks.InvalidParameterException(`The policy is invalid: ${problem.message}`)
  }
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'

const newAssociationId = (random: Random) => `a-${Array.from(random.bytes(17), byte => letters[byte % letters.length]).join('')}`

async function shape(tx: Transaction, cluster: ClustersTable, association: PodIdentityAssociationsTable): Promise<PodIdentityAssociation> {
  const { id, arn, namespace, serviceAccount, roleArn, targetRoleArn, policy, ownerArn } = association
  return {
    clusterName: cluster.name,
    namespace,
    serviceAccount,
    roleArn,
    associationArn: arn,
    associationId: id,
    tags: await tagsOf(tx, arn),
    createdAt: new Date(association.createdAt),
    modifiedAt: new Date(association.modifiedAt),
    disableSessionTags: association.disableSessionTags === 1,
    ...(targetRoleArn !== null && {
      targetRoleArn,
      externalId: [cluster.region, cluster.account, cluster.name, namespace, serviceAccount].join('/'),
    }),
    ...(policy !== null && { policy }),
    ...(ownerArn !== null && { ownerArn }),
  }
}
