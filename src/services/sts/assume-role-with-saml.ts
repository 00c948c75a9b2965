import { createHash } from 'node:crypto'
import { longestAssertionMilliseconds, SamlError, type VerifiedSaml, verifySaml } from '../../identity/saml.ts'
import type { Transaction } from '../../store/index.ts'
import type { AssumeRoleWithSAMLRequest } from '../../wire/models/sts.ts'
import type { AccessContext } from '../operation.ts'
import { lifeOf } from './credentials.ts'
import { federatedStatements, tokenParameters } from './federated-access.ts'
import { issueRoleSession } from './role-sessions.ts'
import { type AssumableRole, findRole, isRoleArn } from './roles.ts'
import { sts } from './service.ts'
import { sessionLimits } from './session-request.ts'

interface Prepared {
  readonly role: AssumableRole | undefined
  readonly saml: VerifiedSaml
  readonly account: string
}

const defaultSeconds = 3_600
const action = 'sts:AssumeRoleWithSAML'
const notAuthorized = () => new sts.AccessDenied(`Not authorized to perform ${action}`)

/** AssumeRoleWithSAML: temporary credentials of a role for the holder of an identity provider's response. STS API Reference, same name. */
export const AssumeRoleWithSAML = sts.operation('AssumeRoleWithSAML', {
  async prepare(input, context): Promise<Prepared> {
    const { RoleArn, PrincipalArn } = input
    const account = /^arn:aws:iam::(\d{12}):saml-provider\/[\w._-]+$/.exec(PrincipalArn)?.[1]
    if (account === undefined || !isRoleArn(RoleArn)) throw new sts.ValidationError('Request ARN is invalid')
    const saml = await verified(input, context)
    // The user has those roles that the identity provider lists, and no others.
    if (!saml.roles.some(pair => pair.role === RoleArn && pair.provider === PrincipalArn)) throw notAuthorized()
    return { role: await findRole(context.tx, RoleArn), saml, account }
  },

  access: ({ RoleArn, PrincipalArn }, _context, { role, saml, account }) =>
    federatedStatements(
      action,
      { RoleArn, role, ...requestOf(saml) },
      {
        principal: { type: 'saml', provider: PrincipalArn, account },
        keys: { ...saml.conditionKeys, 'sts:RoleSessionName': saml.sessionName, 'aws:FederatedProvider': PrincipalArn },
      },
    ),

  // An assertion that is good once is used up.
  transaction: 'write',

  async handle(input, context, { role, saml }) {
    // A provider speaks for roles of its own account.
    if (!role || !input.PrincipalArn.startsWith(`arn:aws:iam::${role.row.account}:`)) throw notAuthorized()
    if (context.world.settings.singleUseSaml) await useUp(context.tx, input.PrincipalArn, saml, context.now)
    const { sourceIdentity, nameQualifier, subject, subjectType } = saml
    const { facts, packedSize } = await sessionLimits({ ...input, ...requestOf(saml) }, { tx: context.tx, account: role.row.account })
    const issued = issueRoleSession(
      role,
      saml.sessionName,
      { ...input, DurationSeconds: secondsOf(input, saml, context.now) },
      {
        ...facts,
        ...(sourceIdentity !== undefined && { sourceIdentity }),
        saml: { provider: input.PrincipalArn, nameQualifier, subject, subjectType },
      },
      context,
    )
    return {
      ...issued,
      Subject: subject,
      SubjectType: subjectType,
      Issuer: saml.issuer,
      Audience: saml.audience,
      NameQualifier: nameQualifier,
      ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
      ...(packedSize !== undefined && { PackedPolicySize: packedSize }),
    }
  },

  trail({ RoleArn, PrincipalArn }, _output, { account }, prepared) {
    const recipient = prepared?.account ?? account
    return {
      recipientAccountId: recipient,
      resources: [
        { ARN: RoleArn, type: 'AWS::IAM::Role', accountId: recipient },
        { ARN: PrincipalArn, type: 'AWS::IAM::SAMLProvider', accountId: recipient },
      ],
      ...(prepared && {
        addedParameters: {
          sAMLAssertionID: prepared.saml.assertionId,
          roleSessionName: prepared.saml.sessionName,
          ...tokenParameters(prepared.saml),
        },
        userIdentity: {
          type: 'SAMLUser',
          principalId: `${prepared.saml.nameQualifier}:${prepared.saml.subject}`,
          userName: prepared.saml.subject,
          identityProvider: prepared.saml.nameQualifier,
        },
      }),
    }
  },
})

/** SAML 2.0 Profiles, section 4.1.4.5: bearer assertions are not replayed. OWASP ASVS 5.0.0, 6.8.3. */
async function useUp(tx: Transaction, provider: string, { assertionId }: VerifiedSaml, now: number): Promise<void> {
  await tx.deleteFrom('usedSamlAssertions').where('expiresAt', '<=', now).execute()
  const idHash = createHash('sha256').update(`${provider} ${assertionId}`).digest('hex')
  const used = await tx.selectFrom('usedSamlAssertions').select('idHash').where('idHash', '=', idHash).executeTakeFirst()
  if (used) throw new sts.InvalidIdentityToken('The SAML assertion has been used already.')
  await tx
    .insertInto('usedSamlAssertions')
    .values({ idHash, expiresAt: now + longestAssertionMilliseconds })
    .execute()
}

const requestOf = ({ tags, transitiveTagKeys, sourceIdentity }: VerifiedSaml) => ({
  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  TransitiveTagKeys: transitiveTagKeys,
  ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
})

/** The session ends when the identity provider's does, if that is sooner. STS API Reference, "AssumeRoleWithSAML", DurationSeconds. */
function secondsOf({ DurationSeconds = defaultSeconds }: AssumeRoleWithSAMLRequest, { endsAt }: VerifiedSaml, now: number): number {
  if (endsAt === undefined) return DurationSeconds
  const left = Math.floor((endsAt - lifeOf(0, now).issuedAt) / 1000)
  if (left <= 0) throw new sts.ExpiredTokenException('The session of the identity provider has ended.')
  return Math.min(DurationSeconds, left)
}

async function verified(
  { PrincipalArn, SAMLAssertion }: AssumeRoleWithSAMLRequest,
  { tx, now, world }: AccessContext,
): Promise<VerifiedSaml> {
  const provider = await tx.selectFrom('samlProviders').selectAll().where('arn', '=', PrincipalArn).executeTakeFirst()
  if (!provider) throw new sts.InvalidIdentityToken("Specified provider doesn't exist.")
  const privateKeys = JSON.parse(provider.privateKeys) as { readonly envelope: string }[]
  const known = {
    ...provider,
    decryptionKeys: privateKeys.map(({ envelope }) => world.secrets.decrypt(envelope, provider.arn).toString('utf8')),
    encryptionRequired: provider.encryptionMode === 'Required',
  }
  try {
    return verifySaml(SAMLAssertion, known, `${world.endpoints.https}/saml`, now)
  } catch (problem) {
    if (!(problem instanceof SamlError)) throw problem
    switch (problem.kind) {
      case 'expired':
        throw new sts.ExpiredTokenException(problem.message)
      case 'rejected':
        throw new sts.IDPRejectedClaim(problem.message)
      case 'invalid':
        throw new sts.InvalidIdentityToken(problem.message)
    }
  }
}
