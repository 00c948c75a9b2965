import type { ConnectRequest } from './model.ts'
import { rdsDb } from './service.ts'

/**
 * Connect: whether the signer of a token may log on to a database as one of its users. Service Authorization Reference, "Actions, resources, and condition
 * keys for Amazon RDS IAM Authentication".
 */
export const Connect = rdsDb.operation('Connect', {
  access: (input, { region }) => ({ action: 'rds-db:connect', resource: dbUserArn(region, input) }),
  handle: async ({ dbUser }) => ({ dbUser }),
  trail: (input, _output, { region }) => ({
    requestParameters: { dbUser: input.dbUser, dbiResourceId: input.dbiResourceId },
    responseElements: null,
    resources: [{ ARN: dbUserArn(region, input), accountId: input.accountId, type: 'AWS::RDS::DBUser' }],
  }),
  // Nothing is kept but the record.
  transaction: 'read',
})

const dbUserArn = (region: string, { accountId, dbiResourceId, dbUser }: ConnectRequest) =>
  `arn:aws:rds-db:${region}:${accountId}:dbuser:${dbiResourceId}/${dbUser}`
