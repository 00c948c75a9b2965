/** An object of an export; nothing about its members is sure. */
export type Fields = { readonly [name: string]: unknown }

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})
/** A list; in XML that became JSON an empty list is an empty text. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
export const objectsOf = (value: unknown): readonly Fields[] => listOf(value).filter(isFields)
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
export const textsOf = (value: unknown): string[] => listOf(value).filter(item => typeof item === 'string')
export const isFalse = (value: unknown): boolean => value === false || value === 'false'
export const isTrue = (value: unknown): boolean => value === true || value === 'true'

/** Members of an object whose values are texts, such as labels. */
export const textMembers = (value: unknown): { [name: string]: string } =>
  Object.fromEntries(Object.entries(fieldsOf(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))

/** A policy document as text: the AWS CLI prints documents as objects, APIs as text, in IAM's case with percent signs. */
export function documentText(value: unknown): string {
  if (isFields(value)) return JSON.stringify(value)
  const text = textOf(value)
  if (!text.startsWith('%7B')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A time as a member of that name, of text or of seconds since 1970; none when there is no time. */
export const timeAs = <K extends string>(name: K, value: unknown): { readonly [key in K]?: number } => {
  const at = typeof value === 'number' ? value * 1000 : Date.parse(textOf(value))
  return Number.isNaN(at) ? {} : ({ [name]: at } as { readonly [key in K]: number })
}
