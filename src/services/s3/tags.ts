import { isCalledByService, type Principal } from '../../identity/principal.ts'
import { isSystemTag } from '../../types/tags.ts'
import { s3Error } from './errors.ts'

interface Tag {
  readonly Key: string
  readonly Value: string
}

export interface Tags {
  readonly [key: string]: string
}

/**
 * @param mayBeSet  which of AWS's own tags the caller may give
 * @throws          InvalidTag, BadRequest in S3's words
 * @see             User Guide, "Categorizing your objects using tags" and "Cost allocation tags".
 */
export function tagsFrom(tags: readonly Tag[], most: number, mayBeSet: (systemTag: Tag) => boolean = () => false): Tags {
  const found: { [key: string]: string } = Object.create(null) as { [key: string]: string }
  if (tags.filter(({ Key }) => !isSystemTag(Key)).length > most)
    throw s3Error('InvalidTag', most === 10 ? 'Object tags cannot be greater than 10' : `Bucket tag count cannot be greater than ${most}`)
  for (const tag of tags) {
    const { Key, Value } = tag
    const length = [...Key].length
    if (length < 1 || length > 128 || !legal.test(Key)) throw s3Error('InvalidTag')
    if ([...Value].length > 256 || !legal.test(Value)) throw s3Error('InvalidTag', 'The TagValue you have provided is invalid')
    if (Key in found) throw s3Error('InvalidTag', 'Cannot provide multiple Tags with the same key')
    if (isSystemTag(Key) && !mayBeSet(tag)) throw s3Error('InvalidTag', 'System tags cannot be added/updated by requester')
    found[Key] = Value
  }
  return found
}

const legal = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/**
 * A bucket's tags as they are to be, all anew: those that a service of AWS's has set stay as they are, unless a service asks.
 * @param there  the tags that the bucket has
 * @throws       InvalidTag
 */
export function bucketTags(tags: readonly Tag[], there: Tags, principal: Principal): Tags {
  if (isCalledByService(principal)) return tagsFrom(tags, mostBucketTags, () => true)
  const wanted = tagsFrom(tags, mostBucketTags, ({ Key, Value }) => there[Key] === Value)
  if (Object.keys(there).some(key => isSystemTag(key) && !(key in wanted)))
    throw s3Error('InvalidTag', 'System tags cannot be removed by requester')
  return wanted
}

const mostBucketTags = 50

/** The header x-amz-tagging: a query string. */
export function tagsOfHeader(text: string): Tags {
  return tagsFrom(
    [...new URLSearchParams(text)].map(([Key, Value]) => ({ Key, Value })),
    10,
  )
}

export const tagSetOf = (tags: Tags): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
