import type { Member, ServiceModel, Shape, StructureShape } from './model.ts'
import { formatTimestamp, type TimestampFormat } from './protocols/timestamps.ts'

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
    if (memberValue !== undefined && memberValue !== null && !member.location && !member.xmlAttribute)
      xml += element(model, member.name ?? name, member, memberValue)
  }
  return xml
}

/** The declaration of a namespace, when there is one. Smithy, "xmlNamespace trait". */
export const declared = ({ xmlNamespace, xmlNamespacePrefix }: { xmlNamespace?: string; xmlNamespacePrefix?: string }): string =>
  xmlNamespace === undefined ? '' : ` xmlns${xmlNamespacePrefix ? `:${xmlNamespacePrefix}` : ''}="${escapeXml(xmlNamespace)}"`

/** The attributes of a structure's start tag, with the declarations of the namespaces that they use. Smithy, "xmlAttribute trait". */
function attributesOf(shape: StructureShape, value: unknown): string {
  let attributes = ''
  const members = value as { readonly [name: string]: unknown }
  for (const [name, inner] of Object.entries(shape.members)) {
    if (!inner.xmlAttribute || members[name] === undefined || members[name] === null) continue
    const key = inner.name ?? name
    if (key.includes(':')) attributes += declared({ ...shape, xmlNamespacePrefix: key.slice(0, key.indexOf(':')) })
    attributes += ` ${key}="${escapeXml(String(members[name]))}"`
  }
  return attributes
}

/** One member as an element. */
export function element(model: ServiceModel, name: string, member: Member, value: unknown): string {
  const shape = model.shapes[member.shape] as Shape
  const start = `${name}${declared(member)}`
  switch (shape.type) {
    case 'structure':
      return `<${start}${attributesOf(shape, value)}>${elementsOf(model, member.shape, value)}</${name}>`
    case 'list': {
      const flattened = shape.flattened === true || member.flattened === true
      const itemName = flattened ? (shape.member.name ?? name) : (shape.member.name ?? 'member')
      const items = (value as readonly unknown[]).map(item => element(model, itemName, shape.member, item)).join('')
      return flattened ? items : `<${start}>${items}</${name}>`
    }
    case 'map': {
      const flattened = shape.flattened === true || member.flattened === true
      const [entryStart, entryEnd] = flattened ? [start, name] : ['entry', 'entry']
      const keyName = shape.key.name ?? 'key'
      const entries = Object.entries(value as object)
        .map(
          ([key, item]) =>
            `<${entryStart}><${keyName}${declared(shape.key)}>${escapeXml(key)}</${keyName}>${element(model, shape.value.name ?? 'value', shape.value, item)}</${entryEnd}>`,
        )
        .join('')
      return flattened ? entries : `<${start}>${entries}</${name}>`
    }
    case 'timestamp':
      return `<${start}>${formatTimestamp(value as Date, member.timestampFormat ?? shape.timestampFormat ?? usualFormat(model))}</${name}>`
    case 'blob':
      return `<${start}>${Buffer.from(value as Uint8Array).toString('base64')}</${name}>`
    default:
      return `<${start}>${escapeXml(String(value))}</${name}>`
  }
}

/** EC2 and S3 write milliseconds where IAM and STS do not, as the samples of their API References show. */
const usualFormat = ({ protocol }: ServiceModel): TimestampFormat => (protocol === 'query' ? 'iso8601' : 'iso8601Milliseconds')
