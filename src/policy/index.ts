// The public interface of the policy engine, published as `gatehouse/policy`. See docs/policy-engine.md.
export { type CompiledPolicy, compilePolicy } from './compile.ts'
export type { MatchedStatement, PolicySource } from './compiled-statement.ts'
export { decide, type Decision, type DecisionEffect, decideWithPlan } from './decide.ts'
export { denialMessage, denialReason } from './denial.ts'
export type {
  Condition,
  PolicyDocument,
  PolicyKind,
  PolicyVersion,
  PrincipalElement,
  PrincipalEntry,
  PrincipalType,
  SetQualifier,
  Statement,
  ValueList,
} from './document.ts'
export { MalformedPolicyDocument, type Position, positionAt } from './errors.ts'
export {
  type JsonArrayNode,
  type JsonMember,
  type JsonNode,
  type JsonObjectNode,
  type JsonScalarNode,
  type JsonStringNode,
  parseJson,
} from './json.ts'
export {
  type ConditionExplanation,
  type Explanation,
  explain,
  type GroupExplanation,
  type StatementExplanation,
} from './explain.ts'
export {
  type ConditionKeySource,
  type ConditionKeyType,
  type GlobalConditionKey,
  globalConditionKey,
  globalConditionKeys,
} from './condition-keys.ts'
export { conditionKeyValue } from './context-keys.ts'
export { conditionOperators, type OperandType, type OperatorForm, parseOperator } from './condition-types.ts'
export { renderExplanation } from './render.ts'
export {
  contextEntryValue,
  type EvaluationResult,
  type ResourceSpecificResult,
  type SimulatedStatement,
  simulate,
  type Simulation,
} from './simulate.ts'
export { contextKeysOf } from './keys-of.ts'
export { parsePolicy } from './parse.ts'
export { plainExplanation } from './plain-explanation.ts'
export { type ApplicablePolicies, type Plan, type PolicyType, preparePlan } from './plan.ts'
export { printPolicy } from './print.ts'
export { policySize, type PolicySizeLimit, policySizeLimits } from './policy-size.ts'
export {
  type AnonymousPrincipal,
  type AuthorizationRequest,
  type ContextValue,
  type FederatedUserPrincipal,
  type PolicyPrincipal,
  type RequestContext,
  type RoleSessionPrincipal,
  type RootPrincipal,
  type SamlPrincipal,
  type ServicePrincipal,
  type UserPrincipal,
  type WebIdentityPrincipal,
} from './request.ts'
