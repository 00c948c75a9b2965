import { oidcProviderArn } from '../../identity/arns.ts'
import {
  readWebIdentity,
  type VerifiedWebIdentity,
  verifyWebIdentity,
  WebIdentityError,
  type WebIdentityProvider,
} from '../../identity/web-identity.ts'
import type { Transaction } from '../../store/index.ts'
import { parseArn } from '../../types/arn.ts'
import type { AccessContext } from '../operation.ts'
import { issueRoleSession } from './role-sessions.ts'
import { type AssumableRole, findRole } from './roles.ts'
import { sts } from './service.ts'
import { sessionLimits } from './session-request.ts'

interface Prepared {
  readonly role: AssumableRole | undefined
  readonly identity: VerifiedWebIdentity
  readonly account: string
}

/**
 * AssumeRoleWithWebIdentity: temporary credentials of a role for the holder of an OpenID Connect token, such as a pod.
 * STS API Reference, "AssumeRoleWithWebIdentity".
 */
export const AssumeRoleWithWebIdentity = sts.operation('AssumeRoleWithWebIdentity', {
  async prepare({ RoleArn, WebIdentityToken }, context): Promise<Prepared> {
    const arn = parseArn(RoleArn)
    if (!arn) throw new sts.ValidationError('Request ARN is invalid')
    const identity = await verified(WebIdentityToken, arn.account, context)
    return { role: await findRole(context.tx, RoleArn), identity, account: arn.account }
  },

  access: ({ RoleArn, RoleSessionName }, _context, { role, identity, account }) => ({
    resource: RoleArn,
    principal: { type: 'webIdentity', provider: identity.providerArn, account },
    resourceMustAllow: true,
    ...(role && { resourcePolicy: role.trustPolicy }),
    keys: { ...identity.conditionKeys, 'sts:RoleSessionName': RoleSessionName, 'aws:FederatedProvider': identity.providerArn },
  }),

  async handle(input, context, { role, identity, account }) {
    if (!role) throw new sts.AccessDenied('Not authorized to perform sts:AssumeRoleWithWebIdentity')
    const { facts, packedSize } = await sessionLimits(input, { tx: context.tx, account })
    const issued = issueRoleSession(role, input.RoleSessionName, input, { ...facts, webIdentity: webIdentityOf(identity) }, context)
    return {
      ...issued,
      SubjectFromWebIdentityToken: identity.subject,
      Audience: identity.audience,
      Provider: identity.providerArn,
      ...(packedSize !== undefined && { PackedPolicySize: packedSize }),
    }
  },

  trail({ RoleArn, WebIdentityToken }, _output, { account }, prepared) {
    const claimed = prepared?.identity ?? claimedIdentity(WebIdentityToken, parseArn(RoleArn)?.account ?? account)
    return {
      recipientAccountId: prepared?.account ?? account,
      resources: [{ ARN: RoleArn, type: 'AWS::IAM::Role', accountId: prepared?.account ?? account }],
      ...(claimed && {
        userIdentity: {
          type: 'WebIdentityUser',
          principalId: `${claimed.providerArn}:${claimed.audience}:${claimed.subject}`,
          userName: claimed.subject,
          identityProvider: claimed.providerArn,
        },
      }),
      ...(prepared?.identity.kubernetes && { additionalEventData: { kubernetes: { ...prepared.identity.kubernetes } } }),
    }
  },
})

const webIdentityOf = ({ providerArn, subject, audience, kubernetes }: VerifiedWebIdentity) => ({
  provider: providerArn,
  subject,
  audience,
  ...(kubernetes?.pod !== undefined && { pod: kubernetes.pod }),
})

async function verified(token: string, account: string, { tx, now, world }: AccessContext): Promise<VerifiedWebIdentity> {
  try {
    return await verifyWebIdentity(
      token,
      issuer => providerOf(tx, account, issuer),
      issuer => world.webIdentityKeys.keysFor(issuer),
      now,
    )
  } catch (problem) {
    if (!(problem instanceof WebIdentityError)) throw problem
    switch (problem.kind) {
      case 'expired':
        throw new sts.ExpiredTokenException(problem.message)
      case 'unreachable':
        throw new sts.IDPCommunicationError(problem.message)
      case 'rejected':
        throw new sts.IDPRejectedClaim(problem.message)
      case 'invalid':
        throw new sts.InvalidIdentityToken(problem.message)
    }
  }
}

async function providerOf(tx: Transaction, account: string, issuer: string): Promise<WebIdentityProvider | undefined> {
  const url = issuer.replace(/^https:\/\//, '')
  const row = await tx.selectFrom('oidcProviders').selectAll().where('arn', '=', oidcProviderArn(account, url)).executeTakeFirst()
  return row && { arn: row.arn, url: row.url, clientIds: JSON.parse(row.clientIds) as string[] }
}

/** Who a refused token says to be: unproved, but the record must name it. */
function claimedIdentity(token: string, account: string) {
  const claims = readWebIdentity(token)
  if (!claims) return undefined
  return {
    providerArn: oidcProviderArn(account, claims.issuer.replace(/^https:\/\//, '')),
    subject: claims.subject,
    audience: claims.audience,
  }
}
