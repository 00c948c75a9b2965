import { iam } from './service.ts'

/** What every list operation of IAM takes. IAM API Reference, "Paginating responses". */
export interface PageRequest {
  readonly Marker?: string
  readonly MaxItems?: number
}

/** What every list operation of IAM answers beside its items. */
export interface PageEnd {
  readonly IsTruncated: boolean
  readonly Marker?: string
}

/** The page size when the caller names none. */
const defaultPageSize = 100

/** How many rows to ask for: one more than the page holds tells whether another follows. */
export const rowsWanted = ({ MaxItems = defaultPageSize }: PageRequest): number => MaxItems + 1

/**
 * Where the page begins: the sort key of the last item before it. Lists go on from a key, not from a count, so that the last
 * page costs what the first does and nothing is skipped when items come or go in between.
 * @param parts  how many parts the sort key has
 * @throws       ValidationError when the marker is not one that we gave
 */
export function startAfter(request: PageRequest, parts: number): readonly string[] | undefined {
  if (request.Marker === undefined) return undefined
  try {
    const key: unknown = JSON.parse(Buffer.from(request.Marker, 'base64url').toString())
    if (Array.isArray(key) && key.length === parts && key.every(part => typeof part === 'string')) return key
  } catch {
    // Not base64url of JSON: a marker of someone else's making, refused below.
  }
  throw new iam.ValidationError('Invalid Marker.')
}

/**
 * Cuts rows to the page asked for.
 * @param rows   at most `rowsWanted(request)`, in order
 * @param keyOf  the sort key of a row
 */
export function pageOf<Row>(
  rows: readonly Row[],
  request: PageRequest,
  keyOf: (row: Row) => readonly string[],
): { items: readonly Row[]; end: PageEnd } {
  const size = rowsWanted(request) - 1
  const items = rows.slice(0, size)
  const last = items.at(-1)
  if (rows.length <= size || last === undefined) return { items, end: { IsTruncated: false } }
  return { items, end: { IsTruncated: true, Marker: Buffer.from(JSON.stringify(keyOf(last))).toString('base64url') } }
}

/** Pages a list that is short by nature and already at hand, in order of its key. */
export function pageThrough<Item>(items: readonly Item[], request: PageRequest, keyOf: (item: Item) => string) {
  const [after] = startAfter(request, 1) ?? []
  const rest = after === undefined ? items : items.filter(item => keyOf(item) > after)
  return pageOf(rest, request, item => [keyOf(item)])
}

/** The range of texts that begin with a prefix, for indexes: from the prefix itself up to, not including, `end`. */
export const prefixEnd = (prefix: string): string => `${prefix}\uffff`
