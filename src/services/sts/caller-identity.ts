import { sts } from './service.ts'

/** GetCallerIdentity: who the credentials belong to. STS API Reference, "GetCallerIdentity". */
export const GetCallerIdentity = sts.operation('GetCallerIdentity', {
  // "No permissions are required to perform this operation", not even against an explicit deny.
  access: () => [],

  async handle(_input, { principal }) {
    if (!('account' in principal)) throw new sts.AccessDenied('Cannot call GetCallerIdentity without credentials.')
    return { UserId: principal.principalId, Account: principal.account, Arn: principal.arn }
  },
})
