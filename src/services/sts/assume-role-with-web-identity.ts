import { oidcProviderArn } from '../../identity/arns.ts'
import {
  builtInProvider,
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
import { federatedStatements, tokenParameters } from './federated-access.ts'
import { type AssumableRole, findRole, isRoleArn } from './roles.ts'
import { requireBoundObjects } from './bound-token.ts'
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
  async prepare({ RoleArn, WebIdentityToken, ProviderId }, context): Promise<Prepared> {
    const arn = parseArn(RoleArn)
    if (!arn || !isRoleArn(RoleArn)) throw new sts.ValidationError('Request ARN is invalid')
    // Facebook's and Amazon's access tokens are not JWTs: only they themselves can say whose they are.
    if (ProviderId !== undefined) throw new sts.InvalidIdentityToken(`Access tokens of ${ProviderId} are not supported.`)
    const identity = await verified(WebIdentityToken, arn.account, context)
    await requireBoundObjects(WebIdentityToken, arn.account, context)
    return { role: await findRole(context.tx, RoleArn), identity, account: arn.account }
  },

  access: ({ RoleArn, RoleSessionName }, _context, { role, identity, account }) =>
    federatedStatements(
      'sts:AssumeRoleWithWebIdentity',
      { RoleArn, role, ...requestOf(identity) },
      {
        principal: { type: 'webIdentity', provider: identity.providerArn, account },
        keys: { ...identity.conditionKeys, 'sts:RoleSessionName': RoleSessionName, 'aws:FederatedProvider': identity.providerArn },
      },
    ),

  async handle(input, context, { role, identity, account }) {
    if (!role) throw new sts.AccessDenied('Not authorized to perform sts:AssumeRoleWithWebIdentity')
    const { sourceIdentity } = identity
    const { facts, packedSize } = await sessionLimits({ ...input, ...requestOf(identity) }, { tx: context.tx, account })
    const issued = issueRoleSession(
      role,
      input.RoleSessionName,
      input,
      { ...facts, ...(sourceIdentity !== undefined && { sourceIdentity }), webIdentity: webIdentityOf(identity) },
      context,
      // Pods' sessions, which is what tests of renewal shorten.
      identity.kubernetes && context.world.settings.serviceSessionSeconds,
    )
    return {
      ...issued,
      SubjectFromWebIdentityToken: identity.subject,
      Audience: identity.audience,
      Provider: identity.providerArn,
      ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
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
      ...(prepared && { addedParameters: tokenParameters(prepared.identity) }),
      ...(prepared?.identity.kubernetes && { additionalEventData: { kubernetes: { ...prepared.identity.kubernetes } } }),
    }
  },
})

const requestOf = ({ tags, transitiveTagKeys, sourceIdentity }: VerifiedWebIdentity) => ({
  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  TransitiveTagKeys: transitiveTagKeys,
  ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
})

const webIdentityOf = ({ providerArn, subject, audience, kubernetes }: VerifiedWebIdentity) => ({
  provider: providerArn,
  subject,
  audience,
  ...(kubernetes?.pod !== undefined && { pod: kubernetes.pod }),
})

async function verified(token: string, account: string, { now, world }: AccessContext): Promise<VerifiedWebIdentity> {
  try {
    return await verifyWebIdentity(
      token,
      // A read of its own: the call's own would hold its snapshot while an issuer is asked.
      issuer => world.store.read(tx => providerOf(tx, account, issuer)),
      (issuer, request) => world.webIdentityKeys.keysFor(issuer, { ...request, account }),
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
  if (!row) return builtInProvider(issuer)
  return {
    arn: row.arn,
    url: row.url,
    clientIds: JSON.parse(row.clientIds) as string[],
    thumbprints: JSON.parse(row.thumbprints) as string[],
  }
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
