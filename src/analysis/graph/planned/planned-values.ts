import { documentText, type Fields, isFields, textsOf } from '../import/fields.ts'

/** A value that only the deployment will tell. */
export class NotKnown extends Error {
  override readonly name = 'NotKnown'
}

/** The values of one resource of a plan or a template, by the names that its type gives them. */
export class PlannedValues {
  readonly #read: (name: string) => unknown
  /** What stands in for a name that the deployment makes: the resource's own name within the plan. */
  readonly label: string

  /** @param read  gives undefined or null for what is left out, and throws NotKnown for what nobody knows yet */
  constructor(label: string, read: (name: string) => unknown) {
    this.label = label
    this.#read = read
  }

  optional(name: string): string | undefined {
    const value = this.#read(name)
    return value === undefined || value === null || value === '' ? undefined : String(value)
  }

  /** @throws NotKnown when it is left out, too: no such resource is without it */
  text(name: string): string {
    const value = this.optional(name)
    if (value === undefined) throw new NotKnown(`${name} is not told`)
    return value
  }

  /** A name that may be left to the deployment. */
  nameIn(name: string): string {
    try {
      return this.optional(name) ?? this.label
    } catch (problem) {
      if (problem instanceof NotKnown) return this.label
      throw problem
    }
  }

  texts(name: string): string[] {
    return textsOf([this.#read(name)].flat())
  }

  objects(name: string): Fields[] {
    return [this.#read(name)].flat().filter(isFields)
  }

  /** A policy, as text. @throws NotKnown */
  document(name: string): string {
    const text = documentText(this.#read(name))
    if (!text.trimStart().startsWith('{')) throw new NotKnown(text === '' ? `${name} is not told` : `${name} is known after apply alone`)
    return text
  }

  /** Whether it is told at all, and not left as it is. */
  tells(name: string): boolean {
    const value = this.#read(name)
    return value !== undefined && value !== null
  }
}
