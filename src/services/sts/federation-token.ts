import { federatedUserArn } from '../../identity/arns.ts'
import type { SessionFacts } from '../../identity/sessions.ts'
import { issueCredentials, lifeOf } from './credentials.ts'
import { sts } from './service.ts'
import { sessionLimits, sessionTagKeys } from './session-request.ts'

const defaultSeconds = 43_200
const longestSecondsOfRoot = 3_600

/** GetFederationToken: temporary credentials for someone whom a user vouches for. STS API Reference, "GetFederationToken". */
export const GetFederationToken = sts.operation('GetFederationToken', {
  access(input, { account }) {
    const resource = federatedUserArn(account, input.Name)
    const keys = sessionTagKeys(input)
    return [{ resource, keys }, ...(input.Tags?.length ? [{ action: 'sts:TagSession', resource, keys }] : [])]
  },

  async handle(input, context) {
    const { principal, tx, now } = context
    if (principal.type !== 'user' && principal.type !== 'root')
      throw new sts.AccessDenied('Cannot call GetFederationToken with session credentials')
    const { facts, packedSize } = await sessionLimits(input, { tx, account: principal.account })
    const asked = input.DurationSeconds ?? defaultSeconds
    const seconds = principal.type === 'root' ? Math.min(asked, longestSecondsOfRoot) : asked
    const session: SessionFacts = {
      ...facts,
      kind: 'federatedUser',
      account: principal.account,
      ...(principal.type === 'user' && { ownerId: principal.userId }),
      name: input.Name,
      ...lifeOf(seconds, now),
    }
    return {
      ...issueCredentials(session, input, context),
      FederatedUser: { FederatedUserId: `${principal.account}:${input.Name}`, Arn: federatedUserArn(principal.account, input.Name) },
      ...(packedSize !== undefined && { PackedPolicySize: packedSize }),
    }
  },
})
