import type { CredentialedPrincipal } from '../../identity/principal.ts'
import {
  makeOutboundKey,
  type OutboundAlgorithm,
  outboundAlgorithms,
  outboundIssuer,
  outboundKey,
  signOutboundToken,
} from '../../identity/outbound-tokens.ts'
import type { Transaction } from '../../store/index.ts'
import type { OutboundTokenKeysTable } from '../../store/tables/sts.ts'
import type { GetWebIdentityTokenRequest } from '../../wire/models/sts.ts'
import type { HandleContext } from '../operation.ts'
import { sts } from './service.ts'
import { sessionLimits, sessionTagKeys } from './session-request.ts'

const defaultSeconds = 300
/** AWS does not publish the limit. */
const largestPayload = 8_192

interface Prepared {
  readonly algorithm: OutboundAlgorithm
  /** Made when the account has none yet. */
  readonly newKey: OutboundTokenKeysTable | undefined
}

/**
 * GetWebIdentityToken: a token by which programs outside of AWS know the caller.
 * STS API Reference, "GetWebIdentityToken"; IAM User Guide, "Understanding token claims".
 */
export const GetWebIdentityToken = sts.operation('GetWebIdentityToken', {
  async prepare({ SigningAlgorithm, SubjectMode }, { tx, account, now, world }): Promise<Prepared> {
    const algorithm = outboundAlgorithms.find(name => name === SigningAlgorithm)
    if (!algorithm) throw new sts.ValidationError(`The signing algorithm must be one of: ${outboundAlgorithms.join(', ')}`)
    // Sessions whose origin is another identity provider's user are not made here.
    if (SubjectMode === 'OriginIdentity') throw new sts.ValidationError('The session has no origin identity.')
    const wanted = (await outboundIssuer(tx, account))?.enabled && !(await outboundKey(tx, account, algorithm))
    return { algorithm, newKey: wanted ? await makeOutboundKey(world.secrets, account, algorithm, now) : undefined }
  },

  access(input) {
    const keys = {
      'sts:IdentityTokenAudience': input.Audience,
      'sts:DurationSeconds': input.DurationSeconds ?? defaultSeconds,
      'sts:SigningAlgorithm': input.SigningAlgorithm,
      ...sessionTagKeys({ ...(input.Tags && { Tags: input.Tags }) }),
    }
    return [{ resource: '*', keys }, ...(input.Tags?.length ? [{ action: 'sts:TagGetWebIdentityToken', resource: '*', keys }] : [])]
  },

  // The first token of an account makes its key.
  transaction: 'write',

  async handle(input, context, { algorithm, newKey }) {
    const { tx, account, now, world } = context
    const principal = context.principal as CredentialedPrincipal
    const state = await outboundIssuer(tx, account)
    if (!state?.enabled)
      throw new sts.OutboundWebIdentityFederationDisabledException('Outbound web identity federation is not enabled for this account.')
    if (newKey)
      await tx
        .insertInto('outboundTokenKeys')
        .values(newKey)
        .onConflict(conflict => conflict.doNothing())
        .execute()
    const key = await outboundKey(tx, account, algorithm)
    if (!key)
      throw new sts.OutboundWebIdentityFederationDisabledException('Outbound web identity federation is not enabled for this account.')
    const issuedAt = Math.floor(now / 1000)
    const expiresAt = issuedAt + (input.DurationSeconds ?? defaultSeconds)
    if (principal.session && expiresAt * 1000 > principal.session.expiresAt)
      throw new sts.SessionDurationEscalationException(
        'The requested token duration would extend the session beyond its original expiration time.',
      )
    const claims = {
      iss: state.issuer,
      aud: input.Audience.length === 1 ? input.Audience[0] : [...input.Audience],
      sub: subjectOf(principal),
      iat: issuedAt,
      exp: expiresAt,
      jti: world.random.uuid(),
      ...(input.Scope !== undefined && { scope: input.Scope }),
      'https://sts.amazonaws.com/': await claimsOfAws(input, principal, context),
    }
    if (Buffer.byteLength(JSON.stringify(claims)) > largestPayload)
      throw new sts.JWTPayloadSizeExceededException('The requested token payload size exceeds the maximum allowed size.')
    return {
      WebIdentityToken: await signOutboundToken(world.secrets, key, { ...claims, aud: claims.aud ?? [] }),
      Expiration: new Date(expiresAt * 1000),
    }
  },
})

/** A session speaks for its role. */
const subjectOf = (principal: CredentialedPrincipal): string => (principal.type === 'roleSession' ? principal.roleArn : principal.arn)

async function claimsOfAws({ Tags }: GetWebIdentityTokenRequest, principal: CredentialedPrincipal, { tx, region }: HandleContext) {
  const { facts } = await sessionLimits({ ...(Tags && { Tags }) }, { tx, account: principal.account })
  const tags = { ...(await ownTags(tx, principal)), ...principal.session?.tags }
  return {
    aws_account: principal.account,
    source_region: region,
    ...(Object.keys(tags).length > 0 && { principal_tags: tags }),
    ...(facts.tags && { request_tags: facts.tags }),
  }
}

async function ownTags(tx: Transaction, principal: CredentialedPrincipal): Promise<{ [key: string]: string }> {
  const owner =
    principal.type === 'user' ? ['user', principal.userId] : principal.type === 'roleSession' ? ['role', principal.roleId] : undefined
  if (!owner) return {}
  const [kind = '', id = ''] = owner
  const rows = await tx.selectFrom('tags').select(['key', 'value']).where('ownerKind', '=', kind).where('ownerId', '=', id).execute()
  const overridden = new Set(Object.keys(principal.session?.tags ?? {}).map(key => key.toLowerCase()))
  return Object.fromEntries(rows.filter(({ key }) => !overridden.has(key.toLowerCase())).map(({ key, value }) => [key, value]))
}
