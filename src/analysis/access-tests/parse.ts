import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { serviceFacts } from '../../catalogue/facts/authorization-facts.ts'
import { attributesOf } from '../graph/kubernetes-resources.ts'

/** What a test says of its principals. */
export const claims = ['may', 'may not', 'only these may', 'may become', 'may not become'] as const
export type Claim = (typeof claims)[number]

/** One access assertion. docs/access-tests.md */
export interface AccessTest {
  readonly name: string
  /** Of the file, from 1. */
  readonly line: number
  readonly claim: Claim
  readonly principals: readonly string[]
  /** Actions of AWS or verbs of Kubernetes; of `may become`, the principals that are meant. */
  readonly what: readonly string[]
  readonly on: readonly string[]
  readonly isKubernetes: boolean
  readonly cluster?: string
  readonly namespace?: string
  readonly context: { readonly [key: string]: string | readonly string[] }
}

/** Mistakes in a file, each with its place. */
export class MalformedAccessTests extends Error {}

/** Members of a test. */
const members = new Set<string>([...claims, 'name', 'principals', 'on', 'cluster', 'namespace', 'context'])
/** Kubernetes documentation, "Authorization", "Determine the request verb", and the verbs of RBAC, admission and certificates beside them. */
const verbs = new Set(
  'get list watch create update patch delete deletecollection bind escalate impersonate use approve sign attest proxy *'.split(' '),
)
const mostCharacters = 1_048_576

/**
 * Reads a file of access tests.
 * @param text  YAML, at most 1 MiB
 * @param file  its name, for the messages
 * @throws      MalformedAccessTests with every mistake and its place
 */
export function parseAccessTests(text: string, file: string): readonly AccessTest[] {
  if (text.length > mostCharacters) throw new MalformedAccessTests(`${file}: has more than ${mostCharacters} characters`)
  const reader = new Reader(text, file)
  const tests = reader.tests()
  if (reader.mistakes.length > 0) throw new MalformedAccessTests(reader.mistakes.join('\n'))
  return tests
}

class Reader {
  readonly mistakes: string[] = []
  readonly #file: string
  readonly #lines = new LineCounter()
  readonly #root: Node | null

