import type { ServiceModel } from '../../wire/model.ts'

export interface Operations {
  readonly GetIssuerThumbprint: { readonly input: GetIssuerThumbprintRequest; readonly output: GetIssuerThumbprintResponse }
  readonly RotateIssuerKey: { readonly input: RotateIssuerKeyRequest; readonly output: RotateIssuerKeyResponse }
}

export interface GetIssuerThumbprintRequest {
  readonly url: string
}

export interface GetIssuerThumbprintResponse {
  readonly thumbprint: string
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

/** What EKS does with its clusters' issuers by itself and we by command, and what the AWS console asks for. AWS has no public operations for it; these are our own. */
export const model: ServiceModel = {
  service: 'gatehouse-issuers',
  serviceId: 'Gatehouse Issuers',
  apiVersion: '2026-11-24',
  protocol: 'rest-json',
  endpointPrefix: 'gatehouse-issuers',
  signingName: 'gatehouse-issuers',
  operations: {
    GetIssuerThumbprint: {
      method: 'GET',
      uri: '/issuer-thumbprint',
      input: 'GetIssuerThumbprintRequest',
      output: 'GetIssuerThumbprintResponse',
      errors: ['InvalidRequestException'],
    },
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
    IssuerUrl: { type: 'string', min: 1, max: 255 },
    GetIssuerThumbprintRequest: {
      type: 'structure',
      members: { url: { shape: 'IssuerUrl', location: 'querystring', name: 'url' } },
      required: ['url'],
    },
    GetIssuerThumbprintResponse: { type: 'structure', members: { thumbprint: { shape: 'String' } }, required: ['thumbprint'] },
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
