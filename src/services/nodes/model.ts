import type { ServiceModel } from '../../wire/model.ts'

export interface Operations {
  readonly DeliverRoleCredentials: { readonly input: DeliverRoleCredentialsRequest; readonly output: DeliverRoleCredentialsResponse }
}

export interface DeliverRoleCredentialsRequest {
  readonly instanceProfileName: string
  readonly instanceId: string
  /** How the instance asks: by session token, or without. */
  readonly roleDelivery: '1.0' | '2.0'
}

export interface DeliverRoleCredentialsResponse {
  readonly accountId: string
  readonly instanceProfileArn: string
  readonly instanceProfileId: string
  readonly roleName: string
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string
    readonly expiration: Date
  }
}

export type ErrorCode = 'NoSuchEntity' | 'InstanceProfileHasNoRole' | 'AssumeRoleUnauthorizedAccess'

const error = (code: ErrorCode, status: number) =>
  ({ type: 'structure', members: { message: { shape: 'String' } }, error: { code, status, sender: true } }) as const

/**
 * What EC2 does out of sight when an instance asks its metadata for credentials. AWS has no public operation for it; this one is Gatehouse's own, and
 * goes the way of all calls: authenticated, authorized, recorded.
 */
export const model: ServiceModel = {
  service: 'gatehouse-nodes',
  serviceId: 'Gatehouse Nodes',
  apiVersion: '2026-11-24',
  protocol: 'rest-json',
  endpointPrefix: 'gatehouse-nodes',
  signingName: 'gatehouse-nodes',
  operations: {
    DeliverRoleCredentials: {
      method: 'POST',
      uri: '/instance-profiles/{instanceProfileName}/role-credentials',
      input: 'DeliverRoleCredentialsRequest',
      output: 'DeliverRoleCredentialsResponse',
      errors: ['NoSuchEntity', 'InstanceProfileHasNoRole', 'AssumeRoleUnauthorizedAccess'],
    },
  },
  shapes: {
    String: { type: 'string' },
    Timestamp: { type: 'timestamp' },
    InstanceProfileName: { type: 'string', min: 1, max: 128, pattern: '[\\w+=,.@-]+' },
    InstanceId: { type: 'string', pattern: 'i-[0-9a-f]{8,17}' },
    RoleDelivery: { type: 'string', enum: ['1.0', '2.0'] },
    DeliverRoleCredentialsRequest: {
      type: 'structure',
      members: {
        instanceProfileName: { shape: 'InstanceProfileName', location: 'uri', name: 'instanceProfileName' },
        instanceId: { shape: 'InstanceId' },
        roleDelivery: { shape: 'RoleDelivery' },
      },
      required: ['instanceProfileName', 'instanceId', 'roleDelivery'],
    },
    DeliverRoleCredentialsResponse: {
      type: 'structure',
      members: {
        accountId: { shape: 'String' },
        instanceProfileArn: { shape: 'String' },
        instanceProfileId: { shape: 'String' },
        roleName: { shape: 'String' },
        credentials: { shape: 'Credentials' },
      },
      required: ['accountId', 'instanceProfileArn', 'instanceProfileId', 'roleName', 'credentials'],
    },
    Credentials: {
      type: 'structure',
      members: {
        accessKeyId: { shape: 'String' },
        secretAccessKey: { shape: 'String' },
        sessionToken: { shape: 'String' },
        expiration: { shape: 'Timestamp' },
      },
      required: ['accessKeyId', 'secretAccessKey', 'sessionToken', 'expiration'],
      sensitive: true,
    },
    NoSuchEntity: error('NoSuchEntity', 404),
    InstanceProfileHasNoRole: error('InstanceProfileHasNoRole', 409),
    AssumeRoleUnauthorizedAccess: error('AssumeRoleUnauthorizedAccess', 403),
  },
}
