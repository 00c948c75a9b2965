import { useCollection } from '@cloudscape-design/collection-hooks'
import Button from '@cloudscape-design/components/button'
import CollectionPreferences, { type CollectionPreferencesProps } from '@cloudscape-design/components/collection-preferences'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import { type ReactNode, useState } from 'react'
import { useSearchParams } from 'react-router'
import type { Call } from '../api/call.ts'
import { CopyAsCli } from './copy-as-cli.tsx'
import { csvOf, download } from './csv.ts'
import { EmptyState } from './empty-state.tsx'
import { ErrorBox } from './error-box.tsx'

export interface Column<Item> {
  readonly id: string
  readonly header: string
  /** What the column sorts by, is searched in, and exports. */
  readonly text: (item: Item) => string | number | boolean
  /** What it shows, when that is more than its text. */
  readonly cell?: (item: Item) => ReactNode
  /** Shown only when chosen in the preferences. */
  readonly optional?: boolean
  readonly minWidth?: number
}

export interface PageTableProps<Item extends object> {
  /** Names the kept preferences and the exported file. */
  readonly id: string
  readonly title: string
  readonly description?: ReactNode
  readonly columns: readonly Column<Item>[]
  readonly keyOf: (item: Item) => string
  readonly items: readonly Item[] | undefined
  readonly loading: boolean
  /** How many items came so far, for listings of many pages. */
  readonly count?: number
  readonly problem?: unknown
  /** Where there is nothing. */
  readonly empty: ReactNode
  readonly onRefresh?: () => void
  /** The calls that list this, to copy as AWS CLI. */
  readonly listing?: readonly Call[]
  readonly actions?: ReactNode
  readonly selection?: {
    readonly type: 'single' | 'multi'
    readonly items: readonly Item[]
    readonly onChange: (items: readonly Item[]) => void
  }
  /** Of a whole page, or in a container of one. */
  readonly variant?: 'full-page' | 'container' | 'embedded'
  /** More filters beside the search. */
  readonly filters?: ReactNode
}

/** Pixels of a header's text, a character, and of its sorting and resizing: no header is cut off. */
const headerCharacter = 8
const headerControls = 64

const usualPageSize = 20
const pageSizes = [20, 50, 100].map(value => ({ value, label: `${value} rows` }))

