import { managedPolicies } from '../catalogue/managed-policies.ts'
import { recordChange, type Transaction } from '../store/index.ts'
import type { Random } from '../types/random.ts'
import { uniqueId } from './identifiers.ts'

/** What a service's service-linked role is called and may do. */
interface ServiceLinkedRole {
  readonly name: string
  /** Name of the AWS managed policy. */
  readonly policy: string
  /** Whether an account may have several, told apart by a suffix. */
  readonly suffix?: boolean
}

/** Service-linked roles by service principal. Each service's guide, "Using service-linked roles"; IAM User Guide, "AWS services that work with IAM". */
const roles: { readonly [service: string]: ServiceLinkedRole } = {
  'access-analyzer.amazonaws.com': { name: 'AWSServiceRoleForAccessAnalyzer', policy: 'AccessAnalyzerServiceRolePolicy' },
  'autoscaling.amazonaws.com': { name: 'AWSServiceRoleForAutoScaling', policy: 'AutoScalingServiceRolePolicy', suffix: true },
  'batch.amazonaws.com': { name: 'AWSServiceRoleForBatch', policy: 'BatchServiceRolePolicy' },
  'cloudtrail.amazonaws.com': { name: 'AWSServiceRoleForCloudTrail', policy: 'CloudTrailServiceRolePolicy' },
  'config.amazonaws.com': { name: 'AWSServiceRoleForConfig', policy: 'AWSConfigServiceRolePolicy' },
  'context.cloudtrail.amazonaws.com': { name: 'AWSServiceRoleForCloudTrailEventContext', policy: 'CloudTrailEventContext' },
  'dashboard.eks.amazonaws.com': { name: 'AWSServiceRoleForAmazonEKSDashboard', policy: 'AmazonEKSDashboardServiceRolePolicy' },
  'ec2fleet.amazonaws.com': { name: 'AWSServiceRoleForEC2Fleet', policy: 'AWSEC2FleetServiceRolePolicy' },
  'ecs.amazonaws.com': { name: 'AWSServiceRoleForECS', policy: 'AmazonECSServiceRolePolicy' },
  'eks.amazonaws.com': { name: 'AWSServiceRoleForAmazonEKS', policy: 'AmazonEKSServiceRolePolicy' },
  'eks-connector.amazonaws.com': { name: 'AWSServiceRoleForAmazonEKSConnector', policy: 'AmazonEKSConnectorServiceRolePolicy' },
  'eks-fargate.amazonaws.com': { name: 'AWSServiceRoleForAmazonEKSForFargate', policy: 'AmazonEKSForFargateServiceRolePolicy' },
  'eks-nodegroup.amazonaws.com': { name: 'AWSServiceRoleForAmazonEKSNodegroup', policy: 'AWSServiceRoleForAmazonEKSNodegroup' },
  'elasticache.amazonaws.com': { name: 'AWSServiceRoleForElastiCache', policy: 'ElastiCacheServiceRolePolicy' },
  'elasticbeanstalk.amazonaws.com': { name: 'AWSServiceRoleForElasticBeanstalk', policy: 'AWSElasticBeanstalkServiceRolePolicy' },
  'elasticfilesystem.amazonaws.com': {
    name: 'AWSServiceRoleForAmazonElasticFileSystem',
    policy: 'AmazonElasticFileSystemServiceRolePolicy',
  },
  'elasticloadbalancing.amazonaws.com': {
    name: 'AWSServiceRoleForElasticLoadBalancing',
    policy: 'AWSElasticLoadBalancingServiceRolePolicy',
  },
  'elasticmapreduce.amazonaws.com': { name: 'AWSServiceRoleForEMRCleanup', policy: 'AmazonEMRCleanupPolicy' },
  'es.amazonaws.com': { name: 'AWSServiceRoleForAmazonElasticsearchService', policy: 'AmazonElasticsearchServiceRolePolicy' },
  'guardduty.amazonaws.com': { name: 'AWSServiceRoleForAmazonGuardDuty', policy: 'AmazonGuardDutyServiceRolePolicy' },
  'inspector2.amazonaws.com': { name: 'AWSServiceRoleForAmazonInspector2', policy: 'AmazonInspector2ServiceRolePolicy' },
  'kafka.amazonaws.com': { name: 'AWSServiceRoleForKafka', policy: 'KafkaServiceRolePolicy' },
  'lex.amazonaws.com': { name: 'AWSServiceRoleForLexBots', policy: 'LexBotPolicy' },
  'macie.amazonaws.com': { name: 'AWSServiceRoleForAmazonMacie', policy: 'AmazonMacieServiceRolePolicy' },
  'opensearchservice.amazonaws.com': { name: 'AWSServiceRoleForAmazonOpenSearchService', policy: 'AmazonOpenSearchServiceRolePolicy' },
  'organizations.amazonaws.com': { name: 'AWSServiceRoleForOrganizations', policy: 'AWSOrganizationsServiceTrustPolicy' },
  'outposts.eks-local.amazonaws.com': { name: 'AWSServiceRoleForAmazonEKSLocalOutpost', policy: 'AmazonEKSLocalOutpostServiceRolePolicy' },
  'rds.amazonaws.com': { name: 'AWSServiceRoleForRDS', policy: 'AmazonRDSServiceRolePolicy' },
  'redshift.amazonaws.com': { name: 'AWSServiceRoleForRedshift', policy: 'AmazonRedshiftServiceLinkedRolePolicy' },
  'replication.dynamodb.amazonaws.com': { name: 'AWSServiceRoleForDynamoDBReplication', policy: 'DynamoDBReplicationServiceRolePolicy' },
  'securityhub.amazonaws.com': { name: 'AWSServiceRoleForSecurityHub', policy: 'AWSSecurityHubServiceRolePolicy' },
  'spot.amazonaws.com': { name: 'AWSServiceRoleForEC2Spot', policy: 'AWSEC2SpotServiceRolePolicy' },
  'spotfleet.amazonaws.com': { name: 'AWSServiceRoleForEC2SpotFleet', policy: 'AWSEC2SpotFleetServiceRolePolicy' },
  'ssm.amazonaws.com': { name: 'AWSServiceRoleForAmazonSSM', policy: 'AmazonSSMServiceRolePolicy' },
  'sso.amazonaws.com': { name: 'AWSServiceRoleForSSO', policy: 'AWSSSOServiceRolePolicy' },
  'support.amazonaws.com': { name: 'AWSServiceRoleForSupport', policy: 'AWSSupportServiceRolePolicy' },
  'trustedadvisor.amazonaws.com': { name: 'AWSServiceRoleForTrustedAdvisor', policy: 'AWSTrustedAdvisorServiceRolePolicy' },
}