  constructor(text: string, file: string) {
    this.#file = file
    const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, stringKeys: true })
    this.#root = document.contents
    for (const { message, pos } of [...document.errors, ...document.warnings]) this.#mistakeAt(pos[0], message)
  }

  tests(): AccessTest[] {
    if (this.mistakes.length > 0) return []
    const top = this.#fields(this.#root, 'the file', new Set(['tests']))
    const list = top?.get('tests')
    if (!isSeq(list?.value) || list.value.items.length === 0) {
      if (top) this.#mistake(list?.value ?? this.#root, 'tests must be a list with at least one test')
      return []
    }
    return list.value.items.flatMap(item => this.#test(item as Node) ?? [])
  }

  #test(node: Node): AccessTest | undefined {
    const fields = this.#fields(node, 'a test', members)
    if (!fields) return undefined
    const made = claims.filter(claim => fields.has(claim))
    const [claim, ...others] = made
    if (claim === undefined || others.length > 0) {
      this.#mistake(node, `a test has exactly one of ${claims.join(', ')}${claim === undefined ? '' : `; this has ${made.join(' and ')}`}`)
      return undefined
    }
    const text = (name: string) => (fields.has(name) ? this.#text(fields.get(name)?.value, name) : undefined)
    const texts = (name: string) => (fields.has(name) ? this.#texts(fields.get(name)?.value, name) : [])
    const [principals, what, given] = [texts('principals'), texts(claim), texts('on')]
    if (!fields.has('principals')) this.#mistake(node, 'a test names its principals')
    const isPath = claim === 'may become' || claim === 'may not become'
    const isKubernetes = !isPath && what.some(word => !word.includes(':'))
    const on = given.length > 0 ? given : ['*']
    const test: AccessTest = {
      name:
        text('name') ??
        `${principals.join(', ')} ${claim} ${what.join(', ')}${isPath || given.length === 0 ? '' : ` on ${given.join(', ')}`}`,
      line: this.#lines.linePos(node.range?.[0] ?? 0).line,
      claim,
      principals,
      what,
      on,
      isKubernetes,
      ...optional('cluster', text('cluster')),
      ...optional('namespace', text('namespace')),
      context: this.#context(fields.get('context')?.value),
    }
    for (const name of notFor(test, isPath)) if (fields.has(name)) this.#mistake(fields.get(name)?.key, `${name} says nothing here`)
    if (!isPath) this.#checkQuestion(test, fields.get(claim)?.value, fields.get('on')?.value)
    return test
  }

  /** A name with a slip would be refused to everybody, and a `may not` would hold of it. */
  #checkQuestion(
    { what, on, isKubernetes, namespace }: AccessTest,
    claimed: Node | null | undefined,
    where: Node | null | undefined,
  ): void {
    for (const word of what) {
      if (!isKubernetes) {
        const [prefix = '', action = ''] = word.toLowerCase().split(':')
        if (!serviceFacts(prefix)?.actions.has(action)) this.#mistake(claimed, `${word} is not an action of AWS`)
      } else if (word.includes(':')) this.#mistake(claimed, 'a test is about actions of AWS or verbs of Kubernetes, not both')
      else if (!verbs.has(word)) this.#mistake(claimed, `${word} is not a verb of Kubernetes; an action of AWS is as s3:GetObject`)
    }
    for (const resource of on) {
      if (isKubernetes && where === undefined) this.#mistake(claimed, 'a verb of Kubernetes needs its resource: on')
      else if (isKubernetes && !attributesOf('get', resource, { namespace }))
        this.#mistake(where, `the API group of ${resource} is not known: name it, as in ${resource}.GROUP`)
      else if (!isKubernetes && resource !== '*' && !resource.startsWith('arn:')) this.#mistake(where, `${resource} is not an ARN`)
    }
  }

  #fields(node: Node | null | undefined, what: string, allowed: ReadonlySet<string>) {
    if (!isMap<Node, Node | null>(node)) {
      this.#mistake(node, `${what} must be a mapping`)
      return undefined
    }
    const found = new Map<string, { readonly key: Node; readonly value: Node | null }>()
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : ''
      if (allowed.has(name)) found.set(name, { key, value })
      else this.#mistake(key, `${name} is not a member of ${what}: there are ${[...allowed].join(', ')}`)
    }
    return found
  }

  #context(node: Node | null | undefined): { [key: string]: string | readonly string[] } {
    if (node === undefined) return {}
    if (!isMap<Node, Node | null>(node)) {
      this.#mistake(node, 'context must be a mapping of condition keys')
      return {}
    }
    return Object.fromEntries(
      node.items.map(({ key, value }) => {
        const name = isScalar(key) ? String(key.value) : ''
        return [name, isSeq(value) ? this.#texts(value, name) : (this.#text(value, name) ?? '')]
      }),
    )
  }

  #texts(node: Node | null | undefined, name: string): string[] {
    if (!isSeq<Node>(node)) return [this.#text(node, name)].filter(text => text !== undefined)
    if (node.items.length === 0) this.#mistake(node, `${name} must not be empty`)
    return node.items.flatMap(item => this.#text(item, name) ?? [])
  }

  #text(node: Node | null | undefined, name: string): string | undefined {
    const value = isScalar(node) ? node.value : undefined
    if (typeof value === 'string' && value !== '') return value
    if (typeof value === 'number' || typeof value === 'boolean') return (node as { readonly source?: string }).source ?? String(value)
    this.#mistake(node, `${name} must be a text or a list of texts`)
    return undefined
  }

  #mistake = (node: Node | null | undefined, message: string): void => this.#mistakeAt(node?.range?.[0] ?? 0, message)

  #mistakeAt(offset: number, message: string): void {
    const { line, col } = this.#lines.linePos(offset)
    this.mistakes.push(`${this.#file}:${Math.max(line, 1)}:${Math.max(col, 1)}: ${message}`)
  }
}

/** Members that have no meaning for a kind of test. */
const notFor = ({ isKubernetes }: AccessTest, isPath: boolean): readonly string[] =>
  isPath ? ['on', 'cluster', 'namespace', 'context'] : isKubernetes ? ['context'] : ['cluster', 'namespace']

const optional = <K extends string>(key: K, value: string | undefined): { readonly [name in K]?: string } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [name in K]: string })
