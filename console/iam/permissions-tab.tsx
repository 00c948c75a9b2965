import Badge from '@cloudscape-design/components/badge'
import Button from '@cloudscape-design/components/button'
import ButtonDropdown from '@cloudscape-design/components/button-dropdown'
import Link from '@cloudscape-design/components/link'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { CallDialog } from '../parts/call-dialog.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { useAll } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'
import { AttachPoliciesDialog } from './attach-policies-dialog.tsx'
import { type Entity, entityCalls, entityPath } from './entities.ts'
import { isAwsManaged } from './policy-picker.tsx'

interface PolicyRow {
  readonly name: string
  /** Undefined for inline policies. */
  readonly arn?: string
}

/** The policies of a user, a group or a role: attached and inline ones. */
export function PermissionsTab({ entity }: { readonly entity: Entity }) {
  const navigate = useNavigate()
  const calls = entityCalls[entity.kind]
  const attached = useAll(calls.attached(entity.name))
  const inline = useAll(calls.inline(entity.name))
  const [selected, setSelected] = useState<readonly PolicyRow[]>([])
  const [dialog, setDialog] = useState<'attach' | 'remove'>()
  const items: PolicyRow[] = [
    ...(attached.data?.AttachedPolicies ?? []).map(({ PolicyName = '', PolicyArn = '' }) => ({ name: PolicyName, arn: PolicyArn })),
    ...(inline.data?.PolicyNames ?? []).map(name => ({ name })),
  ]
  const close = () => setDialog(undefined)
  const add = (
    <ButtonDropdown
      variant="primary"
      items={[
        { id: 'attach', text: 'Attach policies' },
        { id: 'inline', text: 'Create inline policy' },
      ]}
      onItemClick={({ detail }) =>
        detail.id === 'attach' ? setDialog('attach') : void navigate(`${entityPath(entity)}/create-inline-policy`)
      }
    >
      Add permissions
    </ButtonDropdown>
  )
  return (
    <>
      <PageTable
        id="permissions"
        variant="container"
        title="Permissions policies"
        description="Permissions are defined by policies attached to the identity directly or through groups."
        columns={[
          {
            id: 'name',
            header: 'Policy name',
            text: row => row.name,
            cell: row => <Link href={hrefOf(entity, row)}>{row.name}</Link>,
            minWidth: 280,
          },
          { id: 'type', header: 'Type', text: typeOf, cell: row => <Badge>{typeOf(row)}</Badge>, minWidth: 160 },
        ]}
        keyOf={({ name, arn }) => arn ?? name}
        items={items}
        loading={attached.isPending || inline.isPending}
        problem={attached.error ?? inline.error}
        listing={[calls.attached(entity.name), calls.inline(entity.name)]}
        selection={{ type: 'multi', items: selected, onChange: setSelected }}
        actions={
          <Actions>
            <Button disabled={selected.length === 0} onClick={() => setDialog('remove')}>
              Remove
            </Button>
            {add}
          </Actions>
        }
        empty={
          <EmptyState title="No policies">
            Without a policy everything is refused. Attach one that allows just what this {calls.singular} needs.
          </EmptyState>
        }
      />
      {dialog === 'attach' && <AttachPoliciesDialog entity={entity} attached={items.flatMap(({ arn }) => arn ?? [])} onClose={close} />}
      {dialog === 'remove' && (
        <CallDialog
          title={`Remove ${selected.length} ${selected.length === 1 ? 'policy' : 'policies'}?`}
          submit="Remove"
          calls={selected.map(({ name, arn }) => (arn ? calls.detach(entity.name, arn) : calls.deleteInline(entity.name, name)))}
          onClose={close}
          onDone={() => {
            setSelected([])
            notify('success', 'Policies removed.')
          }}
        >
          {selected.map(({ name }) => name).join(', ')} will no longer grant anything to {entity.name}. Inline policies are deleted.
        </CallDialog>
      )}
    </>
  )
}

const typeOf = ({ arn }: PolicyRow) => (!arn ? 'Inline' : isAwsManaged(arn) ? 'AWS managed' : 'Customer managed')

const hrefOf = (entity: Entity, { name, arn }: PolicyRow) =>
  arn ? `#/iam/policies/${encodeURIComponent(arn)}` : `#${entityPath(entity)}/inline-policies/${encodeURIComponent(name)}`
