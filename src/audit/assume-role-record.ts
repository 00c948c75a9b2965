import type { JsonObject } from '../types/json.ts'
import { eventIdAt } from './event-id.ts'
import { buildRecord } from './record.ts'
import type { NewRecord } from './records.ts'

/** A role that a service of AWS assumed in the course of a call. */
export interface ServiceAssumption {
  /** Such as `pods.eks.amazonaws.com`. */
  readonly service: string
  readonly role: { readonly arn: string; readonly account: string; readonly id: string; readonly name: string }
  readonly sessionName: string
  readonly durationSeconds?: number
  readonly tags?: { readonly [key: string]: string }
  readonly policy?: string
  readonly externalId?: string
  /** The session that assumed it, on the service's behalf; absent when the service itself did. */
  readonly by?: JsonObject
  /** Absent when nobody holds the session's credentials. */
  readonly credentials?: { readonly accessKeyId: string; readonly expiresAt: number }
  readonly region: string
  readonly requestId: string
  /** Epoch milliseconds. */
  readonly at: number
  readonly uuid: string
}

/**
 * The AssumeRole event of STS that a service leaves when it assumes a role, beside the call's own record.
 * CloudTrail User Guide, "CloudTrail userIdentity element", AWSService.
 */
export function assumptionRecord(assumption: ServiceAssumption): NewRecord {
  const {
    service,
    role,
    sessionName,
    durationSeconds,
    tags = {},
    policy,
    externalId,
    by,
    credentials,
    region,
    requestId,
    at,
    uuid,
  } = assumption
  const keys = Object.keys(tags)
  const record = buildRecord({
    eventId: eventIdAt(at, uuid),
    requestId,
    at,
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRole',
    region,
    account: role.account,
    userIdentity: by ? { ...by, invokedBy: service } : { type: 'AWSService', invokedBy: service },
    sourceIp: service,
    userAgent: service,
    readOnly: true,
    requestParameters: {
      roleArn: role.arn,
      roleSessionName: sessionName,
      ...(durationSeconds !== undefined && { durationSeconds }),
      ...(externalId !== undefined && { externalId }),
      ...(policy !== undefined && { policy }),
      ...(keys.length > 0 && { tags: keys.map(key => ({ key, value: tags[key] })), transitiveTagKeys: keys }),
    },
    responseElements: credentials
      ? {
          credentials: { accessKeyId: credentials.accessKeyId, expiration: new Date(credentials.expiresAt).toISOString() },
          assumedRoleUser: {
            assumedRoleId: `${role.id}:${sessionName}`,
            arn: `arn:aws:sts::${role.account}:assumed-role/${role.name}/${sessionName}`,
          },
        }
      : null,
    resources: [{ accountId: role.account, type: 'AWS::IAM::Role', ARN: role.arn }],
  })
  return { record, username: undefined }
}
