import type { Member, ServiceModel, Shape } from './model.ts'
import { formatTimestamp } from './protocols/timestamps.ts'

const escapes: { readonly [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#xD;' }

/** Text for an element or attribute. Characters that XML 1.0 cannot carry become U+FFFD. */
export const escapeXml = (text: string): string =>
  /[&<>"\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text)
    ? text
        .replace(/[&<>"\r]/g, character => escapes[character] as string)
        .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    : text

/** The members of a structure as elements, in the model's order. Smithy, "XML bindings". */
export function elementsOf(model: ServiceModel, shapeName: string, value: unknown): string {
  const shape = model.shapes[shapeName] as Shape
  if (shape.type !== 'structure') throw new Error(`${shapeName} is not a structure`)
  const members = (value ?? {}) as { readonly [name: string]: unknown }
  let xml = ''
  for (const [name, member] of Object.entries(shape.members)) {
    const memberValue = members[name]
    if (memberValue !== undefined && memberValue !== null) xml += element(model, member.name ?? name, member, memberValue)
  }
  return xml
}

function element(model: ServiceModel, name: string, member: Member, value: unknown): string {
  const shape = model.shapes[member.shape] as Shape
  switch (shape.type) {
    case 'structure':
      return `<${name}>${elementsOf(model, member.shape, value)}</${name}>`
    case 'list': {
      const flattened = shape.flattened === true || member.flattened === true
      const itemName = flattened ? (shape.member.name ?? name) : (shape.member.name ?? 'member')
      const items = (value as readonly unknown[]).map(item => element(model, itemName, shape.member, item)).join('')
      return flattened ? items : `<${name}>${items}</${name}>`
    }
    case 'map': {
      const flattened = shape.flattened === true || member.flattened === true
      const entryName = flattened ? name : 'entry'
      const entries = Object.entries(value as object)
        .map(
          ([key, item]) =>
            `<${entryName}><${shape.key.name ?? 'key'}>${escapeXml(key)}</${shape.key.name ?? 'key'}>${element(model, shape.value.name ?? 'value', shape.value, item)}</${entryName}>`,
        )
        .join('')
      return flattened ? entries : `<${name}>${entries}</${name}>`
    }
    case 'timestamp':
      return `<${name}>${formatTimestamp(value as Date, member.timestampFormat ?? shape.timestampFormat ?? 'iso8601')}</${name}>`
    case 'blob':
      return `<${name}>${Buffer.from(value as Uint8Array).toString('base64')}</${name}>`
    default:
      return `<${name}>${escapeXml(String(value))}</${name}>`
  }
}
