import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { AssociatedAccessPolicy } from '../../src/wire/models/eks.ts'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { useAll } from '../parts/use-call.ts'
import { type AccessScopeChoice, AccessScopeFields, scopeOf, wholeCluster } from './access-scope-fields.tsx'

interface AccessPoliciesOfEntryProps {
  readonly clusterName: string
  readonly principalArn: string
  readonly onClose: () => void
}

/** The access policies of one access entry, with where each holds. */
export function AccessPoliciesOfEntry({ clusterName, principalArn, onClose }: AccessPoliciesOfEntryProps) {
  const listing = call('eks', 'ListAssociatedAccessPolicies', { clusterName, principalArn })
  const policies = useAll(listing)
  const [selected, setSelected] = useState<readonly AssociatedAccessPolicy[]>([])
  const [dialog, setDialog] = useState<'add' | 'remove'>()
  const [choice, setChoice] = useState<AccessScopeChoice>(wholeCluster)
  const policyArn = selected[0]?.policyArn
  const back = () => setDialog(undefined)

  if (dialog === 'add')
    return (
      <CallDialog
        size="large"
        title="Add access policy"
        submit="Add access policy"
        calls={
          choice.policyArn
            ? [
                call('eks', 'AssociateAccessPolicy', {
                  clusterName,
                  principalArn,
                  policyArn: choice.policyArn,
                  accessScope: scopeOf(choice),
                }),
              ]
            : []
        }
        onClose={back}
      >
        <AccessScopeFields choice={choice} onChange={setChoice} />
      </CallDialog>
    )
  if (dialog === 'remove' && policyArn)
    return (
      <CallDialog
        title="Remove access policy?"
        submit="Remove"
        calls={[call('eks', 'DisassociateAccessPolicy', { clusterName, principalArn, policyArn })]}
        onClose={back}
        onDone={() => setSelected([])}
      >
        {principalArn} loses what {policyArn.replace(/^.*\//, '')} grants.
      </CallDialog>
    )
  return (
    <Modal
      visible
      size="large"
      header={principalArn}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <PageTable
          id="associated-access-policies"
          variant="embedded"
          title="Access policies"
          columns={[
            { id: 'policy', header: 'Policy name', text: ({ policyArn = '' }) => policyArn.replace(/^.*\//, ''), minWidth: 260 },
            {
              id: 'scope',
              header: 'Access scope',
              text: ({ accessScope }) => (accessScope?.type === 'namespace' ? (accessScope.namespaces ?? []).join(', ') : 'Cluster'),
            },
          ]}
          keyOf={({ policyArn = '' }) => policyArn}
          items={policies.data?.associatedAccessPolicies}
          loading={policies.isPending}
          problem={policies.error}
          listing={[listing]}
          selection={{ type: 'single', items: selected, onChange: setSelected }}
          actions={
            <Actions>
              <Button disabled={!policyArn} onClick={() => setDialog('remove')}>
                Remove
              </Button>
              <Button onClick={() => setDialog('add')}>Add access policy</Button>
            </Actions>
          }
          empty={<EmptyState title="No access policies">What this principal may do comes from RBAC alone, by its groups.</EmptyState>}
        />
      </SpaceBetween>
    </Modal>
  )
}
