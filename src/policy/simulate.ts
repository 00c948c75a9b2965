import type { CompiledPolicy } from './compile.ts'
import type { PolicySource } from './compiled-statement.ts'
import type { DecisionEffect } from './decide.ts'
import type { Position } from './errors.ts'
import { type Explanation, explain, type GroupExplanation, type StatementExplanation } from './explain.ts'
import type { ApplicablePolicies } from './plan.ts'
import { accountOf, type ContextValue, type PolicyPrincipal, type RequestContext } from './request.ts'

/** What a simulation asks: every action on every resource. */
export interface Simulation {
  readonly principal: PolicyPrincipal
  readonly policies: ApplicablePolicies
  readonly actions: readonly string[]
  /** ARNs; `*` alone when empty. */
  readonly resources: readonly string[]
  /** The account that owns the resources, when their ARNs do not say. */
  readonly resourceAccount?: string | undefined
  readonly context: RequestContext
}

/** The answer for an action, in the members of the IAM API's EvaluationResult. */
export interface EvaluationResult {
  readonly EvalActionName: string
  readonly EvalResourceName: string
  readonly EvalDecision: DecisionEffect
  readonly MatchedStatements: readonly SimulatedStatement[]
  readonly MissingContextValues: readonly string[]
  readonly OrganizationsDecisionDetail?: { readonly AllowedByOrganizations: boolean } | undefined
  readonly PermissionsBoundaryDecisionDetail?: { readonly AllowedByPermissionsBoundary: boolean } | undefined
  /** For requests across accounts: what each policy type said; empty within an account, absent there without resources. */
  readonly EvalDecisionDetails?: Readonly<Record<string, DecisionEffect>> | undefined
  readonly ResourceSpecificResults?: readonly ResourceSpecificResult[] | undefined
}

export interface ResourceSpecificResult {
  readonly EvalResourceName: string
  readonly EvalResourceDecision: DecisionEffect
  readonly MatchedStatements: readonly SimulatedStatement[]
  readonly MissingContextValues: readonly string[]
  readonly EvalDecisionDetails?: Readonly<Record<string, DecisionEffect>> | undefined
  readonly PermissionsBoundaryDecisionDetail?: { readonly AllowedByPermissionsBoundary: boolean } | undefined
}

export interface SimulatedStatement {
  readonly SourcePolicyId: string
  readonly SourcePolicyType: 'user' | 'group' | 'role' | 'aws-managed' | 'user-managed' | 'resource' | 'none'
  readonly StartPosition: { readonly Line: number; readonly Column: number }
  readonly EndPosition: { readonly Line: number; readonly Column: number }
}

/**
 * Answers a simulation, one result for each action in the order given. With resources its members tell of all of them together, and the resources' own
 * results are in ResourceSpecificResults.
 * @see IAM API Reference, "SimulatePrincipalPolicy", "SimulateCustomPolicy", "EvaluationResult"
 */
export function simulate(simulation: Simulation): EvaluationResult[] {
  const { principal, policies, actions, resources, resourceAccount, context } = simulation
  const on = (action: string, resource: string) => {
    const owner = accountOf(resource) ? undefined : resourceAccount
    return explain({ principal, action, resource, resourceAccount: owner, context }, policies)
  }
  return actions.map(action => {
    const [first, ...others] = resources
    if (first === undefined) return resultOf(on(action, '*'), policies)
    return together(policies, on(action, first), ...others.map(resource => on(action, resource)))
  })
}

/** The result for all resources. */
function resultOf(explanation: Explanation, policies: ApplicablePolicies): EvaluationResult {
  const { request, decision, missingContextKeys } = explanation
  return {
    EvalActionName: request.action,
    EvalResourceName: request.resource,
    EvalDecision: decision.effect,
    MatchedStatements: matchedStatements(explanation, policies),
    MissingContextValues: missingContextKeys,
    EvalDecisionDetails: decision.crossAccount ? decisionDetails(explanation.groups) : undefined,
    PermissionsBoundaryDecisionDetail: boundaryDetail([explanation]),
    OrganizationsDecisionDetail: organizationsDetail([explanation]),
  }
}

/** From the least restrictive to the most. */
const restrictions: readonly DecisionEffect[] = ['allowed', 'implicitDeny', 'explicitDeny']

/** The most restrictive decision of all resources with the statements that made it, named by the first resource that it was made on. */
function together(policies: ApplicablePolicies, ...explanations: readonly [Explanation, ...Explanation[]]): EvaluationResult {
  const most = (one: Explanation, other: Explanation) =>
    restrictions.indexOf(other.decision.effect) > restrictions.indexOf(one.decision.effect) ? other : one
  const [first, ...others] = explanations
  const deciding = others.reduce(most, first)
  const { request, decision } = deciding
  const statements = explanations
    .filter(explanation => explanation.decision.effect === decision.effect)
    .flatMap(explanation => matchedStatements(explanation, policies))
  return {
    EvalActionName: request.action,
    EvalResourceName: request.resource,
    EvalDecision: decision.effect,
    MatchedStatements: [...new Map(statements.map(statement => [JSON.stringify(statement), statement])).values()],
    // With named resources the missing keys are told for each resource.
    MissingContextValues: [],
    // "If the simulation evaluates policies within the same account and includes a resource ARN, then the parameter is present but the response is empty."
    EvalDecisionDetails: decision.crossAccount ? decisionDetails(deciding.groups) : {},
    PermissionsBoundaryDecisionDetail: boundaryDetail(explanations),
    OrganizationsDecisionDetail: organizationsDetail(explanations),
    ResourceSpecificResults: explanations.map(explanation => specificResult(explanation, policies)),
  }
}

