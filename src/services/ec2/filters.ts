import type { Filter } from '../../wire/models/ec2.ts'
import { appendLiteral, appendPattern, matchesCodes, type PatternCodes } from '../../policy/wildcard.ts'
import { ec2Error } from './errors.ts'

/** What a filter compares with: none, one or several values of an item. */
export type FilterValues<Item> = {
  readonly [name: string]: (item: Item) => string | number | boolean | readonly string[] | null | undefined
}

const mostFilters = 50
const mostValues = 200

/**
 * Those that match every filter by one of its values, in which `*` and `?` are wildcards and `\` takes their meaning away.
 * @param tagsOf  tags of an item, for `tag:KEY`, `tag-key` and `tag-value`
 * @throws        InvalidParameterValue for a filter that is not known
 * @see           EC2 User Guide, "List and filter your resources"
 */
export function filtered<Item>(
  items: readonly Item[],
  filters: readonly Filter[] | undefined,
  values: FilterValues<Item>,
  tagsOf: (item: Item) => { readonly [key: string]: string },
): readonly Item[] {
  if (!filters || filters.length === 0) return items
  if (filters.length > mostFilters || filters.reduce((sum, { Values = [] }) => sum + Values.length, 0) > mostValues)
    throw ec2Error('FilterLimitExceeded', `The maximum number of filter values specified on a single call is ${mostValues}`)
  const tests = filters.map(({ Name = '', Values = [] }) => {
    const read = readerOf(Name, values, tagsOf)
    const patterns = Values.map(patternOf)
    return (item: Item) => read(item).some(value => patterns.some(pattern => matchesCodes(pattern, value)))
  })
  return items.filter(item => tests.every(test => test(item)))
}

function readerOf<Item>(
  name: string,
  values: FilterValues<Item>,
  tagsOf: (item: Item) => { readonly [key: string]: string },
): (item: Item) => readonly string[] {
  if (name.startsWith('tag:')) {
    const key = name.slice('tag:'.length)
    return item => Object.entries(tagsOf(item)).flatMap(([tag, value]) => (tag === key ? [value] : []))
  }
  if (name === 'tag-key') return item => Object.keys(tagsOf(item))
  if (name === 'tag-value') return item => Object.values(tagsOf(item))
  const read = Object.hasOwn(values, name) ? values[name] : undefined
  if (!read) throw ec2Error('InvalidParameterValue', `The filter '${name.slice(0, 255)}' is invalid`)
  return item => [read(item)].flat().flatMap(value => (value === null || value === undefined ? [] : [String(value)]))
}

const longestPattern = 255

/** Wildcards and what stands between them; a filter's value is no expression, which could backtrack for ever. */
function patternOf(text: string): PatternCodes {
  if (text.length > longestPattern) throw ec2Error('InvalidParameterValue', `A filter value has at most ${longestPattern} characters`)
  const codes: number[] = []
  for (const part of text.match(/\\[\s\S]|[\s\S]/g) ?? [])
    if (part.length === 2) appendLiteral(codes, part.slice(1))
    else appendPattern(codes, part)
  return codes
}
