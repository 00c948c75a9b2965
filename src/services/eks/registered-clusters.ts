import { clusterArn, clusterOfName } from '../../kubernetes/cluster-of-name.ts'
import type { Transaction } from '../../store/index.ts'
import type { Cluster, ConnectorConfigResponse, RegisterClusterRequest } from '../../wire/models/eks.ts'
import type { AccessContext } from '../operation.ts'
import { clusterAccess, taggingAccess } from './access.ts'
import { requestTagKeys, tagsOf } from './cluster-store.ts'
import { type Resource, resourcesOf, scopeOf } from './resources.ts'
import { passRole, roleInAccount, trustsService } from './roles.ts'
import { eks } from './service.ts'
import { linkedServices, makeServiceLinkedRole } from './service-linked-roles.ts'

/** What is kept of a registration: all but the code, which is told once. */
interface Registration {
  readonly provider: string
  readonly roleArn: string
  readonly activationId: string
  /** Epoch milliseconds. */
  readonly activationExpiresAt: number
}

/** Clusters that run elsewhere, by name. */
export const registeredClusterRecords = resourcesOf<Registration>('cluster')

type Place = { readonly account: string; readonly region: string }

/** EKS User Guide, "View and manage Amazon EKS and Fargate service quotas". */
const mostRegistered = 10
/** EKS User Guide, "Connect an external Kubernetes cluster to the Amazon EKS Management Console". */
const activationDays = 3
/** The agent in the cluster is known to AWS as an instance of Systems Manager. EKS User Guide, "Amazon EKS connector IAM role". */
const agentService = 'ssm.amazonaws.com'

/** RegisterCluster: a record of a cluster elsewhere. No agent can connect, so that it stays PENDING. EKS API Reference, "RegisterCluster". */
export const RegisterCluster = eks.operation('RegisterCluster', {
  access: ({ name, connectorConfig, tags }, { account, region }) => [
    { resource: clusterArn(region, account, name), keys: requestTagKeys(tags) },
    passRole(connectorConfig.roleArn, agentService),
    ...taggingAccess(clusterArn(region, account, name), tags),
  ],

  async reach(input, context) {
    // Checked here as well, so that a registration that is refused leaves no role behind.
    await context.world.store.read(tx => checkRegistration(input, { ...context, tx }))
    await makeServiceLinkedRole(context, linkedServices.connector)
  },

  async handle(input, context) {
    const { tx, now, world, account, region } = context
    const { name, connectorConfig, tags, clientRequestToken } = input
    const { roleArn, provider } = connectorConfig
    await checkRegistration(input, context)
    const details = { provider, roleArn, activationId: world.random.uuid(), activationExpiresAt: now + activationDays * 86_400_000 }
    const made = await registeredClusterRecords.insert(context, {
      arn: clusterArn(region, account, name),
      scope: scopeOf(context),
      name,
      details,
      tags,
      clientRequestToken,
    })
    const activationCode = Buffer.from(world.random.bytes(15)).toString('base64url')
    return { cluster: await registeredShape(tx, made, now, activationCode) }
  },

  // The code lets a cluster connect as this one.
  trail: (_input, output, { account }) => {
    const { arn } = output?.cluster ?? {}
    return {
      ...(arn !== undefined && { resources: [{ ARN: arn, accountId: account, type: 'AWS::EKS::Cluster' }] }),
      responseElements: null,
    }
  },
})

async function checkRegistration({ name, connectorConfig: { roleArn } }: RegisterClusterRequest, context: AccessContext): Promise<void> {
  const { tx, account } = context
  if (await nameInUse(tx, context, name))
    throw new eks.ResourceInUseException(`Cluster already exists with name: ${name}`, { clusterName: name })
  const role = await roleInAccount(tx, roleArn, account)
  if (!role || !trustsService(role.trustPolicy.document, agentService))
    throw new eks.InvalidParameterException(`The connector role ${roleArn} must exist and trust ${agentService}.`, { clusterName: name })
  if ((await registeredClusterRecords.list(tx, scopeOf(context))).length >= mostRegistered)
    throw new eks.ResourceLimitExceededException(`An account can have at most ${mostRegistered} registered clusters.`, {
      clusterName: name,
    })
}

/** DeregisterCluster: forgets a registered cluster. EKS API Reference, "DeregisterCluster". */
export const DeregisterCluster = eks.operation('DeregisterCluster', {
  access: ({ name }, context) => clusterAccess(context, name),
  async handle({ name }, { tx, now, ...place }) {
    if (await clusterOfName(tx, place, name))
      throw new eks.InvalidParameterException(`Cluster ${name} was not registered: delete it with DeleteCluster.`, { clusterName: name })
    const registered = await registeredClusterRecords.find(tx, scopeOf(place), name)
    if (!registered) throw new eks.ResourceNotFoundException(`No cluster found for name: ${name}.`, { clusterName: name })
    const cluster = await registeredShape(tx, registered, now)
    await registeredClusterRecords.remove(tx, registered)
    return { cluster: { ...cluster, status: 'DELETING' } }
  },
})

/** Whether a cluster, registered or not, has a name. */
export const nameInUse = async (tx: Transaction, place: Place, name: string): Promise<boolean> =>
  (await clusterOfName(tx, place, name)) !== undefined || (await registeredClusterRecords.find(tx, scopeOf(place), name)) !== undefined

/** A registered cluster as DescribeCluster shows it; FAILED when nobody connected it in time. EKS API Reference, "Cluster". */
export async function registeredShape(
  tx: Transaction,
  { arn, name, details, createdAt }: Resource<Registration>,
  now: number,
  activationCode?: string,
): Promise<Cluster> {
  const { provider, roleArn, activationId, activationExpiresAt } = details
  const connectorConfig: ConnectorConfigResponse = {
    activationId,
    ...(activationCode !== undefined && { activationCode }),
    activationExpiry: new Date(activationExpiresAt),
    provider,
    roleArn,
  }
  return {
    name,
    arn,
    createdAt: new Date(createdAt),
    status: now < activationExpiresAt ? 'PENDING' : 'FAILED',
    connectorConfig,
    tags: await tagsOf(tx, arn),
  }
}
