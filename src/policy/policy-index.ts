import { type ActionName, type ActionPattern, compileAction, coversAction, idOfExactAction, isAnyAction } from './action.ts'
import type { CompiledStatement } from './compiled-statement.ts'
import type { Statement } from './document.ts'

interface WildcardAction {
  readonly pattern: ActionPattern
  readonly place: number
}

/** Statements of a policy; more than fit in a document. With the ids of actions, a place and its action share one number of 32 bits. */
const maximumStatements = 16_384

/**
 * The statements of one policy by the actions that they name. Exact actions are sorted numbers, four bytes each and found by halving; actions with wildcards
 * are listed by service; statements about all actions, or all but some, are apart. Statements are known by their place, and compiled when an action that they
 * name is first asked about.
 */
export class PolicyIndex {
  readonly #at: (place: number) => CompiledStatement
  /** Id of the exact action, then place of the statement; rising. */
  readonly #exact: Uint32Array
  #wildcards: Map<string, WildcardAction[]> | undefined
  #any: number[] | undefined
  #negated: number[] | undefined

  /** @param at  the compiled statement of a place */
  constructor(statements: readonly Statement[], at: (place: number) => CompiledStatement) {
    this.#at = at
    const exact: number[] = []
    statements.forEach((statement, place) => this.#add(statement, place, exact))
    this.#exact = Uint32Array.from(exact).sort()
  }

  #add({ action }: Statement, place: number, exact: number[]) {
    if (action.negated) (this.#negated ??= []).push(place)
    else if (action.values.some(isAnyAction)) (this.#any ??= []).push(place)
    else {
      for (const value of action.values) {
        const id = place < maximumStatements ? idOfExactAction(value) : -1
        if (id === -1) this.#addWildcard(compileAction(value), place)
        else exact.push(id * maximumStatements + place)
      }
    }
  }

  #addWildcard(pattern: ActionPattern, place: number) {
    this.#wildcards ??= new Map()
    const list = this.#wildcards.get(pattern.service)
    if (list) list.push({ pattern, place })
    else this.#wildcards.set(pattern.service, [{ pattern, place }])
  }

  /** Adds the statements whose Action or NotAction covers an action to the two lists; a statement may be added twice. */
  collect(action: ActionName, allows: CompiledStatement[], denies: CompiledStatement[]) {
    if (action.id !== -1) this.#collectExact(action.id, allows, denies)
    const wildcards = this.#wildcards?.get(action.service)
    if (wildcards !== undefined) {
      for (let i = 0; i < wildcards.length; i++) {
        const { pattern, place } = wildcards[i] as WildcardAction
        if (coversAction(pattern, action)) push(this.#at(place), allows, denies)
      }
    }
    if (this.#any !== undefined) for (let i = 0; i < this.#any.length; i++) push(this.#at(this.#any[i] as number), allows, denies)
    if (this.#negated !== undefined) {
      for (const place of this.#negated) {
        const compiled = this.#at(place)
        if (!compiled.actions.some(pattern => coversAction(pattern, action))) push(compiled, allows, denies)
      }
    }
  }

  #collectExact(id: number, allows: CompiledStatement[], denies: CompiledStatement[]) {
    const first = id * maximumStatements
    const after = first + maximumStatements
    for (let i = this.#firstFrom(first); i < this.#exact.length && (this.#exact[i] as number) < after; i++) {
      push(this.#at((this.#exact[i] as number) - first), allows, denies)
    }
  }

  /** The first place whose number is not below one, or where it would be. */
  #firstFrom(wanted: number): number {
    let low = 0
    let high = this.#exact.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#exact[middle] as number) < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

const push = (compiled: CompiledStatement, allows: CompiledStatement[], denies: CompiledStatement[]) =>
  (compiled.allow ? allows : denies).push(compiled)
