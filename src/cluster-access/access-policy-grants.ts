import { accessPolicy } from '../catalogue/access-policies.ts'
import { type RequestAttributes, ruleAllows } from './rules.ts'

/** An access policy associated with an access entry. */
export interface AccessGrant {
  readonly policyArn: string
  readonly scope: 'cluster' | 'namespace'
  /** Names, with `*` for any text; only for the scope `namespace`. */
  readonly namespaces: readonly string[]
}

/**
 * The name of the access policy if a grant of it allows a request. Access policies never deny.
 * EKS User Guide, "Associate access policies with access entries".
 */
export function allowingPolicy({ policyArn, scope, namespaces }: AccessGrant, attributes: RequestAttributes): string | undefined {
  if (scope === 'namespace' && !inNamespaces(namespaces, attributes)) return undefined
  const policy = accessPolicy(policyArn)
  return policy?.rules.some(rule => ruleAllows(rule, attributes)) ? policy.name : undefined
}

function inNamespaces(patterns: readonly string[], attributes: RequestAttributes): boolean {
  const namespace = attributes.kind === 'resource' ? attributes.namespace : undefined
  return namespace !== undefined && namespace !== '' && patterns.some(pattern => matches(pattern, namespace))
}

/** A namespace pattern: `*` is any text, at any place and more than once. */
function matches(pattern: string, namespace: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return namespace === pattern
  if (!namespace.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = namespace.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return namespace.length - last.length >= at && namespace.endsWith(last)
}
