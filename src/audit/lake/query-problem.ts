/** A statement that is not one of CloudTrail Lake's, or that asks for what is not served. The message says what and where. */
export class QueryProblem extends Error {
  /** @param at  the place in the statement, from 0 */
  constructor(message: string, at?: number) {
    super(at === undefined ? message : `${message} (at character ${at + 1})`)
    this.name = 'QueryProblem'
  }
}
