import { globalConditionKey } from '../../policy/index.ts'
import { serviceFacts } from '../../catalogue/facts/authorization-facts.ts'
import { isAudience, isClaim, keyFacts, type KeyFacts, prefixOf, serviceOfKey, tagKeys } from './condition-keys.ts'
import { type Findings, keyOf, valueOf } from './finding.ts'
import { type ConditionView, isGlobal, isOn, type StatementView, type Subject, textOf } from './statement.ts'
import { checkValues } from './condition-values.ts'

/** Operators and keys. IAM User Guide, "IAM JSON policy elements: Condition". */
export function checkConditions(statement: StatementView, subject: Subject, findings: Findings) {
  checkOperators(statement, findings)
  for (const condition of statement.conditions) {
    const known = checkKey(condition, subject, findings)
    if (!condition.form) continue
    checkQualifier(condition, statement, known, findings)
    checkEmptiness(condition, findings)
    checkValues(condition, known, findings)
  }
}

function checkOperators({ place, members }: StatementView, findings: Findings) {
  const condition = members.get('Condition')
  if (condition?.value.type !== 'object') return
  const block = valueOf(place, condition)
  for (const member of condition.value.members) {
    const operator = member.key
    const at = keyOf(block, member)
    if (/^(?:for(?:all|any)values?:)?null/i.test(operator)) {
      if (/ifexists$/i.test(operator)) findings.add('NULL_WITH_IF_EXISTS', at)
      if (operator.includes(':')) findings.add('NULL_WITH_QUALIFIER', at)
    } else if (!isOperator(operator)) findings.add('INVALID_CONDITION_OPERATOR', at, { operator })
    const operands = valueOf(block, member)
    if (member.value.type !== 'object') {
      findings.add('DATA_TYPE_MISMATCH', operands, { dataType: 'object' })
      continue
    }
    const seen = new Map<string, string>()
    for (const entry of member.value.members) {
      const before = seen.get(entry.key.toLowerCase())
      if (before === entry.key) findings.add('JSON_SYNTAX_ERROR_ELSEWHERE', keyOf(operands, entry))
      else if (before !== undefined) findings.add('DUPLICATE_KEYS_WITH_DIFFERENT_CASE', keyOf(operands, entry), { key: entry.key })
      seen.set(entry.key.toLowerCase(), entry.key)
    }
  }
}

const operatorForm =
  /^(?:forallvalues:|foranyvalue:)?(?:string(?:not)?(?:equals(?:ignorecase)?|like)|numeric(?:(?:not)?equals|(?:less|greater)than(?:equals)?)|date(?:(?:not)?equals|(?:less|greater)than(?:equals)?)|bool|binaryequals|(?:not)?ipaddress|arn(?:not)?(?:equals|like))(?:ifexists)?$/i
const isOperator = (text: string): boolean => operatorForm.test(text)

/** Whether the key exists. */
function checkKey(condition: ConditionView, { kind }: Subject, findings: Findings): KeyFacts | undefined {
  const { key, keyPlace } = condition
  const prefix = prefixOf(key)
  if (prefix === '' || key.endsWith(':')) {
    findings.add('INVALID_CONDITION_KEY_FORMAT', keyPlace)
    return undefined
  }
  if (tagKeys.some(name => name.toLowerCase() === key.toLowerCase())) {
    findings.add('MISSING_TAG_KEY_IN_CONDITION', keyPlace, { key })
    return undefined
  }
  if (isOn(condition, 'aws:ARN')) {
    // The reference has an error and a warning for this key and does not say which policies get which: Organizations' policies are the stricter.
    findings.add(kind === 'scp' || kind === 'rcp' ? 'UNSUPPORTED_GLOBAL_CONDITION_KEY' : 'DEPRECATED_GLOBAL_CONDITION_KEY', keyPlace)
    return { type: 'ARN', multivalued: false }
  }
  const known = keyFacts(key)
  if (known) return known
  if (isGlobal(key)) findings.add('INVALID_GLOBAL_CONDITION_KEY', keyPlace, { key })
  else if (isClaim(key)) return undefined
  else if (serviceOfKey(key)) findings.add('INVALID_SERVICE_CONDITION_KEY', keyPlace, { key, service: prefix })
  else if (!serviceFacts(prefix)) findings.add('INVALID_SERVICE', keyPlace, { service: prefix })
  return undefined
}

