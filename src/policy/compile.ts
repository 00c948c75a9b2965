import { type ActionPattern, compileAction } from './action.ts'
import { compileResource, type ResourcePattern } from './arn-pattern.ts'
import { compileCondition, type ConditionTest } from './condition.ts'
import type { PolicyDocument, Statement } from './document.ts'
import { PolicyIndex } from './policy-index.ts'
import { compilePrincipal, type PrincipalTest } from './principal.ts'
import type { AuthorizationRequest } from './request.ts'
import type { PolicySource, MatchedStatement, CompiledStatement } from './compiled-statement.ts'

/** A policy that is ready to decide. Immutable, and safe to share between any number of principals. */
export interface CompiledPolicy {
  readonly document: PolicyDocument
  readonly source: PolicySource
  readonly statements: readonly CompiledStatement[]
  /** Made when first asked for. */
  readonly index: PolicyIndex
}

/**
 * Compiles a parsed policy.
 * @param document  from `parsePolicy`
 * @param source    what explanations call it
 */
export function compilePolicy(document: PolicyDocument, source: PolicySource): CompiledPolicy {
  return new Compiled(document, source)
}

/** Statements and index come when they are first needed: an account holds many more policies, and they many more statements, than requests touch. */
class Compiled implements CompiledPolicy {
  readonly document: PolicyDocument
  readonly source: PolicySource
  #statements: CompiledStatement[] | undefined
  #index: PolicyIndex | undefined

  constructor(document: PolicyDocument, source: PolicySource) {
    this.document = document
    this.source = source
  }

  get statements(): readonly CompiledStatement[] {
    return this.document.statements.map((_, place) => this.statementAt(place))
  }

  /** Each statement is compiled once: who holds one may look for it again. */
  statementAt(place: number): CompiledStatement {
    this.#statements ??= []
    this.#statements[place] ??= new Matcher(this.document.statements[place] as Statement, this.document, this.source)
    return this.#statements[place]
  }

  get index(): PolicyIndex {
    this.#index ??= new PolicyIndex(this.document.statements, place => this.statementAt(place))
    return this.#index
  }
}

class Matcher implements CompiledStatement {
  readonly statement: Statement
  readonly allow: boolean
  readonly resources: readonly ResourcePattern[] | undefined
  readonly anyResource: boolean
  readonly principal: PrincipalTest | undefined
  readonly conditions: readonly ConditionTest[]
  readonly #policy: PolicySource
  #actions: readonly ActionPattern[] | undefined
  #matched: MatchedStatement | undefined

  constructor(statement: Statement, document: PolicyDocument, policy: PolicySource) {
    const { effect, resource, principal, conditions } = statement
    const variables = document.version === '2012-10-17'
    this.statement = statement
    this.allow = effect === 'Allow'
    this.resources = resource?.values.map(value => compileResource(value, variables))
    this.anyResource = !resource || (!resource.negated && resource.values.includes('*'))
    this.principal = principal && compilePrincipal(principal, this.allow)
    this.conditions = conditions.length === 0 ? none : conditions.map(condition => compileCondition(condition, variables))
    this.#policy = policy
  }

  get actions(): readonly ActionPattern[] {
    this.#actions ??= this.statement.action.values.map(compileAction)
    return this.#actions
  }

  get matched(): MatchedStatement {
    const { index, sid, effect, start, end } = this.statement
    this.#matched ??= { policy: this.#policy, index, sid, effect, start, end, statement: this.statement }
    return this.#matched
  }
}

const none: readonly ConditionTest[] = []

/** Whether the Resource or NotResource element covers the resource of a request. */
export function coversResource(compiled: CompiledStatement, request: AuthorizationRequest): boolean {
  if (compiled.anyResource) return true
  const patterns = compiled.resources as readonly ResourcePattern[]
  const negated = compiled.statement.resource?.negated === true
  for (let i = 0; i < patterns.length; i++) if ((patterns[i] as ResourcePattern).matches(request.resource, request)) return !negated
  return negated
}

/** Whether all conditions hold. */
export function conditionsHold({ conditions }: CompiledStatement, request: AuthorizationRequest): boolean {
  for (let i = 0; i < conditions.length; i++) if (!(conditions[i] as ConditionTest)(request)) return false
  return true
}
