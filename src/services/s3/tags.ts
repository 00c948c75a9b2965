import { s3Error } from './errors.ts'

interface Tag {
  readonly Key: string
  readonly Value: string
}

/** @throws InvalidTag, BadRequest in S3's words. User Guide, "Categorizing your objects using tags" and "Cost allocation tags". */
export function tagsFrom(tags: readonly Tag[], most: number): { [key: string]: string } {
  const found: { [key: string]: string } = Object.create(null) as { [key: string]: string }
  if (tags.length > most)
    throw s3Error('InvalidTag', most === 10 ? 'Object tags cannot be greater than 10' : `Bucket tag count cannot be greater than ${most}`)
  for (const { Key, Value } of tags) {
    const length = [...Key].length
    if (length < 1 || length > 128 || !legal.test(Key)) throw s3Error('InvalidTag')
    if ([...Value].length > 256 || !legal.test(Value)) throw s3Error('InvalidTag', 'The TagValue you have provided is invalid')
    if (Key in found) throw s3Error('InvalidTag', 'Cannot provide multiple Tags with the same key')
    if (/^aws:/i.test(Key)) throw s3Error('InvalidTag', 'System tags cannot be added/updated by requester')
    found[Key] = Value
  }
  return found
}

const legal = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** The header x-amz-tagging: a query string. */
export function tagsOfHeader(text: string): { [key: string]: string } {
  return tagsFrom(
    [...new URLSearchParams(text)].map(([Key, Value]) => ({ Key, Value })),
    10,
  )
}

export const tagSetOf = (tags: { readonly [key: string]: string }): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
