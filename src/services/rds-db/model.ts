import type { ServiceModel } from '../../wire/model.ts'

export interface Operations {
  readonly Connect: { readonly input: ConnectRequest; readonly output: ConnectResponse }
}

export interface ConnectRequest {
  /** `connect`. */
  readonly action: string
  readonly dbUser: string
  readonly dbiResourceId: string
  readonly accountId: string
}

export interface ConnectResponse {
  readonly dbUser: string
}

export type ErrorCode = never

/**
 * What a database's authentication token is: a presigned request to the database's own address, `GET /?Action=connect&DBUser=...`, which is never sent
 * there. Gatehouse's proxy sends it here, with what it knows of the database. RDS User Guide, "IAM database authentication".
 */
export const model: ServiceModel = {
  service: 'rds-db',
  serviceId: 'RDS DB',
  apiVersion: '2026-11-26',
  protocol: 'rest-json',
  endpointPrefix: 'rds-db',
  signingName: 'rds-db',
  operations: { Connect: { method: 'GET', uri: '/', input: 'ConnectRequest', output: 'ConnectResponse' } },
  shapes: {
    String: { type: 'string' },
    Action: { type: 'string', enum: ['connect'] },
    DbUser: { type: 'string', min: 1, max: 63 },
    DbiResourceId: { type: 'string', pattern: '(db|cluster|prx)-[A-Za-z0-9]{1,64}' },
    AccountId: { type: 'string', pattern: '[0-9]{12}' },
    ConnectRequest: {
      type: 'structure',
      members: {
        action: { shape: 'Action', location: 'querystring', name: 'Action' },
        dbUser: { shape: 'DbUser', location: 'querystring', name: 'DBUser' },
        dbiResourceId: { shape: 'DbiResourceId', location: 'header', name: 'gatehouse-dbi-resource-id' },
        accountId: { shape: 'AccountId', location: 'header', name: 'gatehouse-db-account' },
      },
      required: ['action', 'dbUser', 'dbiResourceId', 'accountId'],
    },
    ConnectResponse: { type: 'structure', members: { dbUser: { shape: 'String' } }, required: ['dbUser'] },
  },
}
