import { appendPattern, matchesCodes, type PatternCodes } from '../policy/wildcard.ts'

/** Whose access is not from outside. IAM User Guide, "Identify resources shared with an external entity". */
export interface ZoneOfTrust {
  readonly accounts: readonly string[]
  /** When the whole organization is trusted. */
  readonly organization?: string | undefined
  /** What requests tell of the resource, where it is known: policies compare it with the caller's. */
  readonly resource?: { readonly account: string; readonly organization?: string | undefined }
}

/** By key: what only those within a zone have. IAM User Guide, "AWS global condition context keys". */
const insideByKey: { readonly [key: string]: (zone: ZoneOfTrust) => readonly string[] } = {
  'aws:principalaccount': ({ accounts }) => accounts,
  'kms:calleraccount': ({ accounts }) => accounts,
  'aws:principalarn': ({ accounts }) => accounts.map(account => `arn:*:*::${account}:*`),
  'aws:principalorgid': ({ organization }) => (organization === undefined ? [] : [organization]),
  'aws:principalorgpaths': ({ organization }) => (organization === undefined ? [] : [`${organization}/*`]),
  // Services are not external entities, and nobody else has this.
  'aws:principalisawsservice': () => ['true'],
}

/** Patterns of the values of a key that nobody outside a zone has. */
export function insideValues(zone: ZoneOfTrust, key: string): PatternCodes[] {
  return (insideByKey[key]?.(zone) ?? []).map(text => {
    const codes: number[] = []
    appendPattern(codes, text)
    return codes
  })
}

/** Whether only somebody within the zone has a value, in whatever case a condition compares it. */
export const isInside = (inside: readonly PatternCodes[], value: string): boolean =>
  inside.some(codes => matchesCodes(codes, value.toLowerCase()))

/** Keys whose values follow from the resource. */
export function resourceKeys({ resource }: ZoneOfTrust): Record<string, string> {
  if (!resource) return {}
  const { account, organization } = resource
  return { 'aws:resourceaccount': account, ...(organization !== undefined && { 'aws:resourceorgid': organization }) }
}
