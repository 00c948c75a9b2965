import { type ActionName, type ActionPattern, compileAction, coversAction } from './action.ts'
import type { CompiledStatement } from './compile.ts'

interface WildcardAction {
  readonly pattern: ActionPattern
  readonly compiled: CompiledStatement
}

/** Statements of a policy; more than fit in a document. */
const maximumStatements = 65_536

/**
 * The statements of one policy by the actions that they name. Exact actions are sorted numbers, six bytes each and found by halving; actions with wildcards
 * are listed by service; statements about all actions, or all but some, are apart.
 */
export class PolicyIndex {
  readonly #statements: readonly CompiledStatement[]
  /** Ids of exact actions, rising. */
  readonly #actions: Uint32Array
  /** The statement of each. */
  readonly #places: Uint16Array
  #wildcards: Map<string, WildcardAction[]> | undefined
  readonly #any: CompiledStatement[] = []
  readonly #negated: CompiledStatement[] = []

  constructor(statements: readonly CompiledStatement[]) {
    this.#statements = statements
    const exact: number[] = []
    statements.forEach((compiled, place) => this.#add(compiled, place, exact))
    const sorted = Float64Array.from(exact).sort()
    this.#actions = Uint32Array.from(sorted, key => Math.floor(key / maximumStatements))
    this.#places = Uint16Array.from(sorted, key => key % maximumStatements)
  }

  #add(compiled: CompiledStatement, place: number, exact: number[]) {
    const { action } = compiled.statement
    if (action.negated) {
      this.#negated.push(compiled)
      return
    }
    const patterns = action.values.map(compileAction)
    if (patterns.some(({ shape }) => shape === 'any')) {
      this.#any.push(compiled)
      return
    }
    for (const pattern of patterns) {
      if (pattern.id !== -1 && place < maximumStatements) exact.push(pattern.id * maximumStatements + place)
      else this.#addWildcard(pattern, compiled)
    }
  }

  #addWildcard(pattern: ActionPattern, compiled: CompiledStatement) {
    this.#wildcards ??= new Map()
    const list = this.#wildcards.get(pattern.service)
    if (list) list.push({ pattern, compiled })
    else this.#wildcards.set(pattern.service, [{ pattern, compiled }])
  }

  /** Adds the statements whose Action or NotAction covers an action to the two lists; a statement may be added twice. */
  collect(action: ActionName, allows: CompiledStatement[], denies: CompiledStatement[]) {
    const { id } = action
    if (id !== -1 && this.#actions.length > 0) {
      for (let i = this.#firstOf(id); i < this.#actions.length && this.#actions[i] === id; i++) {
        const compiled = this.#statements[this.#places[i] as number] as CompiledStatement
        ;(compiled.allow ? allows : denies).push(compiled)
      }
    }
    const wildcards = this.#wildcards?.get(action.service)
    if (wildcards !== undefined) {
      for (let i = 0; i < wildcards.length; i++) {
        const { pattern, compiled } = wildcards[i] as WildcardAction
        if (coversAction(pattern, action)) (compiled.allow ? allows : denies).push(compiled)
      }
    }
    for (let i = 0; i < this.#any.length; i++) {
      const compiled = this.#any[i] as CompiledStatement
      ;(compiled.allow ? allows : denies).push(compiled)
    }
    for (const compiled of this.#negated) {
      if (!compiled.actions.some(pattern => coversAction(pattern, action))) (compiled.allow ? allows : denies).push(compiled)
    }
  }

  /** The first place of an action, or where it would be. */
  #firstOf(id: number): number {
    let low = 0
    let high = this.#actions.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#actions[middle] as number) < id) low = middle + 1
      else high = middle
    }
    return low
  }
}
