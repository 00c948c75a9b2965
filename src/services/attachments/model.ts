import type { ServiceModel } from '../../wire/model.ts'

export interface Operations {
  readonly AttachCluster: { readonly input: AttachClusterRequest; readonly output: AttachClusterResponse }
  readonly DescribeAttachment: { readonly input: DescribeAttachmentRequest; readonly output: DescribeAttachmentResponse }
}

export interface AttachClusterRequest {
  readonly clusterName: string
  /** URL of the API server. */
  readonly endpoint: string
  /** PEM of the authority of its certificate. */
  readonly certificateAuthority: string
  readonly tlsServerName?: string
  readonly issuer: string
  /** SPKI PEM: the keys with which the cluster signs tokens of service accounts. */
  readonly publicKeys: readonly string[]
  readonly credentials: {
    readonly token?: string
    readonly clientCertificate?: string
    readonly clientKey?: string
  }
}

export interface AttachClusterResponse {
  readonly clusterId: string
  /** With which the cluster calls the webhooks. */
  readonly webhookToken: string
}

export interface DescribeAttachmentRequest {
  readonly clusterName: string
}

export interface DescribeAttachmentResponse {
  readonly clusterId: string
  /** Of the keys that the cluster signs tokens with. */
  readonly keyIds: readonly string[]
  /** Why the cluster cannot be asked; absent when it can. */
  readonly problem?: string
}

export type ErrorCode = 'InvalidParameterException' | 'InvalidRequestException' | 'ResourceInUseException' | 'ResourceNotFoundException'

const error = (code: ErrorCode, status: number) =>
  ({ type: 'structure', members: { message: { shape: 'String' } }, error: { code, status, sender: true } }) as const

/** AWS has no operation for clusters that obey without being its own; this one is Gatehouse's. */
export const model: ServiceModel = {
  service: 'gatehouse-clusters',
  serviceId: 'Gatehouse Clusters',
  apiVersion: '2026-11-26',
  protocol: 'rest-json',
  endpointPrefix: 'gatehouse-clusters',
  signingName: 'gatehouse-clusters',
  operations: {
    AttachCluster: {
      method: 'PUT',
      uri: '/clusters/{clusterName}/attachment',
      input: 'AttachClusterRequest',
      output: 'AttachClusterResponse',
      errors: ['InvalidParameterException', 'InvalidRequestException', 'ResourceInUseException', 'ResourceNotFoundException'],
    },
    DescribeAttachment: {
      method: 'GET',
      uri: '/clusters/{clusterName}/attachment',
      input: 'DescribeAttachmentRequest',
      output: 'DescribeAttachmentResponse',
      errors: ['ResourceNotFoundException'],
    },
  },
  shapes: {
    String: { type: 'string' },
    ClusterName: { type: 'string', min: 1, max: 100, pattern: '[0-9A-Za-z][A-Za-z0-9\\-_]*' },
    Url: { type: 'string', min: 9, max: 255 },
    Name: { type: 'string', min: 1, max: 253 },
    Pem: { type: 'string', min: 1, max: 65_536 },
    Secret: { type: 'string', min: 1, max: 65_536, sensitive: true },
    Keys: { type: 'list', member: { shape: 'Pem' }, min: 1, max: 20 },
    Credentials: {
      type: 'structure',
      members: { token: { shape: 'Secret' }, clientCertificate: { shape: 'Pem' }, clientKey: { shape: 'Secret' } },
      sensitive: true,
    },
    AttachClusterRequest: {
      type: 'structure',
      members: {
        clusterName: { shape: 'ClusterName', location: 'uri', name: 'clusterName' },
        endpoint: { shape: 'Url' },
        certificateAuthority: { shape: 'Pem' },
        tlsServerName: { shape: 'Name' },
        issuer: { shape: 'Url' },
        publicKeys: { shape: 'Keys' },
        credentials: { shape: 'Credentials' },
      },
      required: ['clusterName', 'endpoint', 'certificateAuthority', 'issuer', 'publicKeys', 'credentials'],
    },
    AttachClusterResponse: {
      type: 'structure',
      members: { clusterId: { shape: 'String' }, webhookToken: { shape: 'Secret' } },
      required: ['clusterId', 'webhookToken'],
    },
    KeyIds: { type: 'list', member: { shape: 'String' } },
    DescribeAttachmentRequest: {
      type: 'structure',
      members: { clusterName: { shape: 'ClusterName', location: 'uri', name: 'clusterName' } },
      required: ['clusterName'],
    },
    DescribeAttachmentResponse: {
      type: 'structure',
      members: { clusterId: { shape: 'String' }, keyIds: { shape: 'KeyIds' }, problem: { shape: 'String' } },
      required: ['clusterId', 'keyIds'],
    },
    InvalidParameterException: error('InvalidParameterException', 400),
    InvalidRequestException: error('InvalidRequestException', 400),
    ResourceInUseException: error('ResourceInUseException', 409),
    ResourceNotFoundException: error('ResourceNotFoundException', 404),
  },
}
