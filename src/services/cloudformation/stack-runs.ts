/** What goes on after the call that began it, one work a stack at a time: stacks are made, changed and deleted so. */
export class StackRuns {
  readonly #last = new Map<string, Promise<void>>()
  #stopping = false

  /** Whether works are to end at their next step. */
  get stopping(): boolean {
    return this.#stopping
  }

  /** Begins a work once the stack's earlier ones are done. */
  start(stackId: string, work: () => Promise<void>): Promise<void> {
    const before = this.#last.get(stackId) ?? Promise.resolve()
    const run = before.then(work, work)
    const tracked = run.finally(() => {
      if (this.#last.get(stackId) === tracked) this.#last.delete(stackId)
    })
    this.#last.set(stackId, tracked)
    return tracked
  }

  /** Resolves when no work goes on any more. */
  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.allSettled(this.#last.values())
  }

  /** Lets works end at their next step. */
  async stop(): Promise<void> {
    this.#stopping = true
    await this.idle()
  }
}
