import { type ActionName, type ActionPattern, coversAction } from './action.ts'
import { reverse } from './arn-pattern.ts'
import type { CompiledStatement } from './compiled-statement.ts'
import { ResourceTrie, withoutValue, withValue } from './resource-trie.ts'

/** Tells whether a statement is the one that is looked for. */
export type StatementTest = (compiled: CompiledStatement) => boolean

/**
 * Statements of one effect, of any number of policies. Those that name resources are found by resource, the others by action; each is in one place for each
 * name, and adding or removing one costs what it says, not what is there.
 */
export class StatementIndex {
  #size = 0
  readonly #exactResources = new Map<string, CompiledStatement | CompiledStatement[]>()
  readonly #prefixes = new ResourceTrie()
  /** Patterns such as `*-logs` by their end, read backwards. */
  readonly #suffixes = new ResourceTrie()
  readonly #actions = new ActionIndex()

  get size(): number {
    return this.#size
  }

  add(compiled: CompiledStatement) {
    this.#size++
    if (!namesResources(compiled)) {
      this.#actions.add(compiled)
      return
    }
    for (const { shape, prefix, reversedSuffix } of compiled.resources ?? []) {
      if (shape === 'exact') this.#exactResources.set(prefix, withValue(this.#exactResources.get(prefix), compiled) ?? compiled)
      else if (reversedSuffix !== undefined) this.#suffixes.add(reversedSuffix, compiled)
      else this.#prefixes.add(prefix, compiled)
    }
  }

  remove(compiled: CompiledStatement) {
    this.#size--
    if (!namesResources(compiled)) {
      this.#actions.remove(compiled)
      return
    }
    for (const { shape, prefix, reversedSuffix } of compiled.resources ?? []) {
      if (shape === 'exact') {
        const rest = withoutValue(this.#exactResources.get(prefix), compiled)
        if (rest === undefined) this.#exactResources.delete(prefix)
        else this.#exactResources.set(prefix, rest)
      } else if (reversedSuffix !== undefined) this.#suffixes.remove(reversedSuffix, compiled)
      else this.#prefixes.remove(prefix, compiled)
    }
  }

  /**
   * Finds a statement about an action and a resource that passes a test.
   * @param test  must check action, resource and all else: only what can certainly not match is left out
   */
  find(action: ActionName, resource: string, test: StatementTest): CompiledStatement | undefined {
    const exact = this.#exactResources.get(resource)
    if (exact !== undefined) {
      if (Array.isArray(exact)) {
        for (const compiled of exact) if (test(compiled)) return compiled
      } else if (test(exact)) return exact
    }
    const found = this.#prefixes.find(resource, test) ?? (this.#suffixes.isEmpty ? undefined : this.#suffixes.find(reverse(resource), test))
    return found ?? this.#actions.find(action, test)
  }
}

const namesResources = ({ anyResource, statement }: CompiledStatement): boolean => !anyResource && statement.resource?.negated === false

/** Statements by action: exact names by hash, names with wildcards by service and pattern, the rest in a list. */
class ActionIndex {
  readonly #exact = new Map<string, CompiledStatement | CompiledStatement[]>()
  readonly #wildcards = new Map<string, Map<ActionPattern, CompiledStatement | CompiledStatement[]>>()
  #others: CompiledStatement[] = []

  add(compiled: CompiledStatement) {
    if (!namesActions(compiled)) {
      this.#others.push(compiled)
      return
    }
    for (const pattern of compiled.actions) {
      if (pattern.shape === 'exact') this.#exact.set(pattern.text, withValue(this.#exact.get(pattern.text), compiled) ?? compiled)
      else {
        let patterns = this.#wildcards.get(pattern.service)
        if (patterns === undefined) this.#wildcards.set(pattern.service, (patterns = new Map()))
        patterns.set(pattern, withValue(patterns.get(pattern), compiled) ?? compiled)
      }
    }
  }

  remove(compiled: CompiledStatement) {
    if (!namesActions(compiled)) {
      this.#others = this.#others.filter(other => other !== compiled)
      return
    }
    for (const pattern of compiled.actions) {
      if (pattern.shape === 'exact') replace(this.#exact, pattern.text, compiled)
      else replace(this.#wildcards.get(pattern.service), pattern, compiled)
    }
  }

  find(action: ActionName, test: StatementTest): CompiledStatement | undefined {
    const found = firstOf(this.#exact.get(action.text), test)
    if (found !== undefined) return found
    const patterns = this.#wildcards.get(action.service)
    if (patterns !== undefined) {
      for (const [pattern, statements] of patterns) {
        const found = coversAction(pattern, action) ? firstOf(statements, test) : undefined
        if (found !== undefined) return found
      }
    }
    return firstOf(this.#others, test)
  }
}

const namesActions = ({ actions, statement }: CompiledStatement): boolean =>
  !statement.action.negated && !actions.some(({ shape }) => shape === 'any')

function firstOf(statements: CompiledStatement | CompiledStatement[] | undefined, test: StatementTest): CompiledStatement | undefined {
  if (statements === undefined) return undefined
  if (!Array.isArray(statements)) return test(statements) ? statements : undefined
  for (const compiled of statements) if (test(compiled)) return compiled
  return undefined
}

function replace<K>(index: Map<K, CompiledStatement | CompiledStatement[]> | undefined, key: K, compiled: CompiledStatement) {
  const rest = withoutValue(index?.get(key), compiled)
  if (rest === undefined) index?.delete(key)
  else index?.set(key, rest)
}
