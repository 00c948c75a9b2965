import { readFileSync } from 'node:fs'
import { XMLParser } from 'fast-xml-parser'
import type { ListShape, MapShape, Member, OperationModel, ServiceModel, Shape, StructureShape } from '../../src/wire/model.ts'

/** A value as Smithy's cases write it: times in seconds, bytes as text, numbers that are none by name. */
export type Node = null | boolean | number | string | readonly Node[] | { readonly [name: string]: Node }

interface HttpParts {
  readonly headers?: { readonly [name: string]: string }
  readonly body?: string
  readonly bodyMediaType?: string
}

/** A case of Smithy's protocol tests. Smithy specification, "HTTP Protocol Compliance Tests". */
export type SmithyCase = { readonly id: string; readonly operation: string; readonly appliesTo?: 'client' | 'server' } & (
  | (HttpParts & {
      readonly kind: 'request'
      readonly method: string
      readonly uri: string
      readonly queryParams?: readonly string[]
      readonly resolvedHost?: string
      readonly params?: { readonly [name: string]: Node }
    })
  | (HttpParts & {
      readonly kind: 'response' | 'error'
      /** The error's shape. */
      readonly shape?: string
      readonly code: number
      readonly forbidHeaders?: readonly string[]
      readonly params?: { readonly [name: string]: Node }
    })
  | {
      readonly kind: 'malformed'
      readonly request: HttpParts & { readonly method: string; readonly uri: string; readonly queryParams?: readonly string[] }
      readonly response: {
        readonly code: number
        readonly headers?: { readonly [name: string]: string }
        readonly body?: { readonly assertion: { readonly contents?: string; readonly messageRegex?: string } }
      }
      readonly testParameters?: { readonly [name: string]: readonly string[] }
    }
)

export interface Suite {
  readonly model: ServiceModel
  readonly cases: readonly SmithyCase[]
}

/** A suite that scripts/generate-wire-cases.py wrote. */
export const suiteOf = (name: string): Suite => JSON.parse(readFileSync(new URL(`smithy/${name}.json`, import.meta.url), 'utf8')) as Suite

/** The cases that a case with parameters stands for. Smithy specification, "httpMalformedRequestTests", Parameterized tests. */
export function expanded<Case extends { readonly testParameters?: { readonly [name: string]: readonly string[] } }>(given: Case): Case[] {
  const { testParameters, ...rest } = given
  if (!testParameters) return [given]
  const [first = []] = Object.values(testParameters)
  const fill = (value: unknown, i: number): unknown => {
    if (typeof value === 'string')
      return value.replace(/\$(\w+):([LS])/g, (all, name: string, form: string) => {
        const parameter = testParameters[name]?.[i]
        return parameter === undefined ? all : form === 'S' ? JSON.stringify(parameter) : parameter
      })
    if (Array.isArray(value)) return value.map(item => fill(item, i))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, i)]))
  }
  return first.map((_, i) => fill(rest, i) as Case)
}

/** What an operation takes or gives. */
export const shapeOf = (model: ServiceModel, operation: string, part: 'input' | 'output'): string | undefined =>
  (model.operations[operation] as OperationModel)[part]

/** A value of ours as the cases write it. */
export function toNode(value: unknown, name: string, { shapes }: ServiceModel): Node {
  const shape = shapes[name] as Shape
  const inner = (each: unknown, member: Member) => toNode(each, member.shape, { shapes } as ServiceModel)
  if (value === null || value === undefined) return null
  switch (shape.type) {
    case 'structure':
      return Object.fromEntries(
        Object.entries(value as object)
          .filter(([, each]) => each !== undefined)
          .map(([key, each]) => [key, inner(each, shape.members[key] as Member)]),
      )
    case 'list':
      return (value as unknown[]).map(each => inner(each, shape.member))
    case 'map':
      return Object.fromEntries(Object.entries(value as object).map(([key, each]) => [key, inner(each, shape.value)]))
    case 'timestamp':
      return (value as Date).getTime() / 1000
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('utf8')
    default:
      return typeof value === 'number' && !Number.isFinite(value) ? String(value) : (value as Node)
  }
}

/** What the cases write as a value of ours. */
export function fromNode(node: Node, name: string, { shapes }: ServiceModel): unknown {
  const shape = shapes[name] as Shape
  const inner = (each: Node, member: Member) => fromNode(each, member.shape, { shapes } as ServiceModel)
  if (node === null) return undefined
  switch (shape.type) {
    case 'structure':
      return Object.fromEntries(
        Object.entries(node as object).map(([key, each]) => [key, inner(each as Node, (shape as StructureShape).members[key] as Member)]),
      )
    case 'list':
      return (node as Node[]).map(each => inner(each, (shape as ListShape).member))
    case 'map':
      return Object.fromEntries(Object.entries(node as object).map(([key, each]) => [key, inner(each as Node, (shape as MapShape).value)]))
    case 'timestamp':
      return new Date((node as number) * 1000)
    case 'blob':
      return Buffer.from(node as string)
    case 'float':
    case 'double':
      return Number(node)
    default:
      return node
  }
}

/** What the cases write as null is absent. */
export const withoutNulls = (members: { readonly [name: string]: Node }): { readonly [name: string]: Node } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))

const xml = new XMLParser({
  htmlEntities: true,
  preserveOrder: true,
  ignoreAttributes: false,
  trimValues: false,
  parseTagValue: false,
  parseAttributeValue: false,
})

type Element = { readonly [name: string]: unknown }

/** No text that is layout. EC2 and S3 write milliseconds where there are none: Amazon EC2 API Reference, "DescribeInstances"; Amazon S3 API Reference, "ListBuckets". */
const plain = (text: string) => (/^ *\n *$/.test(text) ? [] : [text.replace(/(:\d\d)\.000Z$/, '$1Z')])

/** A document without what does not count: space between elements, the order of elements, and what the cases leave out of answers. */
export function canonicalXml(text: string): unknown {
  const of = (elements: readonly Element[]): unknown[] => {
    const named = elements.filter(element => !('#text' in element) && !('?xml' in element))
    if (named.length === 0) return elements.flatMap(element => ('#text' in element ? plain(String(element['#text'])) : []))
    return named
      .flatMap(element => {
        const [name, content] = Object.entries(element).find(([key]) => key !== ':@') ?? ['', []]
        if (name === 'ResponseMetadata' || /^request_?id$/i.test(name)) return []
        // AWS's own errors have a namespace, which the cases have not: IAM API Reference, "Common Errors".
        const attributes =
          name === 'ErrorResponse' ? [] : Object.entries((element[':@'] ?? {}) as object).toSorted(([a], [b]) => (a < b ? -1 : 1))
        return [JSON.stringify([name, attributes, of(content as Element[])])]
      })
      .toSorted()
  }
  return of(xml.parse(text) as Element[])
}