/** The service-linked role of a service; undefined for services that have none. */
export const serviceLinkedRoleOf = (service: string): ServiceLinkedRole | undefined => roles[service]

/** The name of a service-linked role, with its suffix. */
export const serviceLinkedRoleName = (role: ServiceLinkedRole, suffix?: string): string => (suffix ? `${role.name}_${suffix}` : role.name)

/**
 * Makes a service-linked role, which only its service may assume, with the service's policy. The caller has made sure that there is none of its name.
 * IAM User Guide, "Create a service-linked role".
 * @returns the new role's unique id
 */
export async function createServiceLinkedRole(
  tx: Transaction,
  { account, service, role, suffix, description, now, random }: NewServiceLinkedRole,
): Promise<string> {
  const name = serviceLinkedRoleName(role, suffix)
  const id = uniqueId('role', random)
  const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }] }
  await tx
    .insertInto('roles')
    .values({
      id,
      account,
      name,
      nameKey: name.toLowerCase(),
      path: `/aws-service-role/${service}/`,
      description: description ?? null,
      trustPolicy: JSON.stringify(trust),
      maxSessionSeconds: 3600,
      boundaryArn: null,
      createdAt: now,
      lastUsedAt: null,
      lastUsedRegion: null,
    })
    .execute()
  const policy = [...managedPolicies().values()].find(candidate => candidate.name === role.policy)
  if (policy) {
    const attachment = { account, ownerKind: 'role', ownerId: id, policyArn: policy.arn, attachedAt: now } as const
    await tx.insertInto('policyAttachments').values(attachment).execute()
  }
  await recordChange(tx, { account, kind: 'role', id, at: now })
  return id
}

/** Makes the service-linked role of a service where an account has none yet. Each service's guide, "Using service-linked roles". */
export async function ensureServiceLinkedRole(
  tx: Transaction,
  { account, service, now, random }: Pick<NewServiceLinkedRole, 'account' | 'service' | 'now' | 'random'>,
): Promise<void> {
  const role = serviceLinkedRoleOf(service)
  if (!role) return
  const known = await tx
    .selectFrom('roles')
    .select('id')
    .where('account', '=', account)
    .where('nameKey', '=', role.name.toLowerCase())
    .executeTakeFirst()
  if (!known) await createServiceLinkedRole(tx, { account, service, role, now, random })
}

export interface NewServiceLinkedRole {
  readonly account: string
  readonly service: string
  readonly role: ServiceLinkedRole
  readonly suffix?: string | undefined
  readonly description?: string | undefined
  readonly now: number
  readonly random: Random
}
