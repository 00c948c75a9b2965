/**
 * Microseconds a call, the best of several rounds: the machine is shared, and the least disturbed round says most.
 * @param calls   how many calls one round makes
 * @param round   makes them
 * @param prepare runs before each round, unmeasured
 */
export function measure(calls: number, round: () => void, { rounds = 15, prepare = () => {} } = {}): number {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < rounds; i++) {
    prepare()
    const start = process.hrtime.bigint()
    round()
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1000 / calls)
  }
  return best
}
