import { s3Error } from './errors.ts'

/** A stretch of an object: from `from` up to `to`, exclusive. */
export interface Stretch {
  readonly from: number
  readonly to: number
}

/**
 * What a Range header asks of an object. S3 gives one range; what is not a range of bytes is ignored.
 * @returns undefined for the whole object
 * @throws  InvalidRange
 * @see     RFC 9110, section 14.1.2; Amazon S3 API Reference, "GetObject", Range
 */
export function rangeOf(text: string | undefined, size: number): Stretch | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(text?.trim() ?? '') ?? []
  if (first === '' && last === '') return undefined
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  const from = first === '' ? Math.max(size - Number(last), 0) : Number(first)
  const to = first === '' || last === '' ? size : Math.min(Number(last) + 1, size)
  if (from >= size || (first === '' && Number(last) === 0))
    throw s3Error('InvalidRange', undefined, { RangeRequested: text, ActualObjectSize: size })
  return { from, to }
}
