import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import { root } from '../gatehouse.ts'
import type { Answer, GoCalls } from './go-calls.ts'

/** A call: `{ service.Operation: input }`, with the error that the provider counts on, or what it waits for. */
interface Step {
  readonly [call: string]: unknown
  readonly error?: string
  /** Values by path into the answer, or `code` for an error. */
  readonly until?: { readonly [path: string]: unknown }
}

/** Values by path, which begins with the operation that read them; an operation alone stands for the code of its error. */
interface Expected {
  readonly [path: string]: unknown
}

/** What a provider's resource calls over its life. Data sources have `read` alone. */
export interface ResourceLife {
  readonly before?: readonly Step[]
  readonly create?: readonly Step[]
  readonly read: readonly Step[]
  readonly is?: Expected
  readonly update?: readonly Step[]
  readonly becomes?: Expected
  readonly delete?: readonly Step[]
  readonly gone?: Expected
  readonly after?: readonly Step[]
}

/** @param name  of a file beside this one, without its ending */
export const readTable = (name: string): [string, ResourceLife][] =>
  Object.entries(parse(readFileSync(join(root, 'test/e2e/infrastructure', `${name}.yaml`), 'utf8')) as { [resource: string]: ResourceLife })

const options = new Set(['error', 'until'])

/** The calls that a life names, as `service.Operation`, those of its surroundings left out. */
export const callsOf = (life: ResourceLife): string[] =>
  [life.create, life.read, life.update, life.delete].flatMap(steps => (steps ?? []).map(callOf))

const callOf = (step: Step): string => Object.keys(step).find(key => !options.has(key)) ?? ''

/** Makes the calls of a resource's life; keeps the last answer of each operation, for the calls and expectations after it. */
export class LivedResource {
  readonly #answers = new Map<string, Answer>()
  readonly #calls: GoCalls
  readonly #facts: { readonly [name: string]: unknown }

  constructor(calls: GoCalls, facts: { readonly [name: string]: unknown }) {
    this.#calls = calls
    this.#facts = facts
  }

  /** @throws Error when a call does not end as the table says */
  async make(steps: readonly Step[] = []): Promise<void> {
    for (const step of steps) {
      const answer = await this.#makeOne(step)
      if (step.until === undefined && answer.code !== step.error)
        throw new Error(`${callOf(step)}: ${answer.code ?? 'no error'} ${answer.message ?? ''}; expected ${step.error ?? 'no error'}`)
    }
  }

  /** Reads as the provider does, whatever comes of it. */
  async read(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.#makeOne(step)
  }

  /** What was read at the paths of some expectations, and those expectations, to be compared. */
  compared(expected: Expected = {}): { readonly actual: Expected; readonly wanted: Expected } {
    const actual = Object.fromEntries(
      Object.keys(expected).map(path => [path, path.includes('.') ? this.#at(path) : this.#answers.get(path)?.code]),
    )
    return { actual, wanted: this.#filled(expected) as Expected }
  }

  async #makeOne(step: Step): Promise<Answer> {
    const [service = '', operation = ''] = callOf(step).split('.')
    for (let looks = 0; ; looks++) {
      const answer = await this.#calls.call(service, operation, this.#filled(step[callOf(step)]) as object)
      this.#answers.set(operation, answer)
      if (step.until === undefined || reached(answer, step.until)) return answer
      if (looks === 200) throw new Error(`${callOf(step)} did not come to ${JSON.stringify(step.until)}: ${JSON.stringify(answer)}`)
      await sleep(100)
    }
  }

  /** Puts what `${...}` names in its place: a fact, a fact as IAM encodes documents, or what an answer holds at a path. */
  #filled(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(each => this.#filled(each))
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.#filled(each)]))
    if (typeof value !== 'string') return value
    const whole = /^\$\{([^}]+)\}$/.exec(value)?.[1]
    return whole === undefined ? value.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => String(this.#named(name))) : this.#named(whole)
  }

  #named(name: string): unknown {
    if (name.startsWith('encoded:'))
      return encodeURIComponent(String(this.#facts[name.slice('encoded:'.length)])).replaceAll(/[!'()*]/g, escaped)
    return name.includes('.') ? this.#at(name) : this.#facts[name]
  }

  #at(path: string): unknown {
    const [operation = '', ...names] = path.split('.')
    return valueAt(this.#answers.get(operation)?.output, names)
  }
}

const reached = (answer: Answer, until: { readonly [path: string]: unknown }): boolean =>
  Object.entries(until).every(([path, wanted]) => (path === 'code' ? answer.code : valueAt(answer.output, path.split('.'))) === wanted)

/** Go writes a list without members as null. */
const valueAt = (value: unknown, names: readonly string[]): unknown =>
  names.reduce<unknown>(
    (at, name) =>
      name === 'length'
        ? ((at as unknown[] | null | undefined)?.length ?? 0)
        : (at as { [name: string]: unknown } | null | undefined)?.[name],
    value,
  )

const escaped = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
