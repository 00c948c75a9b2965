import { conditionOperators, type OperatorForm } from './condition-types.ts'
import { type ContextKey, contextKey, contextValue } from './context-keys.ts'
import type { Condition } from './document.ts'
import { compileWanted, type Match } from './operands.ts'
import type { AuthorizationRequest, ContextValue } from './request.ts'

/** Whether a condition holds for a request. */
export type ConditionTest = (request: AuthorizationRequest) => boolean

/**
 * Compiles one key under one operator.
 *
 * - An absent key does not match: true for negated operators and with `IfExists`, else false.
 * - Several wanted values: one must match; under a negated operator none may.
 * - `ForAllValues`: every value of the request must satisfy the operator; true when there is none. `ForAnyValue`: at least one must; false
 *   when there is none. No values, or only empty ones, count as none.
 * - A key with several values under an operator without qualifier, which AWS tells authors not to write: as `ForAnyValue` when the operator is positive, as
 *   `ForAllValues` when it is negated.
 * - A policy variable without a value matches nothing, so negated operators hold, in an Allow too.
 *
 * IAM User Guide, "Condition operators", "Policy variables with no value", "Single-valued vs. multivalued context keys", "Conditions with multiple context keys or values".
 * @param variables  the policy's version has variables
 */
export function compileCondition(condition: Condition, variables: boolean): ConditionTest {
  const form = conditionOperators[condition.base] as OperatorForm
  const key = contextKey(condition.key)
  if (form.type === 'null') return nullTest(key, condition.values)
  const { negated = false } = form
  const match = compileWanted(form, condition.values, variables)
  const satisfies: Match = negated ? (actual, request) => !match(actual, request) : match
  const { ifExists, qualifier } = condition
  if (qualifier === 'ForAllValues') {
    return request => {
      const value = contextValue(key, request)
      return value === undefined || isEmpty(value) || everyValue(value, request, satisfies)
    }
  }
  if (qualifier === 'ForAnyValue') {
    return request => {
      const value = contextValue(key, request)
      return value === undefined || isEmpty(value) ? ifExists : someValue(value, request, satisfies)
    }
  }
  const absent = ifExists || negated
  return request => {
    const value = contextValue(key, request)
    if (value === undefined) return absent
    if (!isList(value)) return satisfies(value, request)
    if (value.length === 0) return absent
    return negated ? everyValue(value, request, satisfies) : someValue(value, request, satisfies)
  }
}

/** Null: `true` asks that the key has no value, `false` that it has one. */
function nullTest(key: ContextKey, values: readonly string[]): ConditionTest {
  const wanted = values.map(value => value.toLowerCase())
  const whenAbsent = wanted.includes('true')
  const whenPresent = wanted.includes('false')
  return request => {
    const value = contextValue(key, request)
    const absent = value === undefined || (isList(value) && isEmpty(value))
    return absent ? whenAbsent : whenPresent
  }
}

const isList = (value: ContextValue): value is readonly string[] => Array.isArray(value)

const isEmpty = (value: ContextValue): boolean => value === '' || (isList(value) && value.every(item => item === ''))

function everyValue(value: ContextValue, request: AuthorizationRequest, satisfies: Match): boolean {
  if (!isList(value)) return satisfies(value, request)
  for (const item of value) if (!satisfies(item, request)) return false
  return true
}

function someValue(value: ContextValue, request: AuthorizationRequest, satisfies: Match): boolean {
  if (!isList(value)) return satisfies(value, request)
  for (const item of value) if (satisfies(item, request)) return true
  return false
}
