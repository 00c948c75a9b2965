import { type Condition, compilePolicy, decide, type PolicyDocument, parsePolicy, type Statement } from '../policy/index.ts'

const action = 'sts:AssumeRoleWithWebIdentity'

/** A service account as IAM sees it. */
export interface TrustTarget {
  readonly account: string
  /** With the scheme. */
  readonly issuer: string
  readonly providerArn: string
  /** `system:serviceaccount:NAMESPACE:NAME`. */
  readonly subject: string
}

/** What a trust policy makes of a service account's token. */
export interface TrustFinding {
  /** Undefined when the role may be assumed. */
  readonly problem?: string
  /** The role may be assumed, and by too many. */
  readonly warning?: string
}

/**
 * Whether a trust policy lets a service account in, by the policy engine; and if not, the mistake that is the likeliest.
 * @param text  the trust policy
 * @see         EKS User Guide, "Assign IAM roles to Kubernetes service accounts"
 */
export function trustFinding(text: string, target: TrustTarget, roleArn: string, audience: string): TrustFinding {
  const { providerArn, issuer, subject, account } = target
  const url = withoutScheme(issuer)
  const document = parsePolicy(text, 'trust')
  const decision = decide(
    {
      principal: { type: 'webIdentity', provider: providerArn, account },
      action,
      resource: roleArn,
      context: { [`${url}:sub`]: subject, [`${url}:aud`]: audience, 'aws:FederatedProvider': providerArn, 'aws:SecureTransport': true },
    },
    { identity: [], resource: compilePolicy(document, { id: 'trust policy', type: 'trust' }), resourceMustAllow: true },
  )
  if (decision.effect === 'allowed') return opennessOf(document, url)
  if (decision.effect === 'explicitDeny') return { problem: 'a Deny statement of the trust policy refuses the service account' }
  return { problem: likeliestMistake(document, target, url, audience) }
}

/** A statement without a condition on `sub` lets in every service account of the cluster. */
function opennessOf(document: PolicyDocument, url: string): TrustFinding {
  const open = document.statements.find(
    statement => allowsFederation(statement) && !statement.conditions.some(({ key }) => key.toLowerCase() === `${url}:sub`.toLowerCase()),
  )
  return open
    ? { warning: `the trust policy has no condition on ${url}:sub: every service account of the cluster may assume the role` }
    : {}
}

const allowsFederation = ({ effect, action: actions }: Statement) =>
  effect === 'Allow' && actions.values.some(value => /^(sts:assumerolewithwebidentity|sts:\*|sts:assumerole\*|\*)$/i.test(value))

function likeliestMistake(document: PolicyDocument, { providerArn, subject }: TrustTarget, url: string, audience: string): string {
  const federated = document.statements.filter(({ principal }) => principal?.entries.some(({ type }) => type === 'Federated'))
  if (federated.length === 0) return `the trust policy names no federated principal: it must be "Federated": "${providerArn}"`
  const named = federated.filter(({ principal }) => principal?.entries.some(({ value }) => value === providerArn))
  if (named.length === 0) {
    const [other] = federated.flatMap(({ principal }) => principal?.entries ?? []).filter(({ type }) => type === 'Federated')
    return `the trust policy names another provider, ${other?.value}: this cluster's is ${providerArn}`
  }
  const acting = named.filter(allowsFederation)
  if (acting.length === 0) return `the trust policy allows ${named[0]?.action.values.join(', ')} to the provider, not ${action}`
  for (const condition of acting.flatMap(({ conditions }) => conditions)) {
    const mistake = mistakeIn(condition, url, { sub: subject, aud: audience })
    if (mistake !== undefined) return mistake
  }
  return 'the conditions of the trust policy do not hold for the service account'
}

function mistakeIn(
  { key, base, values }: Condition,
  url: string,
  actual: { readonly sub: string; readonly aud: string },
): string | undefined {
  const claim = /:(sub|aud)$/.exec(key)?.[1] as 'sub' | 'aud' | undefined
  if (claim === undefined)
    return key.toLowerCase().startsWith(`${url.toLowerCase()}:`) || key.includes(':')
      ? `the condition on ${key} cannot hold: tokens of service accounts have only ${url}:sub and ${url}:aud`
      : undefined
  if (key.toLowerCase() !== `${url}:${claim}`.toLowerCase())
    return `the condition's key ${key} is of another issuer: it must be ${url}:${claim}`
  const wanted = values.join(' or ')
  if (values.includes(actual[claim])) return undefined
  const wildcard = values.find(value => /[*?]/.test(value))
  if (base.startsWith('StringEquals') && wildcard !== undefined)
    return `the condition compares ${key} by ${base}, which takes the wildcard in ${wildcard} literally: use StringLike`
  if (wildcard !== undefined && matches(wildcard, actual[claim])) return undefined
  return `the condition wants ${key} to be ${wanted}; the token has ${actual[claim]}`
}

const matches = (pattern: string, text: string) =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  ).test(text)

/** An issuer as ARNs and condition keys have it. */
export const withoutScheme = (issuer: string): string => issuer.replace(/^https:\/\//, '')
