/** What one success adds to how many may run, in parts of what may run already. */
const growth = 0.25

/**
 * How many units a node runs at once: as many as connections allow, fewer while they keep meeting each other, since units that all fail and begin again do less together
 * than one after the other. Halved when a unit met others, a little more when one went through, as TCP finds how much a way carries (RFC 5681, "Congestion Avoidance").
 */
export class UnitsAtOnce {
  readonly #most: number
  #may: number
  #running = 0
  /** Those that begin again come before those that begin. */
  readonly #again: (() => void)[] = []
  readonly #first: (() => void)[] = []

  constructor(most: number) {
    this.#most = most
    this.#may = most
  }

  /** Resolves when a unit may begin, which then must `leave`. @param again  whether it met others before */
  async enter(again: boolean): Promise<void> {
    if (this.#running < Math.floor(this.#may)) {
      this.#running++
      return
    }
    await new Promise<void>(resolve => (again ? this.#again : this.#first).push(resolve))
  }

  /** @param met  whether it ended because it met others */
  leave(met: boolean): void {
    this.#may = met ? Math.max(1, this.#may / 2) : Math.min(this.#most, this.#may + growth / this.#may)
    this.#running--
    while (this.#running < Math.floor(this.#may)) {
      const next = this.#again.shift() ?? this.#first.shift()
      if (!next) return
      this.#running++
      next()
    }
  }
}
