import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { PathElement } from './validation/finding.ts'

/** For people: lines and columns begin with 1. */
export interface FilePlace {
  readonly line: number
  readonly column: number
}

/** A JSON or YAML document, CloudFormation's functions filled in with what could be anything. */
export interface TemplateDocument {
  readonly value: unknown
  /** Where the file has what is at a path of the value, or the nearest that is around it. */
  placeOf(path: readonly PathElement[]): FilePlace
}

/** Aliases that are followed: as many times as bombs need more. */
const mostAliases = 100

/**
 * @param text  a raw file
 * @throws      Error when it is neither JSON nor YAML
 * @see         CloudFormation User Guide, "Intrinsic function reference"
 */
export function readTemplate(text: string): TemplateDocument {
  const lineCounter = new LineCounter()
  // A version such as 2012-10-17 is text in YAML 1.2.
  const document = parseDocument(text, { lineCounter, logLevel: 'silent' })
  if (document.errors.length > 0) throw new Error(`the file is neither JSON nor YAML: ${document.errors[0]?.message ?? ''}`)
  const reading = new Reading(document)
  const value = reading.read(document.contents, [])
  return {
    value,
    placeOf(path) {
      for (let length = path.length; length >= 0; length--) {
        const offset = reading.offsets.get(JSON.stringify(path.slice(0, length)))
        if (offset === undefined) continue
        const { line, col } = lineCounter.linePos(offset)
        return { line, column: col }
      }
      return { line: 1, column: 1 }
    },
  }
}

class Reading {
  readonly #document: Document
  #aliases = 0
  /** Within arguments of functions, which have no place in the value. */
  #arguments = 0
  /** By path, as JSON: where things begin. */
  readonly offsets = new Map<string, number>()

  constructor(document: Document) {
    this.#document = document
  }

  read(node: unknown, path: readonly PathElement[]): unknown {
    const target = this.#target(node)
    if (target?.range) this.#placed(path, target.range[0])
    const call = callOf(target)
    return call ? this.#called(call, path) : this.#plain(target, path)
  }

  #placed(path: readonly PathElement[], offset: number): void {
    if (this.#arguments === 0) this.offsets.set(JSON.stringify(path), offset)
  }

  #plain(target: unknown, path: readonly PathElement[]): unknown {
    if (isSeq(target)) return this.#list(target.items, path)
    if (isMap(target)) {
      const members = target.items.map(({ key, value }) => {
        const name = isScalar(key) ? String(key.value) : String(key)
        if (isScalar(key) && key.range) this.#placed([...path, { key: name }], key.range[0])
        return [name, this.read(value, [...path, { value: name }])]
      })
      return Object.fromEntries(members)
    }
    return isScalar(target) ? target.value : null
  }

  #target(node: unknown): Node | undefined {
    if (!isAlias(node)) return (node ?? undefined) as Node | undefined
    if (++this.#aliases > mostAliases) throw new Error(`the file follows more than ${mostAliases} aliases`)
    return node.resolve(this.#document)
  }

  /** Of a condition in a list both branches count: a template is for every deployment of it. */
  #list(items: readonly unknown[], path: readonly PathElement[]): unknown[] {
    const list: unknown[] = []
    for (const item of items) {
      const call = callOf(this.#target(item))
      const these = call?.name === 'If' ? this.#branches(call) : [item]
      for (const one of these) list.push(this.read(one, [...path, { index: list.length }]))
    }
    return list
  }

  #branches({ argument }: Call): unknown[] {
    const [, ...branches] = isSeq(argument) ? argument.items : []
    return branches.filter(branch => {
      const call = callOf(this.#target(branch))
      return !(call?.name === 'Ref' && isScalar(call.argument) && call.argument.value === 'AWS::NoValue')
    })
  }

  #called(call: Call, path: readonly PathElement[]): unknown {
    if (call.name === 'If') {
      const [branch] = this.#branches(call)
      return branch === undefined ? '*' : this.read(branch, path)
    }
    const argument = this.#argumentOf(call)
    if (call.name === 'Sub') return placeholdersOf(String([argument].flat()[0]))
    if (call.name !== 'Join' || !Array.isArray(argument)) return '*'
    const [separator, parts] = argument as unknown[]
    return Array.isArray(parts) ? parts.map(String).join(String(separator)) : '*'
  }

  #argumentOf({ argument, isShort }: Call): unknown {
    this.#arguments++
    try {
      return isShort ? this.#plain(argument, []) : this.read(argument, [])
    } finally {
      this.#arguments--
    }
  }
}

/** An intrinsic function, by its name without `Fn::` or `!`. */
interface Call {
  readonly name: string
  readonly argument: unknown
  /** The tag is on the argument itself. */
  readonly isShort: boolean
}

function callOf(node: Node | undefined): Call | undefined {
  const short = node?.tag && /^!(\w+)$/.exec(node.tag)?.[1]
  if (short) return { name: short, argument: node, isShort: true }
  if (!isMap(node) || node.items.length !== 1) return undefined
  const [{ key, value } = { key: undefined, value: undefined }] = node.items
  const name = isScalar(key) ? String(key.value) : ''
  return name === 'Ref' || name.startsWith('Fn::') ? { name: name.replace('Fn::', ''), argument: value, isShort: false } : undefined
}

/** What only a deployment knows can be anything. Variables of policies have a colon, pseudo parameters two. */
const placeholdersOf = (text: string): string => text.replaceAll(/\$\{(?!\w+:\w)[^}]*\}/g, '*').replaceAll('${!', '${')
