/** Where progress is shown: standard error, when it is a terminal. */
interface Terminal {
  readonly isTTY?: boolean
  write(text: string): unknown
}

const leastMilliseconds = 100
/** Back to the start of the line, which is then empty. ECMA-48, "EL". */
const clearLine = '\r\u001B[K'

/** Says on a terminal how far something that takes long is, on one line; programs and files see nothing of it. */
export class Progress {
  readonly #what: string
  readonly #terminal: Terminal
  readonly #now: () => number
  #shownAt = Number.NEGATIVE_INFINITY

  constructor(what: string, terminal: Terminal = process.stderr, now: () => number = () => performance.now()) {
    this.#what = what
    this.#terminal = terminal
    this.#now = now
  }

  /** @param far  such as "120 answers" */
  at(far: string): void {
    const now = this.#now()
    if (this.#terminal.isTTY !== true || now - this.#shownAt < leastMilliseconds) return
    this.#shownAt = now
    this.#terminal.write(`${clearLine}${this.#what}: ${far}`)
  }

  /** Leaves nothing behind. */
  end(): void {
    if (this.#terminal.isTTY === true && this.#shownAt !== Number.NEGATIVE_INFINITY) this.#terminal.write(clearLine)
  }
}
