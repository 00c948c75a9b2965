import type { ServiceModel } from '../../wire/model.ts'

export interface Operations {
  readonly IssueServerCertificate: { readonly input: IssueServerCertificateRequest; readonly output: IssueServerCertificateResponse }
}

export interface IssueServerCertificateRequest {
  readonly hostname: string
}

export interface IssueServerCertificateResponse {
  readonly accountId: string
  readonly certificatePem: string
  readonly keyPem: string
  readonly renewAt: Date
}

export type ErrorCode = never

/** What RDS does for its instances without anybody calling it. AWS has no public operation for it; this one is Gatehouse's own. */
export const model: ServiceModel = {
  service: 'gatehouse-databases',
  serviceId: 'Gatehouse Databases',
  apiVersion: '2026-11-26',
  protocol: 'rest-json',
  endpointPrefix: 'gatehouse-databases',
  signingName: 'gatehouse-databases',
  operations: {
    IssueServerCertificate: {
      method: 'POST',
      uri: '/databases/{hostname}/server-certificate',
      input: 'IssueServerCertificateRequest',
      output: 'IssueServerCertificateResponse',
    },
  },
  shapes: {
    String: { type: 'string' },
    PrivateKey: { type: 'string', sensitive: true },
    Timestamp: { type: 'timestamp' },
    // Never a name that something else of Gatehouse's or of AWS's has: one with the label `rds` after the instance's.
    DatabaseHostname: { type: 'string', max: 253, pattern: '[a-z][a-z0-9-]{0,62}(\\.[a-z0-9-]{1,63})*\\.rds(\\.[a-z0-9-]{1,63})+' },
    IssueServerCertificateRequest: {
      type: 'structure',
      members: { hostname: { shape: 'DatabaseHostname', location: 'uri', name: 'hostname' } },
      required: ['hostname'],
    },
    IssueServerCertificateResponse: {
      type: 'structure',
      members: {
        accountId: { shape: 'String' },
        certificatePem: { shape: 'String' },
        keyPem: { shape: 'PrivateKey' },
        renewAt: { shape: 'Timestamp' },
      },
      required: ['accountId', 'certificatePem', 'keyPem', 'renewAt'],
    },
  },
}
