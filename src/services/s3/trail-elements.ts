import type { Json, JsonObject } from '../../types/json.ts'
import type { Member } from '../../wire/model.ts'
import { model } from '../../wire/models/s3.ts'

/**
 * The body of a request as S3 has it on record: its XML, elements by their names, one that comes again as a list.
 * Amazon S3 User Guide, "Example: CloudTrail log file entries for Amazon S3", PutBucketAcl.
 */
export function payloadElement(member: Member, value: unknown): Json {
  if (typeof value === 'string') return documentOf(value)
  const element = bodyElement(member, value)
  const isElement = typeof element === 'object' && element !== null && !Array.isArray(element)
  return isElement && member.xmlNamespace !== undefined ? { xmlns: member.xmlNamespace, ...element } : element
}

/** A policy that is no JSON was refused; its text says what was tried. */
function documentOf(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

/** A member of a body by the names of its elements. */
export function bodyElement(member: Pick<Member, 'shape' | 'flattened'>, value: unknown): Json {
  const shape = model.shapes[member.shape]
  switch (shape?.type) {
    case 'structure': {
      const element: JsonObject = {}
      const source = value as { readonly [name: string]: unknown }
      for (const [name, part] of Object.entries(shape.members)) {
        const item = source[name]
        if (item === undefined || item === null || model.shapes[part.shape]?.sensitive) continue
        element[part.name ?? name] = bodyElement(part, item)
      }
      return element
    }
    case 'list': {
      const items = (value as readonly unknown[]).map(item => bodyElement(shape.member, item))
      const content = items.length === 1 ? (items[0] as Json) : items
      return member.flattened || shape.flattened ? content : { [shape.member.name ?? 'member']: content }
    }
    case 'timestamp':
      return (value as Date).toISOString()
    default:
      return value as Json
  }
}