/** A table as people know it from consoles: search, sorted columns, pages, kept column preferences, CSV export, selection. */
export function PageTable<Item extends object>(props: PageTableProps<Item>) {
  const {
    id,
    title,
    description,
    columns,
    keyOf,
    items = [],
    loading,
    count,
    problem,
    empty,
    onRefresh,
    listing,
    actions,
    selection,
    variant = 'full-page',
    filters,
  } = props
  const [preferences, setPreferences] = usePreferences(id, columns)
  const [parameters] = useSearchParams()
  const visible = preferences.contentDisplay?.filter(column => column.visible).map(column => column.id) ?? []
  const collection = useCollection<Item>(items, {
    filtering: {
      defaultFilteringText: variant === 'full-page' ? (parameters.get('find') ?? '') : '',
      filteringFunction: (item, text) => columns.some(column => String(column.text(item)).toLowerCase().includes(text.toLowerCase())),
      empty,
      noMatch: (
        <EmptyState title="No match" action={<Button onClick={() => collection.actions.setFiltering('')}>Clear the search</Button>}>
          Nothing here has that text.
        </EmptyState>
      ),
    },
    pagination: { pageSize: preferences.pageSize ?? usualPageSize },
    sorting: {},
  })
  const exportCsv = () => {
    const exported = columns.filter(column => visible.includes(column.id))
    const rows = collection.allPageItems.map(item => exported.map(column => column.text(item)))
    download(`${id}.csv`, csvOf([exported.map(column => column.header), ...rows]))
  }

  const refresh = onRefresh && <Button iconName="refresh" ariaLabel={`Refresh ${title}`} loading={loading} onClick={onRefresh} />
  // What may not be listed may be made all the same.
  if (problem && items.length === 0)
    return (
      <SpaceBetween size="m">
        <Header
          variant={variant === 'full-page' ? 'h1' : 'h2'}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {refresh}
              {listing && <CopyAsCli calls={listing} />}
              {actions}
            </SpaceBetween>
          }
        >
          {title}
        </Header>
        <ErrorBox problem={problem} />
      </SpaceBetween>
    )
  const search = (
    <TextFilter
      {...collection.filterProps}
      filteringPlaceholder={`Search ${title.toLowerCase()}`}
      filteringAriaLabel={`Search ${title.toLowerCase()}`}
      countText={`${(collection.filteredItemsCount ?? 0).toLocaleString('en')} ${collection.filteredItemsCount === 1 ? 'match' : 'matches'}`}
    />
  )

  return (
    <SpaceBetween size="m">
      <ErrorBox problem={problem} />
      <Table<Item>
        {...collection.collectionProps}
        variant={variant}
        items={collection.items}
        trackBy={keyOf}
        loading={loading}
        loadingText={count ? `Loading: ${count.toLocaleString('en')} so far` : `Loading ${title.toLowerCase()}`}
        stickyHeader={variant === 'full-page'}
        enableKeyboardNavigation
        resizableColumns
        wrapLines={preferences.wrapLines ?? false}
        stripedRows={preferences.stripedRows ?? false}
        contentDensity={preferences.contentDensity ?? 'comfortable'}
        columnDisplay={preferences.contentDisplay ?? []}
        columnDefinitions={columns.map(({ id, header, text, cell, minWidth }) => ({
          id,
          header,
          cell: item => (cell ? cell(item) : String(text(item))),
          sortingComparator: (a, b) => compare(text(a), text(b)),
          minWidth: Math.max(minWidth ?? 120, header.length * headerCharacter + headerControls),
        }))}
        {...(selection && {
          selectionType: selection.type,
          selectedItems: [...selection.items],
          onSelectionChange: ({ detail }) => selection.onChange(detail.selectedItems),
          ariaLabels: {
            selectionGroupLabel: `Select from ${title}`,
            allItemsSelectionLabel: () => 'Select all',
            itemSelectionLabel: (_, item) => `Select ${keyOf(item)}`,
          },
        })}
        header={
          <Header
            variant={variant === 'full-page' ? 'awsui-h1-sticky' : 'h2'}
            counter={loading ? '' : `(${items.length.toLocaleString('en')})`}
            description={description}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                {refresh}
                {listing && <CopyAsCli calls={listing} />}
                <Button
                  iconName="download"
                  ariaLabel="Export CSV"
                  nativeButtonAttributes={{ title: 'Export CSV' }}
                  disabled={collection.allPageItems.length === 0}
                  onClick={exportCsv}
                />
                {actions}
              </SpaceBetween>
            }
          >
            {title}
          </Header>
        }
        filter={
          filters ? (
            <SpaceBetween direction="horizontal" size="xs">
              {search}
              {filters}
            </SpaceBetween>
          ) : (
            search
          )
        }
        pagination={<Pagination {...collection.paginationProps} />}
        preferences={<Preferences columns={columns} preferences={preferences} onChange={setPreferences} />}
      />
    </SpaceBetween>
  )
}

const compare = (a: string | number | boolean, b: string | number | boolean) =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true })

type Kept = CollectionPreferencesProps.Preferences

/** What was chosen for a table, kept in this browser; columns that came since are shown as they are by default. */
function usePreferences<Item>(id: string, columns: readonly Column<Item>[]) {
  const key = `gatehouse-table-${id}`
  const [kept, setKept] = useState<Kept>(() => JSON.parse(localStorage.getItem(key) ?? '{}') as Kept)
  const known = (kept.contentDisplay ?? []).filter(({ id }) => columns.some(column => column.id === id))
  const added = columns.filter(({ id }) => !known.some(column => column.id === id)).map(({ id, optional }) => ({ id, visible: !optional }))
  const choose = (next: Kept) => {
    localStorage.setItem(key, JSON.stringify(next))
    setKept(next)
  }
  return [{ pageSize: usualPageSize, ...kept, contentDisplay: [...known, ...added] }, choose] as const
}

interface PreferencesProps<Item> {
  readonly columns: readonly Column<Item>[]
  readonly preferences: Kept
  readonly onChange: (preferences: Kept) => void
}

const Preferences = <Item,>({ columns, preferences, onChange }: PreferencesProps<Item>) => (
  <CollectionPreferences
    title="Preferences"
    confirmLabel="Confirm"
    cancelLabel="Cancel"
    preferences={preferences}
    onConfirm={({ detail }) => onChange(detail)}
    pageSizePreference={{ title: 'Page size', options: pageSizes }}
    wrapLinesPreference={{ label: 'Wrap lines', description: 'Show all text of a cell' }}
    stripedRowsPreference={{ label: 'Striped rows', description: 'Shade every other row' }}
    contentDensityPreference={{ label: 'Compact mode', description: 'Show more rows at once' }}
    contentDisplayPreference={{
      title: 'Columns',
      options: columns.map(({ id, header }, index) => ({ id, label: header, alwaysVisible: index === 0 })),
    }}
  />
)
