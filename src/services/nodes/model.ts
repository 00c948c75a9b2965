import type { ServiceModel } from '../../wire/model.ts'

export interface Operations {
  readonly GetInstanceMetadata: { readonly input: { readonly instanceId: string }; readonly output: GetInstanceMetadataResponse }
  readonly DeliverRoleCredentials: { readonly input: DeliverRoleCredentialsRequest; readonly output: DeliverRoleCredentialsResponse }
}

/** What an instance's metadata is made of. */
export interface GetInstanceMetadataResponse {
  readonly instanceId: string
  readonly accountId: string
  readonly region: string
  readonly availabilityZone: string
  readonly instanceType: string
  readonly imageId: string
  readonly privateIp: string
  readonly privateDnsName: string
  readonly reservationId: string
  readonly subnetId: string
  readonly zoneId: string
  readonly vpcId: string
  readonly vpcCidr: string
  readonly subnetCidr: string
  readonly securityGroupId: string
  readonly launchIndex: number
  readonly launchedAt: Date
  readonly options: {
    readonly httpTokens: 'optional' | 'required'
    readonly hopLimit: number
    readonly httpEndpoint: 'enabled' | 'disabled'
  }
  /** Absent unless the options let the instance see its tags. */
  readonly tags?: { readonly [key: string]: string }
  /** In base64. */
  readonly userData?: string
  readonly profile?: { readonly name: string; readonly arn: string; readonly id: string; readonly roleName?: string }
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

export type ErrorCode = 'NoSuchEntity' | 'NoSuchInstance' | 'InstanceProfileHasNoRole' | 'AssumeRoleUnauthorizedAccess'

const error = (code: ErrorCode, status: number) =>
  ({ type: 'structure', members: { message: { shape: 'String' } }, error: { code, status, sender: true } }) as const

/**
 * What EC2 does out of sight when an instance asks its metadata for credentials. AWS has no public operation for it, nor for
 * what an instance is told of itself; these are Gatehouse's own, and go the way of all calls: authenticated, authorized, recorded.
 */
export const model: ServiceModel = {
  service: 'gatehouse-nodes',
  serviceId: 'Gatehouse Nodes',
  apiVersion: '2026-11-24',
  protocol: 'rest-json',
  endpointPrefix: 'gatehouse-nodes',
  signingName: 'gatehouse-nodes',
  operations: {
    GetInstanceMetadata: {
      method: 'GET',
      uri: '/instances/{instanceId}/metadata',
      input: 'GetInstanceMetadataRequest',
      output: 'GetInstanceMetadataResponse',
      errors: ['NoSuchInstance'],
    },
    DeliverRoleCredentials: {
      method: 'POST',
      uri: '/instance-profiles/{instanceProfileName}/role-credentials',
      input: 'DeliverRoleCredentialsRequest',
      output: 'DeliverRoleCredentialsResponse',
      errors: ['NoSuchEntity', 'NoSuchInstance', 'InstanceProfileHasNoRole', 'AssumeRoleUnauthorizedAccess'],
    },
  },
  shapes: {
    String: { type: 'string' },
    Timestamp: { type: 'timestamp' },
    InstanceProfileName: { type: 'string', min: 1, max: 128, pattern: '[\\w+=,.@-]+' },
    InstanceId: { type: 'string', pattern: 'i-[0-9a-f]{8,17}' },
    RoleDelivery: { type: 'string', enum: ['1.0', '2.0'] },
    Integer: { type: 'integer' },
    Tags: { type: 'map', key: { shape: 'String' }, value: { shape: 'String' } },
    UserData: { type: 'string', sensitive: true },
    GetInstanceMetadataRequest: {
      type: 'structure',
      members: { instanceId: { shape: 'InstanceId', location: 'uri', name: 'instanceId' } },
      required: ['instanceId'],
    },
    GetInstanceMetadataResponse: {
      type: 'structure',
      members: {
        instanceId: { shape: 'String' },
        accountId: { shape: 'String' },
        region: { shape: 'String' },
        availabilityZone: { shape: 'String' },
        instanceType: { shape: 'String' },
        imageId: { shape: 'String' },
        privateIp: { shape: 'String' },
        privateDnsName: { shape: 'String' },
        reservationId: { shape: 'String' },
        subnetId: { shape: 'String' },
        zoneId: { shape: 'String' },
        vpcId: { shape: 'String' },
        vpcCidr: { shape: 'String' },
        subnetCidr: { shape: 'String' },
        securityGroupId: { shape: 'String' },
        launchIndex: { shape: 'Integer' },
        launchedAt: { shape: 'Timestamp' },
        options: { shape: 'MetadataOptions' },
        tags: { shape: 'Tags' },
        userData: { shape: 'UserData' },
        profile: { shape: 'Profile' },
      },
      required: ['instanceId', 'accountId', 'region', 'options'],
    },
    MetadataOptions: {
      type: 'structure',
      members: { httpTokens: { shape: 'String' }, hopLimit: { shape: 'Integer' }, httpEndpoint: { shape: 'String' } },
      required: ['httpTokens', 'hopLimit', 'httpEndpoint'],
    },
    Profile: {
      type: 'structure',
      members: { name: { shape: 'String' }, arn: { shape: 'String' }, id: { shape: 'String' }, roleName: { shape: 'String' } },
      required: ['name', 'arn', 'id'],
    },
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
    NoSuchInstance: error('NoSuchInstance', 404),
    InstanceProfileHasNoRole: error('InstanceProfileHasNoRole', 409),
    AssumeRoleUnauthorizedAccess: error('AssumeRoleUnauthorizedAccess', 403),
  },
}
