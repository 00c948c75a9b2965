import { eventIdAt } from '../../audit/event-id.ts'
import { buildRecord } from '../../audit/record.ts'
import { appendRecord } from '../../audit/records.ts'
import type { SessionCredentials } from '../../identity/sessions.ts'
import { userIdentityOf } from '../../identity/user-identity.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { HandleContext } from '../operation.ts'
import type { AssumedRole } from './pod-role.ts'
import { podsService } from './pod-token.ts'

/**
 * Writes the AssumeRole events of STS that EKS's own calls leave beside AssumeRoleForPodIdentity: session tags are seen there.
 * EKS User Guide, "Grant Pods access to AWS resources based on tags"; CloudTrail User Guide, "CloudTrail userIdentity element", AWSService.
 */
export async function recordAssumedRoles(
  assumed: readonly AssumedRole[],
  { sessionName, cluster, credentials }: { sessionName: string; cluster: ClustersTable; credentials: SessionCredentials },
  { world, now, requestId }: HandleContext,
): Promise<void> {
  for (const { role, durationSeconds, tags, policy, externalId, by } of assumed) {
    const last = role === assumed.at(-1)?.role
    const keys = Object.keys(tags)
    const record = buildRecord({
      eventId: eventIdAt(now, world.random.uuid()),
      requestId,
      at: now,
      eventSource: 'sts.amazonaws.com',
      eventName: 'AssumeRole',
      region: cluster.region,
      account: role.row.account,
      userIdentity: by
        ? { ...userIdentityOf(by), accessKeyId: undefined, invokedBy: podsService }
        : { type: 'AWSService', invokedBy: podsService },
      sourceIp: podsService,
      userAgent: podsService,
      readOnly: true,
      requestParameters: {
        roleArn: role.arn,
        roleSessionName: sessionName,
        durationSeconds,
        ...(externalId !== undefined && { externalId }),
        ...(policy !== undefined && { policy }),
        ...(keys.length > 0 && { tags: keys.map(key => ({ key, value: tags[key] })), transitiveTagKeys: keys }),
      },
      responseElements: last
        ? {
            credentials: { accessKeyId: credentials.accessKeyId, expiration: new Date(credentials.expiresAt).toISOString() },
            assumedRoleUser: {
              assumedRoleId: `${role.row.id}:${sessionName}`,
              arn: `arn:aws:sts::${role.row.account}:assumed-role/${role.row.name}/${sessionName}`,
            },
          }
        : null,
      resources: [{ accountId: role.row.account, type: 'AWS::IAM::Role', ARN: role.arn }],
    })
    await appendRecord(world.store, { record, username: undefined })
  }
}
