import type { PolicyDocument, PrincipalEntry, Statement } from '../policy/index.ts'
import { namedBy, strangers } from './principals.ts'
import { accessOf } from './questions.ts'
import type { ZoneOfTrust } from './zone-of-trust.ts'

/** Access of somebody outside the zone of trust. Access Analyzer API Reference, "ExternalAccessDetails". */
export interface ExternalAccess {
  /** By type of the Principal element. */
  readonly principal: { readonly [type: string]: string }
  readonly action: readonly string[]
  readonly condition: { readonly [key: string]: string }
  readonly isPublic: boolean
  /** False: whether the access is there could not be proved either way. */
  readonly certain: boolean
}

/**
 * Who outside a zone of trust a resource's policy lets in: one entry for each principal and statement. Accounts, users, roles, identity providers and everyone
 * count; services do not. IAM User Guide, "IAM Access Analyzer findings for external and unused access".
 */
export function externalAccess(policy: PolicyDocument, attachment: 'resource' | 'trust', zone: ZoneOfTrust): ExternalAccess[] {
  return policy.statements.flatMap(statement => {
    if (statement.effect !== 'Allow' || !statement.principal) return []
    // Without the other Allow statements, so that each answers for itself.
    const alone = { ...policy, statements: policy.statements.filter(other => other === statement || other.effect === 'Deny') }
    const { principal } = statement
    const everyone: PrincipalEntry[] = principal.everyone || principal.negated ? [{ type: 'AWS', value: '*', offset: 0 }] : []
    const named = principal.negated ? [] : principal.entries.filter(({ value }) => value !== '*' || !principal.everyone)
    return [...everyone, ...named].flatMap(entry => accessOfEntry(alone, statement, entry, attachment, zone))
  })
}

function accessOfEntry(
  policy: PolicyDocument,
  statement: Statement,
  { type, value }: PrincipalEntry,
  attachment: 'resource' | 'trust',
  zone: ZoneOfTrust,
): ExternalAccess[] {
  const found = (isPublic: boolean, certain: boolean): ExternalAccess[] => [
    {
      principal: { [type]: shownPrincipal(value) },
      action: statement.action.values,
      condition: conditionsOf(statement),
      isPublic,
      certain,
    },
  ]
  if (type === 'Service') return []
  if (type === 'CanonicalUser') return found(false, false)
  if (type === 'Federated') {
    const provider = value.includes(':saml-provider/')
      ? ({ type: 'saml', provider: value } as const)
      : ({ type: 'webIdentity', provider: value } as const)
    const { outcome } = accessOf(policy, [provider], attachment, zone, false)
    return outcome === 'none' ? [] : found(false, outcome === 'found')
  }
  if (value === '*') {
    const { all } = strangers(attachment)
    if (accessOf(policy, all, attachment, zone, true).outcome === 'found') return found(true, true)
    const { outcome } = accessOf(policy, all, attachment, zone, false)
    return outcome === 'none' ? [] : found(false, outcome === 'found')
  }
  const principals = namedBy(value)
  if (principals.every(principal => 'account' in principal && principal.account !== undefined && zone.accounts.includes(principal.account)))
    return []
  const { outcome } = accessOf(policy, principals, attachment, zone, false)
  return outcome === 'none' ? [] : found(false, outcome === 'found')
}

/** An account by its number, however the policy names it: findings and archive rules then agree. */
const shownPrincipal = (value: string): string => /^arn:[a-z-]+:iam::([0-9]{12}):root$/.exec(value)?.[1] ?? value

/** Conditions that findings show: each key with its values. */
const conditionsOf = ({ conditions }: Statement): { [key: string]: string } =>
  Object.fromEntries(conditions.map(({ key, values }) => [key, values.join(', ')]))
