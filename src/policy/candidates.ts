import { type CompiledStatement, conditionsHold, coversResource } from './compile.ts'
import { type Reach, reachesDirectly, reachesNot } from './principal.ts'
import type { AuthorizationRequest } from './request.ts'

/** Statements of one effect whose Action covers an action; finds those that apply to a request. */
export class Candidates {
  readonly #statements: readonly CompiledStatement[]

  constructor(statements: readonly CompiledStatement[]) {
    // Those that ask least first: an Allow without resource or condition settles the matter at once.
    this.#statements = [...new Set(statements)].sort((a, b) => cost(a) - cost(b))
  }

  /** A statement that applies, or undefined. */
  find(request: AuthorizationRequest): CompiledStatement | undefined {
    for (const compiled of this.#statements) if (applies(compiled, request)) return compiled
    return undefined
  }

  /** The statement that applies and reaches the principal most directly. */
  findMostDirect(request: AuthorizationRequest): { compiled: CompiledStatement; reach: Reach } | undefined {
    let best: { compiled: CompiledStatement; reach: Reach } | undefined
    for (const compiled of this.#statements) {
      const reach = compiled.principal ? compiled.principal(request.principal) : reachesDirectly
      if (reach <= (best?.reach ?? reachesNot) || !coversResource(compiled, request) || !conditionsHold(compiled, request)) continue
      best = { compiled, reach }
      if (reach === reachesDirectly) break
    }
    return best
  }
}

const cost = ({ anyResource, conditions }: CompiledStatement): number => (anyResource ? 0 : 1) + conditions.length * 2

/** Whether a statement applies to a request whose action it covers. */
export function applies(compiled: CompiledStatement, request: AuthorizationRequest): boolean {
  if (compiled.principal !== undefined && compiled.principal(request.principal) === reachesNot) return false
  return coversResource(compiled, request) && conditionsHold(compiled, request)
}
