import { type ActionName, coversAction } from './action.ts'
import { conditionsHold, coversResource } from './compile.ts'
import type { CompiledStatement } from './compiled-statement.ts'
import { type Reach, reachesDirectly, reachesNot } from './principal.ts'
import type { AuthorizationRequest } from './request.ts'
import { StatementIndex } from './statement-index.ts'

/** Statements of one effect that may apply to requests for one action; finds those that do. */
export interface Candidates {
  /**
   * A statement that applies, or undefined.
   * @param bounded  the principal has a permissions boundary
   */
  find(request: AuthorizationRequest, bounded?: boolean): CompiledStatement | undefined
  /** The statement that applies and reaches the principal most directly. */
  findMostDirect(request: AuthorizationRequest): Reached | undefined
}

export interface Reached {
  readonly compiled: CompiledStatement
  readonly reach: Reach
}

/** So few that scanning them is fastest. */
const maximumList = 16

/** Candidates from statements whose Action covers the action; undefined when there are none. */
export function candidatesOf(statements: CompiledStatement[], action: ActionName): Candidates | undefined {
  if (statements.length === 0) return undefined
  if (statements.length <= maximumList) return new CandidateList(statements)
  const index = new StatementIndex()
  for (const compiled of new Set(statements)) index.add(compiled)
  return new IndexedCandidates(index, action)
}

class CandidateList implements Candidates {
  readonly #statements: readonly CompiledStatement[]
  /** One that applies whatever the request: then there is nothing to look for. */
  readonly #always: CompiledStatement | undefined

  constructor(statements: CompiledStatement[]) {
    // Those that ask least first.
    if (statements.length > 1) statements.sort((a, b) => cost(a) - cost(b))
    this.#statements = statements
    const [first] = statements
    this.#always = first !== undefined && first.principal === undefined && cost(first) === 0 ? first : undefined
  }

  find(request: AuthorizationRequest, bounded?: boolean): CompiledStatement | undefined {
    if (this.#always !== undefined) return this.#always
    const statements = this.#statements
    for (let i = 0; i < statements.length; i++) {
      const compiled = statements[i] as CompiledStatement
      if (applies(compiled, request, bounded)) return compiled
    }
    return undefined
  }

  findMostDirect(request: AuthorizationRequest): Reached | undefined {
    let best: Reached | undefined
    for (const compiled of this.#statements) {
      best = moreDirect(best, compiled, request)
      if (best?.reach === reachesDirectly) break
    }
    return best
  }
}

/** Candidates among all statements of a group of policies, however many. */
export class IndexedCandidates implements Candidates {
  readonly #index: StatementIndex
  readonly #action: ActionName

  constructor(index: StatementIndex, action: ActionName) {
    this.#index = index
    this.#action = action
  }

  find(request: AuthorizationRequest, bounded?: boolean): CompiledStatement | undefined {
    const action = this.#action
    return this.#index.find(action, request.resource, compiled => coversActionOf(compiled, action) && applies(compiled, request, bounded))
  }

  findMostDirect(request: AuthorizationRequest): Reached | undefined {
    const action = this.#action
    let best: Reached | undefined
    this.#index.find(action, request.resource, compiled => {
      if (coversActionOf(compiled, action)) best = moreDirect(best, compiled, request)
      return best?.reach === reachesDirectly
    })
    return best
  }
}

const cost = ({ anyResource, conditions }: CompiledStatement): number => (anyResource ? 0 : 1) + conditions.length * 2

/** Whether the Action or NotAction element covers an action. */
export function coversActionOf({ actions, statement }: CompiledStatement, action: ActionName): boolean {
  for (let i = 0; i < actions.length; i++) {
    const pattern = actions[i]
    if (pattern !== undefined && coversAction(pattern, action)) return !statement.action.negated
  }
  return statement.action.negated
}

/** Whether a statement applies to a request whose action it covers. */
function applies(compiled: CompiledStatement, request: AuthorizationRequest, bounded: boolean | undefined): boolean {
  if (compiled.principal !== undefined && compiled.principal(request.principal, bounded) === reachesNot) return false
  return coversResource(compiled, request) && conditionsHold(compiled, request)
}

function moreDirect(best: Reached | undefined, compiled: CompiledStatement, request: AuthorizationRequest): Reached | undefined {
  const reach = compiled.principal ? compiled.principal(request.principal) : reachesDirectly
  if (reach <= (best?.reach ?? reachesNot) || !coversResource(compiled, request) || !conditionsHold(compiled, request)) return best
  return { compiled, reach }
}
