import type { RequestContext } from '../policy/index.ts'
import { federatedProviderOf, type Principal } from './principal.ts'

/** What the network and the clock say about a request. */
export interface RequestCircumstances {
  readonly sourceIp: string
  readonly userAgent: string
  readonly secure: boolean
  readonly referer?: string | undefined
  readonly region: string
  /** Epoch milliseconds. */
  readonly now: number
}

/**
 * The global condition keys of a request, each present exactly when its documentation says so. Keys that only name the principal
 * (aws:PrincipalArn, aws:username, aws:userid, ...) the policy engine derives from the principal itself.
 * IAM User Guide, "AWS global condition context keys".
 */
export function globalKeysOf(principal: Principal, circumstances: RequestCircumstances): RequestContext {
  return {
    ...keysOfRequest(circumstances),
    ...keysOfForwarding(principal),
    ...keysOfSource(principal),
    ...keysOfSession(principal, circumstances.now),
  }
}

const keysOfRequest = ({ sourceIp, userAgent, secure, referer, region, now }: RequestCircumstances) => ({
  'aws:SourceIp': sourceIp,
  'aws:SecureTransport': secure,
  'aws:UserAgent': userAgent || undefined,
  'aws:Referer': referer,
  'aws:RequestedRegion': region,
  'aws:CurrentTime': new Date(now),
  'aws:EpochTime': Math.floor(now / 1000),
})

/** aws:ViaAWSService is always there; aws:CalledVia and its kin only when a service calls with the principal's rights. */
function keysOfForwarding(principal: Principal): RequestContext {
  const services = 'account' in principal ? (principal.calledVia ?? []) : []
  if (services.length === 0) return { 'aws:ViaAWSService': false }
  return {
    'aws:ViaAWSService': true,
    'aws:CalledVia': services,
    'aws:CalledViaFirst': services[0],
    'aws:CalledViaLast': services.at(-1),
  }
}

/** What a service calls for. The source's organization is the authorizer's to know. */
const keysOfSource = (principal: Principal): RequestContext =>
  principal.type === 'service' && principal.source
    ? { 'aws:SourceArn': principal.source.arn, 'aws:SourceAccount': principal.source.account }
    : {}

function keysOfSession(principal: Principal, now: number): RequestContext {
  if (!('account' in principal) || !principal.session) return {}
  const { session } = principal
  const keys: { [key: string]: RequestContext[string] } = {
    'aws:TokenIssueTime': new Date(session.issuedAt),
    // Present with temporary credentials only, and then always: false tells of a session without a second factor.
    'aws:MultiFactorAuthPresent': session.mfaAt !== undefined,
    'aws:MultiFactorAuthAge': session.mfaAt === undefined ? undefined : Math.floor((now - session.mfaAt) / 1000),
    'ec2:RoleDelivery': session.instance?.roleDelivery,
    'ec2:SourceInstanceArn': session.instance?.arn,
    'aws:SourceIdentity': session.sourceIdentity,
    'aws:FederatedProvider': federatedProviderOf(session),
    'saml:namequalifier': session.saml?.nameQualifier,
    'saml:sub': session.saml?.subject,
    'saml:sub_type': session.saml?.subjectType,
  }
  for (const [key, value] of Object.entries(session.tags ?? {})) keys[`aws:PrincipalTag/${key}`] = value
  return keys
}
