import type { ArchivedRecord, RecordName } from '../record-archive.ts'
import type { Statement } from './connection.ts'

const mostRemembered = 100_000
const againMilliseconds = 15 * 60_000
/** How much longer an hour is known than the record that made it known: longer than it takes until it is told again. */
const extraSeconds = 86_400

/** Which hours were told of not long ago: each record of an hour would tell the same again. */
export class KeptHours {
  readonly #keyspace: string
  readonly #told = new Map<string, { readonly at: number; readonly untilAt: number }>()

  constructor(keyspace: string) {
    this.#keyspace = keyspace
  }

  /** What tells of the hour of a record, for each of its names of which that is not known. */
  statementsFor(
    { source, account, region, untilAt }: ArchivedRecord,
    names: readonly RecordName[],
    hour: number,
    now: number,
  ): Statement[] {
    const ttl = Math.ceil((untilAt - now) / 1000) + extraSeconds
    return names
      .filter(({ key, value }) => this.#remember([source, account, key, value, region, hour].join('\0'), untilAt, now))
      .map(({ key, value }) => ({
        query: `INSERT INTO ${this.#keyspace}.record_hours (source, account, name, value, region, hour) VALUES (?, ?, ?, ?, ?, ?) USING TTL ?`,
        params: [source, account, key, value, region, hour, ttl],
      }))
  }

  /** They could not be told: all are to be told again. */
  forget(): void {
    this.#told.clear()
  }

  /** @returns whether it is to be told */
  #remember(key: string, untilAt: number, now: number): boolean {
    const told = this.#told.get(key)
    if (told && now - told.at < againMilliseconds && untilAt <= told.untilAt + againMilliseconds) return false
    this.#told.delete(key)
    this.#told.set(key, { at: now, untilAt })
    if (this.#told.size > mostRemembered) this.#told.delete(this.#told.keys().next().value as string)
    return true
  }
}
