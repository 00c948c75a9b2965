import { CopyText } from './copy-text.tsx'
import type { Column } from './page-table.tsx'
import { Time } from './time.tsx'

interface MoreOfTime {
  /** How long ago, not when. */
  readonly ago?: boolean
  readonly optional?: boolean
}

/** A column of times, sorted and exported as ISO 8601, shown in the reader's zone. */
export const timeColumn = <Item,>(
  id: string,
  header: string,
  at: (item: Item) => Date | undefined,
  { ago = false, ...more }: MoreOfTime = {},
): Column<Item> => ({
  id,
  header,
  text: item => at(item)?.toISOString() ?? '',
  cell: item => <Time at={at(item)} ago={ago} />,
  minWidth: ago ? 150 : 230,
  ...more,
})

/** The column of a resource's ARN, with a button that copies it; shown when it is chosen, as the names lead to the resource. */
export const arnColumn = <Item,>(arnOf: (item: Item) => string, optional = true): Column<Item> => ({
  id: 'arn',
  header: 'ARN',
  text: arnOf,
  cell: item => <CopyText text={arnOf(item)} what="ARN" />,
  optional,
  minWidth: 360,
})
