import type { Json } from '../../../types/json.ts'
import { cloudformation } from '../service.ts'
import { evaluate, type Scope } from './evaluate.ts'
import { asText, isObject, type Template } from './template.ts'

/** Rules hold a stack's parameters against one another. CloudFormation Template Reference, "Rules". @throws ValidationError */
export function checkRules({ rules }: Template, scope: Scope): void {
  for (const [name, rule] of Object.entries(rules)) {
    if (!isObject(rule)) throw new cloudformation.ValidationError(`Template format error: Rule ${name} must be an object.`)
    const { RuleCondition, Assertions } = rule
    if (RuleCondition !== undefined && !truth(RuleCondition, scope)) continue
    for (const assertion of Array.isArray(Assertions) ? Assertions : []) {
      if (!isObject(assertion) || assertion['Assert'] === undefined)
        throw new cloudformation.ValidationError(`Template format error: every assertion of rule ${name} must have an Assert.`)
      if (truth(assertion['Assert'], scope)) continue
      throw new cloudformation.ValidationError(`Template constraint failed: ${asText(assertion['AssertDescription'] ?? name)}`)
    }
  }
}

const texts = (value: Json | undefined, scope: Scope): string[] => {
  const list = evaluate(value, scope)
  return (Array.isArray(list) ? list : [list]).map(asText)
}

/** CloudFormation Template Reference, "Rule-specific intrinsic functions". */
const functions: { readonly [name: string]: (list: readonly Json[], scope: Scope) => boolean } = {
  'Fn::And': (list, scope) => list.every(each => truth(each, scope)),
  'Fn::Or': (list, scope) => list.some(each => truth(each, scope)),
  'Fn::Not': ([value = false], scope) => !truth(value, scope),
  'Fn::Equals': ([a, b], scope) => asText(evaluate(a, scope)) === asText(evaluate(b, scope)),
  'Fn::Contains': ([list, value], scope) => texts(list, scope).includes(asText(evaluate(value, scope))),
  'Fn::EachMemberEquals': ([list, value], scope) => texts(list, scope).every(each => each === asText(evaluate(value, scope))),
  'Fn::EachMemberIn': ([list, allowed], scope) => texts(list, scope).every(each => texts(allowed, scope).includes(each)),
}

function truth(value: Json, scope: Scope): boolean {
  const [name = '', argument] = isObject(value) ? (Object.entries(value)[0] ?? []) : []
  const apply = Object.hasOwn(functions, name) ? functions[name] : undefined
  if (!apply) throw new cloudformation.ValidationError(`Template error: ${name || asText(value)} is not a rule that Gatehouse applies`)
  return apply(Array.isArray(argument) ? argument : [], scope)
}
