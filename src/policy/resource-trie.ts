import type { CompiledStatement } from './compiled-statement.ts'

/** Statements under one prefix. Most prefixes have one. */
type Values = CompiledStatement | CompiledStatement[] | undefined

interface Node {
  edge: string
  values: Values
  /** By the first unit of the child's edge. */
  children: Map<number, Node> | undefined
}

/**
 * Statements by what their resources begin with: a radix trie. Every pattern that can match a resource lies on the one path that the resource spells, so that
 * looking up costs what the resource is long, however many statements there are.
 */
export class ResourceTrie {
  readonly #root: Node = { edge: '', values: undefined, children: undefined }

  get isEmpty(): boolean {
    return this.#root.children === undefined && this.#root.values === undefined
  }

  add(prefix: string, compiled: CompiledStatement) {
    let node = this.#root
    let at = 0
    while (at < prefix.length) {
      const child = node.children?.get(prefix.charCodeAt(at))
      if (child === undefined) {
        node = addChild(node, { edge: prefix.slice(at), values: undefined, children: undefined })
        break
      }
      const shared = sharedLength(child.edge, prefix, at)
      node = shared < child.edge.length ? split(node, child, shared) : child
      at += shared
    }
    node.values = withValue(node.values, compiled)
  }

  remove(prefix: string, compiled: CompiledStatement) {
    let node: Node | undefined = this.#root
    let at = 0
    while (node !== undefined && at < prefix.length) {
      node = node.children?.get(prefix.charCodeAt(at))
      if (node !== undefined) at += node.edge.length
    }
    if (node === undefined) return
    node.values = withoutValue(node.values, compiled)
  }

  /**
   * Tries the statements whose prefix the text begins with, shortest prefix first.
   * @returns the first that passes the test
   */
  find(text: string, test: (compiled: CompiledStatement) => boolean): CompiledStatement | undefined {
    let node: Node | undefined = this.#root
    let at = 0
    for (;;) {
      const { values } = node
      if (values !== undefined) {
        if (!Array.isArray(values)) {
          if (test(values)) return values
        } else for (let i = 0; i < values.length; i++) if (test(values[i] as CompiledStatement)) return values[i]
      }
      if (at >= text.length || node.children === undefined) return undefined
      node = node.children.get(text.charCodeAt(at))
      if (node === undefined || !text.startsWith(node.edge, at)) return undefined
      at += node.edge.length
    }
  }
}

function addChild(parent: Node, child: Node): Node {
  parent.children ??= new Map()
  parent.children.set(child.edge.charCodeAt(0), child)
  return child
}

/** Puts a node where the edge to a child forks. */
function split(parent: Node, child: Node, length: number): Node {
  const fork = addChild(parent, { edge: child.edge.slice(0, length), values: undefined, children: undefined })
  child.edge = child.edge.slice(length)
  addChild(fork, child)
  return fork
}

function sharedLength(edge: string, text: string, from: number): number {
  let length = 0
  while (length < edge.length && edge.charCodeAt(length) === text.charCodeAt(from + length)) length++
  return length
}

export function withValue(values: Values, compiled: CompiledStatement): Values {
  if (values === undefined) return compiled
  if (!Array.isArray(values)) return values === compiled ? values : [values, compiled]
  if (!values.includes(compiled)) values.push(compiled)
  return values
}

export function withoutValue(values: Values, compiled: CompiledStatement): Values {
  if (!Array.isArray(values)) return values === compiled ? undefined : values
  const rest = values.filter(value => value !== compiled)
  return rest.length > 1 ? rest : rest[0]
}
