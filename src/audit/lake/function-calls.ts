import type { Expression, Lambda } from './syntax.ts'
import type { Value } from './values.ts'

/** How what a function is given is compiled where it stands. */
export interface Caller {
  /** Epoch milliseconds. */
  readonly now: number
  compile(expression: Expression): Value
  /** As `compile`, but what cannot be cast is absent. */
  compileLeniently(expression: Expression): Value
  /** How many lambdas are around. */
  readonly lambdas: number
  /** The body of a lambda over an item. */
  bind(lambda: Lambda, item: Value): Value
}

/** One call of a function. */
export interface Call extends Caller {
  readonly name: string
  readonly given: readonly Expression[]
  readonly compiled: () => readonly Value[]
  readonly at: number
}

export interface SpecialFunction {
  readonly least: number
  readonly most: number
  readonly compile: (call: Call) => Value
}
