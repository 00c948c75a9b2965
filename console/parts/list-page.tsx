import Button from '@cloudscape-design/components/button'
import { type ReactNode, useState } from 'react'
import { useNavigate } from 'react-router'
import { Actions } from './detail-page.tsx'
import { EmptyState } from './empty-state.tsx'
import { PageTable, type PageTableProps } from './page-table.tsx'

type Shown =
  | 'id'
  | 'title'
  | 'description'
  | 'columns'
  | 'keyOf'
  | 'items'
  | 'loading'
  | 'count'
  | 'problem'
  | 'onRefresh'
  | 'listing'
  | 'filters'

interface ListPageProps<Item extends object> extends Pick<PageTableProps<Item>, Shown> {
  /** What makes a new one: on a page of its own, or in a dialog. */
  readonly create: { readonly label: string } & ({ readonly path: string } | { readonly dialog: (onClose: () => void) => ReactNode })
  readonly empty: { readonly title: string; readonly text: string }
  /** Which can be deleted; left out, all. */
  readonly isDeletable?: (item: Item) => boolean
  /** The dialog that deletes one. */
  readonly deletion: (item: Item, dialog: { readonly onClose: () => void; readonly onDone: () => void }) => ReactNode
}

/** The page of all resources of a kind: one is chosen and deleted, new ones are made. */
export function ListPage<Item extends object>({ create, empty, isDeletable = () => true, deletion, ...table }: ListPageProps<Item>) {
  const navigate = useNavigate()
  const [selected, setSelected] = useState<readonly Item[]>([])
  const [open, setOpen] = useState<'create' | 'delete'>()
  const [chosen] = selected
  const close = () => setOpen(undefined)
  const toCreation = () => ('path' in create ? void navigate(create.path) : setOpen('create'))
  return (
    <>
      <PageTable<Item>
        {...table}
        selection={{ type: 'single', items: selected, onChange: setSelected }}
        actions={
          <Actions>
            <Button disabled={!chosen || !isDeletable(chosen)} onClick={() => setOpen('delete')}>
              Delete
            </Button>
            <Button variant="primary" onClick={toCreation}>
              {create.label}
            </Button>
          </Actions>
        }
        empty={
          <EmptyState title={empty.title} action={<Button onClick={toCreation}>{create.label}</Button>}>
            {empty.text}
          </EmptyState>
        }
      />
      {open === 'delete' && chosen && deletion(chosen, { onClose: close, onDone: () => setSelected([]) })}
      {open === 'create' && 'dialog' in create && create.dialog(close)}
    </>
  )
}
