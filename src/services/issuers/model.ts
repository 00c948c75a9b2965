import type { ServiceModel } from '../../wire/model.ts'

export interface Operations {
  readonly RotateIssuerKey: { readonly input: RotateIssuerKeyRequest; readonly output: RotateIssuerKeyResponse }
}

export interface RotateIssuerKeyRequest {
  readonly clusterName: string
  /** For a key that leaked: tokens that it signed are good no more. */
  readonly immediately?: boolean
}

export interface RotateIssuerKeyResponse {
  readonly issuer: string
  readonly keyId: string
}

export type ErrorCode = 'InvalidRequestException' | 'ResourceNotFoundException'

/** What EKS does with its clusters' issuers by itself, and we by command. AWS has no public operation for it; this one is Gatehouse's own. */
export const model: ServiceModel = {
  service: 'gatehouse-issuers',
  serviceId: 'Gatehouse Issuers',
  apiVersion: '2026-11-24',
  protocol: 'rest-json',
  endpointPrefix: 'gatehouse-issuers',
  signingName: 'gatehouse-issuers',
  operations: {
    RotateIssuerKey: {
      method: 'POST',
      uri: '/clusters/{clusterName}/rotate-issuer-key',
      input: 'RotateIssuerKeyRequest',
      output: 'RotateIssuerKeyResponse',
      errors: ['InvalidRequestException', 'ResourceNotFoundException'],
    },
  },
  shapes: {
    String: { type: 'string' },
    Boolean: { type: 'boolean' },
    ClusterName: { type: 'string', min: 1, max: 100, pattern: '[0-9A-Za-z][A-Za-z0-9\\-_]*' },
    RotateIssuerKeyRequest: {
      type: 'structure',
      members: {
        clusterName: { shape: 'ClusterName', location: 'uri', name: 'clusterName' },
        immediately: { shape: 'Boolean' },
      },
      required: ['clusterName'],
    },
    RotateIssuerKeyResponse: {
      type: 'structure',
      members: { issuer: { shape: 'String' }, keyId: { shape: 'String' } },
      required: ['issuer', 'keyId'],
    },
    InvalidRequestException: {
      type: 'structure',
      members: { message: { shape: 'String' } },
      error: { code: 'InvalidRequestException', status: 400, sender: true },
    },
    ResourceNotFoundException: {
      type: 'structure',
      members: { message: { shape: 'String' } },
      error: { code: 'ResourceNotFoundException', status: 404, sender: true },
    },
  },
}
