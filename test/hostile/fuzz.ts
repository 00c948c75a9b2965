import { SeededRandom } from './random.ts'

/** Something that reads what strangers send. */
export interface FuzzTarget<Case = unknown> {
  readonly name: string
  /** Its share of the cases: what costs more gets fewer. */
  readonly weight: number
  /** Makes a case, from nothing but the numbers it is given. */
  make(random: SeededRandom): Case
  /** Reads it. @throws whatever is no refusal that callers are meant to see */
  read(input: Case): unknown
}

/** A case that was neither read nor refused; the message says how to have it again. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure'
}

/** A case may take so long, whatever it is; one that takes longer makes all others wait. */
const longestMilliseconds = 2_000

/**
 * Reads so many cases of a target.
 * @param seed   decides every case, with the case's number
 * @param first  the number of the first case
 * @throws       FuzzFailure with seed, number and the case itself
 */
export async function fuzz<Case>(target: FuzzTarget<Case>, seed: number, count: number, first = 0): Promise<void> {
  for (let number = first; number < first + count; number++) {
    const input = target.make(new SeededRandom(mixed(seed, number)))
    const begun = process.cpuUsage()
    try {
      const read = target.read(input)
      if (read instanceof Promise) await read
    } catch (problem) {
      throw failure(target, seed, number, input, problem instanceof Error ? (problem.stack ?? problem.message) : String(problem))
    }
    // The processor's time: others may be using it too.
    const taken = process.cpuUsage(begun).user / 1000
    if (taken > longestMilliseconds) throw failure(target, seed, number, input, `it took ${Math.round(taken)} ms`)
  }
}

const mixed = (seed: number, number: number) => Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35)

function failure({ name }: Pick<FuzzTarget, 'name'>, seed: number, number: number, input: unknown, problem: string): FuzzFailure {
  const shown = JSON.stringify(input, (_, value: unknown) =>
    value instanceof Uint8Array ? `base64:${Buffer.from(value).toString('base64')}` : value,
  )
  return new FuzzFailure(
    `${name}, seed ${seed}, case ${number} (again: node scripts/fuzz.mjs --target ${JSON.stringify(name)} --seed ${seed} --case ${number})\n${shown}\n${problem}`,
  )
}
