import { type ActionName, type ActionPattern, coversAction } from './action.ts'
import type { CompiledStatement } from './compile.ts'

type Few<T> = T | T[]

/**
 * The statements of one policy by the actions that they name: exact actions by hash, wildcard actions by service, the rest in a list.
 */
export class PolicyIndex {
  readonly #exact = new Map<string, Few<CompiledStatement>>()
  /** Wildcard actions of a service, such as `s3:Get*`. */
  readonly #wildcards = new Map<string, { readonly pattern: ActionPattern; readonly statement: CompiledStatement }[]>()
  readonly #any: CompiledStatement[] = []
  readonly #negated: CompiledStatement[] = []

  constructor(statements: readonly CompiledStatement[]) {
    for (const compiled of statements) this.#add(compiled)
  }

  #add(compiled: CompiledStatement) {
    if (compiled.statement.action.negated) {
      this.#negated.push(compiled)
      return
    }
    if (compiled.actions.some(({ shape }) => shape === 'any')) {
      this.#any.push(compiled)
      return
    }
    for (const pattern of compiled.actions) {
      if (pattern.shape === 'exact') this.#addExact(pattern.text, compiled)
      else {
        const list = this.#wildcards.get(pattern.service)
        if (list) list.push({ pattern, statement: compiled })
        else this.#wildcards.set(pattern.service, [{ pattern, statement: compiled }])
      }
    }
  }

  #addExact(action: string, compiled: CompiledStatement) {
    const present = this.#exact.get(action)
    if (present === undefined) this.#exact.set(action, compiled)
    else if (Array.isArray(present)) present.push(compiled)
    else this.#exact.set(action, [present, compiled])
  }

  /** Adds the statements whose Action or NotAction covers an action to the two lists; a statement may be added twice. */
  collect(action: ActionName, allows: CompiledStatement[], denies: CompiledStatement[]) {
    const add = (compiled: CompiledStatement) => {
      ;(compiled.allow ? allows : denies).push(compiled)
    }
    const exact = this.#exact.get(action.text)
    if (exact !== undefined) {
      if (Array.isArray(exact)) exact.forEach(add)
      else add(exact)
    }
    const wildcards = this.#wildcards.get(action.service)
    if (wildcards !== undefined) {
      for (const { pattern, statement } of wildcards) if (coversAction(pattern, action)) add(statement)
    }
    for (const compiled of this.#any) add(compiled)
    for (const compiled of this.#negated) if (!compiled.actions.some(pattern => coversAction(pattern, action))) add(compiled)
  }
}