function checkQualifier(condition: ConditionView, { effect }: StatementView, known: KeyFacts | undefined, findings: Findings) {
  const { qualifier, key, keyPlace, form } = condition
  if (form?.type === 'null') return
  if (isAudience(key) && qualifier) {
    if (qualifier === 'ForAnyValue') findings.add('FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE', keyPlace, { key })
    findings.add('CONFIRM_AUDIENCE_CLAIM_TYPE', keyPlace, { key, audienceType: 'aud' })
  }
  if (!known) return
  if (known.multivalued && !qualifier) findings.add('MISSING_QUALIFIER', keyPlace, { key })
  if (!known.multivalued && qualifier === 'ForAllValues' && effect === 'Allow')
    findings.add('FORALLVALUES_WITH_SINGLE_VALUED_KEY', keyPlace, { key })
}

function checkEmptiness({ place, key, qualifier, ifExists }: ConditionView, findings: Findings) {
  if (place.node.type !== 'array' || place.node.items.length > 0) return
  if (qualifier === 'ForAllValues') findings.add('EMPTY_ARRAY_CONDITION_FORALLVALUES', place, { key })
  else if (qualifier === 'ForAnyValue') findings.add('EMPTY_ARRAY_CONDITION_FORANYVALUE', place, { key })
  else if (ifExists) findings.add('EMPTY_ARRAY_CONDITION_IFEXISTS', place, { key })
  else findings.add('EMPTY_ARRAY_CONDITION', place, { key })
}

/** Wildcards and variables where they let in whom nobody meant. IAM User Guide, "AWS global condition context keys", sensitive keys. */
export function checkBreadth({ conditions }: StatementView, findings: Findings) {
  for (const { key, form, values } of conditions) {
    if (!form || (form.type !== 'string' && form.type !== 'arn') || form.negated) continue
    const sensitive = globalConditionKey(key)?.sensitive === true
    for (const value of values) {
      const text = textOf(value.node) ?? ''
      if (/^\*+$/.test(text)) continue
      const wildcard = form.wildcards ? text.replaceAll(/\$\{[^}]*\}/g, 'x').search(/[*?]/) : -1
      if (wildcard !== -1) {
        const problem = breadthProblem(key, text, wildcard, sensitive, 'wildcard')
        if (problem) findings.add('WILDCARD_USAGE_TOO_PERMISSIVE', value, { problem })
      }
      const variable = text.search(/\$\{[^}]*:/)
      if (variable !== -1) {
        const problem = breadthProblem(key, text, variable, sensitive, 'policy variable')
        if (problem) findings.add('VARIABLE_USAGE_TOO_PERMISSIVE', value, { problem })
      }
    }
  }
}

const keysList = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html'
/** Sensitive keys whose values are ARNs or paths, which have parts that may vary. */
const structuredKeys = /^aws:(?:principalarn|sourcearn|sourcevpcarn|principalorgpaths|resourceorgpaths|sourceorgpaths|vpceorgpaths)$/i

function breadthProblem(
  key: string,
  text: string,
  at: number,
  sensitive: boolean,
  what: 'wildcard' | 'policy variable',
): string | undefined {
  if (!sensitive) return undefined
  if (/^aws:userid$/i.test(key)) {
    const colon = text.indexOf(':')
    const alone = what === 'wildcard' ? text.slice(0, colon) === '*' : /^\$\{[^}]*\}$/.test(text.slice(0, text.lastIndexOf(':')))
    const right = what === 'wildcard' ? colon !== -1 && at > colon : /^[^$]*:/.test(text)
    if (right || alone) return undefined
    return `Overly permissive use of ${what} with aws:userID. Use the ${what} on the right side of colon or as the only character on the left side of a colon.`
  }
  if (structuredKeys.test(key)) {
    const before = /[^*?:/]*$/.exec(text.slice(0, at))?.[0] ?? ''
    // Whole parts of an ARN or path may vary: only what begins the value is judged.
    if (at >= 6 || before.length >= 6) return undefined
    return `Overly permissive use of ${what} for the ${key} condition key. Use the ${what} preceded by 6 consecutive characters.`
  }
  return what === 'wildcard'
    ? `The wildcard is not allowed in the condition key ${key}. We consider the key to be sensitive and wildcards are not allowed to be used with sensitive keys. Refer to ${keysList} for the list of sensitive keys.`
    : `The policy variable is not allowed in the condition key ${key}. We consider the key to be sensitive and policy variables can be evaluated as effective wildcards. Therefore policy variables are not allowed to be used with sensitive keys. Refer to ${keysList} for the list of sensitive keys.`
}
