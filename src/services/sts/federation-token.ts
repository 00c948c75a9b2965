import { federatedUserArn } from '../../identity/arns.ts'
import { credentialsShape } from './role-sessions.ts'
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

  async handle(input, { principal, now, world }) {
    if ((principal.type !== 'user' && principal.type !== 'root') || principal.session)
      throw new sts.AccessDenied('Cannot call GetFederationToken with session credentials')
    const { facts, packedSize } = sessionLimits(input)
    const asked = input.DurationSeconds ?? defaultSeconds
    const seconds = principal.type === 'root' ? Math.min(asked, longestSecondsOfRoot) : asked
    const issuedAt = Math.floor(now / 1000) * 1000
    const session = {
      ...facts,
      kind: 'federatedUser',
      account: principal.account,
      ...(principal.type === 'user' && { ownerId: principal.userId }),
      name: input.Name,
      issuedAt,
      expiresAt: issuedAt + seconds * 1000,
    } as const
    return {
      Credentials: credentialsShape(world.sessions.issue(session, world.random)),
      FederatedUser: { FederatedUserId: `${principal.account}:${input.Name}`, Arn: federatedUserArn(principal.account, input.Name) },
      ...(packedSize !== undefined && { PackedPolicySize: packedSize }),
    }
  },
})
