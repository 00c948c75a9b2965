import type { PrincipalElement, PrincipalEntry, PrincipalType } from './document.ts'
import type { JsonMember } from './json.ts'
import { type Refusal, syntaxErrors } from './refusal.ts'

const principalTypes: readonly string[] = ['AWS', 'Federated', 'Service', 'CanonicalUser']

const accountId = /^[0-9]{12}$/
const uniqueId = /^A[A-Z0-9]{15,127}$/
const principalArn =
  /^arn:[a-z-]+:(iam::[0-9]{12}:(root|(user|role)\/[^*?]+)|sts::[0-9]{12}:(assumed-role\/[^*?/]+\/[^*?/]+|federated-user\/[^*?]+)|cloudfront::[^*?]+|iam::cloudfront:user\/[^*?]+)$/
const service = /^[a-z0-9.-]+$/

const forms: Readonly<Record<PrincipalType, (value: string) => boolean>> = {
  AWS: value => value === '*' || accountId.test(value) || principalArn.test(value) || uniqueId.test(value),
  Federated: value => value !== '' && (value === '*' || !/[*?]/.test(value)),
  Service: value => value === '*' || service.test(value),
  CanonicalUser: value => /^[0-9a-f]{64}$/.test(value),
}

/**
 * Principal or NotPrincipal: `"*"`, or a map from type to one value or several. Whether a named user or role exists is for the service to
 * check that stores the policy. IAM User Guide, "AWS JSON policy elements: Principal".
 */
export function parsePrincipal({ key, value }: JsonMember, refusal: Refusal): PrincipalElement {
  const negated = key === 'NotPrincipal'
  if (value.type === 'string') {
    if (value.value !== '*') refusal.refuse(value.start, `Invalid principal in policy: "${value.value}"`)
    return { negated, everyone: true, entries: [] }
  }
  if (value.type !== 'object') return refusal.refuse(value.start, syntaxErrors, `${key} is "*" or a JSON object.`)
  if (value.members.length === 0) refusal.refuse(value.start, `Missing required field ${key}`)
  const entries: PrincipalEntry[] = []
  const seen = new Set<string>()
  for (const member of value.members) {
    const type = member.key as PrincipalType
    if (!principalTypes.includes(type)) refusal.refuse(member.keyStart, syntaxErrors, `There is no principal type ${member.key}.`)
    if (seen.has(type)) refusal.refuse(member.keyStart, syntaxErrors, `The key ${type} is there twice.`)
    seen.add(type)
    for (const node of member.value.type === 'array' ? member.value.items : [member.value]) {
      if (node.type !== 'string') return refusal.refuse(node.start, syntaxErrors, 'A string is expected here.')
      if (!forms[type](node.value)) refusal.refuse(node.start, `Invalid principal in policy: "${type}":"${node.value}"`)
      entries.push({ type, value: node.value, offset: node.start })
    }
  }
  if (entries.length === 0) refusal.refuse(value.start, `Missing required field ${key} cannot be empty!`)
  if (refusal.kind === 'rcp' && !entries.some(entry => entry.value === '*'))
    refusal.refuse(value.start, syntaxErrors, 'An RCP has the principal "*".')
  return { negated, everyone: entries.some(entry => entry.type === 'AWS' && entry.value === '*'), entries }
}