function specificResult(explanation: Explanation, policies: ApplicablePolicies): ResourceSpecificResult {
  const { request, decision, groups, missingContextKeys } = explanation
  return {
    EvalResourceName: request.resource,
    EvalResourceDecision: decision.effect,
    MatchedStatements: matchedStatements(explanation, policies),
    MissingContextValues: missingContextKeys,
    EvalDecisionDetails: decision.crossAccount ? decisionDetails(groups) : undefined,
    PermissionsBoundaryDecisionDetail: boundaryDetail([explanation]),
  }
}

/** Whether the boundary allows it on all resources; undefined without one. */
function boundaryDetail(explanations: readonly Explanation[]): EvaluationResult['PermissionsBoundaryDecisionDetail'] {
  const boundaries = explanations.flatMap(({ groups }) => groups.filter(({ type }) => type === 'boundary'))
  return boundaries.length > 0 ? { AllowedByPermissionsBoundary: boundaries.every(({ says }) => says === 'allows') } : undefined
}

/** Whether the organization's policies allow it on all resources; undefined without any. */
function organizationsDetail(explanations: readonly Explanation[]): EvaluationResult['OrganizationsDecisionDetail'] {
  const organizations = explanations.flatMap(({ groups }) =>
    groups.filter(({ type, considered }) => considered && (type === 'scp' || type === 'rcp')),
  )
  return organizations.length > 0 ? { AllowedByOrganizations: organizations.every(({ says }) => says === 'allows') } : undefined
}

/** All Allow statements that apply; only the Deny statements when one does. Those of SCPs are not told. IAM API Reference, "EvaluationResult". */
function matchedStatements({ decision, groups }: Explanation, policies: ApplicablePolicies): SimulatedStatement[] {
  if (decision.effect === 'implicitDeny') return []
  const effect = decision.effect === 'allowed' ? 'Allow' : 'Deny'
  const documents = new Map(policiesOf(policies).map(policy => [policy.source, policy]))
  return groups
    .filter(({ considered, type }) => considered && type !== 'scp' && (effect === 'Deny' || type === 'identity' || type === 'resource'))
    .flatMap(({ statements }) => statements.filter(statement => statement.applies && statement.effect === effect))
    .map(statement => simulatedStatement(statement, documents.get(statement.policy)))
}

function policiesOf({ identity, resource, boundary, session = [], scps = [], rcps = [], vpce = [] }: ApplicablePolicies): CompiledPolicy[] {
  return [
    ...identity,
    ...(resource ? [resource] : []),
    ...(boundary ? [boundary] : []),
    ...session,
    ...scps.flat(),
    ...rcps.flat(),
    ...vpce,
  ]
}

/**
 * The simulator reports a statement from where its parser stood before it: just after the bracket that opens the list, or after the statement before.
 * AWS CLI Command Reference, the example of "simulate-custom-policy".
 */
function simulatedStatement({ policy, index, end }: StatementExplanation, compiled: CompiledPolicy | undefined): SimulatedStatement {
  const document = compiled?.document
  const start = index === 0 ? document?.statementsStart : document?.statements[index - 1]?.end
  return {
    SourcePolicyId: policy.id,
    SourcePolicyType: sourceTypes[policy.type] ?? 'none',
    StartPosition: lineAndColumn(start ?? end),
    EndPosition: lineAndColumn(end),
  }
}

const lineAndColumn = ({ line, column }: Position) => ({ Line: line, Column: column })

const sourceTypes: Readonly<Partial<Record<PolicySource['type'], SimulatedStatement['SourcePolicyType']>>> = {
  'AWS managed': 'aws-managed',
  'user managed': 'user-managed',
  user: 'user',
  group: 'group',
  role: 'role',
  resource: 'resource',
  trust: 'resource',
}

const detailNames = { identity: 'IAM Policy', resource: 'Resource Policy', boundary: 'IAM Permissions Boundary Policy' } as const

function decisionDetails(groups: readonly GroupExplanation[]): Record<string, DecisionEffect> {
  const details: Record<string, DecisionEffect> = {}
  for (const { type, says } of groups) {
    if (type !== 'identity' && type !== 'resource' && type !== 'boundary') continue
    details[detailNames[type]] = says === 'allows' ? 'allowed' : says === 'denies' ? 'explicitDeny' : 'implicitDeny'
  }
  return details
}

const listTypes = /List$/

/**
 * The value of a context entry of a simulation.
 * @param type    string, stringList, numeric, boolean, ip, binary, date, and their lists
 * @param values  as sent
 * @returns       undefined when there is no value
 * @see           IAM API Reference, "ContextEntry"
 */
export function contextEntryValue(type: string | undefined, values: readonly string[]): ContextValue | undefined {
  if (type !== undefined && listTypes.test(type)) return values
  return values.length > 1 ? values : values[0]
}
