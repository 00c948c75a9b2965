import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import TreeView from '@cloudscape-design/components/tree-view'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError } from '../api/api-error.ts'
import { call } from '../api/call.ts'
import { sendAll } from '../api/send.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { CopyText } from '../parts/copy-text.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { useCall } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'

interface Place {
  readonly id: string
  readonly name: string
  readonly kind: 'root' | 'unit' | 'account'
  readonly detail: string
  readonly policies: readonly string[]
  readonly children: readonly Place[]
}

const describe = call('organizations', 'DescribeOrganization', {})

/** The organization: its root, units and accounts, with the policies that limit each. */
export default function OrganizationPage() {
  const organization = useCall(describe)
  const none = organization.error instanceof ApiError && organization.error.code === 'AWSOrganizationsNotInUseException'
  const tree = useQuery({ queryKey: ['organizations', 'tree'], queryFn: readTree, enabled: organization.data?.Organization !== undefined })
  const [expanded, setExpanded] = useState<readonly string[]>()
  const [creating, setCreating] = useState(false)
  const facts = organization.data?.Organization
  const create = <Button onClick={() => setCreating(true)}>Create an organization</Button>
  const open = expanded ?? idsOf(tree.data ?? [])
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="Accounts that are governed together"
          actions={<CopyAsCli calls={[describe, call('organizations', 'ListRoots', {})]} />}
        >
          Organization
        </Header>
      }
    >
      <SpaceBetween size="l">
        <ErrorBox problem={none ? undefined : (organization.error ?? tree.error)} />
        {none && (
          <Container>
            <EmptyState title="This account is in no organization" action={create}>
              An organization holds several accounts, and limits what may be done in them by service control policies and resource control
              policies.
            </EmptyState>
          </Container>
        )}
        {facts && (
          <Container header={<Header variant="h2">Details</Header>}>
            <KeyValuePairs
              columns={3}
              items={[
                { label: 'Organization ID', value: <CopyText text={facts.Id ?? ''} what="organization ID" /> },
                { label: 'Feature set', value: facts.FeatureSet ?? '-' },
                { label: 'Management account', value: <CopyText text={facts.MasterAccountId ?? ''} what="account ID" /> },
              ]}
            />
          </Container>
        )}
        {facts && (
          <Container header={<Header variant="h2">Organizational structure</Header>}>
            {tree.isPending && <Spinner />}
            {tree.data && (
              <TreeView
                ariaLabel="Organizational structure"
                items={tree.data}
                getItemId={({ id }) => id}
                getItemChildren={({ children }) => [...children]}
                expandedItems={open}
                onItemToggle={({ detail }) => setExpanded(detail.expanded ? [...open, detail.id] : open.filter(id => id !== detail.id))}
                renderItem={({ name, kind, detail, policies, id }) => ({
                  icon: undefined,
                  content: (
                    <>
                      {name} <Box variant="small">{id}</Box>
                    </>
                  ),
                  secondaryContent: (
                    <Box variant="small" color="text-body-secondary">
                      {kind === 'account' ? (
                        <StatusIndicator type={detail === 'ACTIVE' ? 'success' : 'stopped'}>{detail}</StatusIndicator>
                      ) : (
                        detail
                      )}{' '}
                      {policies.length > 0 && `Policies: ${policies.join(', ')}`}
                    </Box>
                  ),
                })}
              />
            )}
          </Container>
        )}
      </SpaceBetween>
      {creating && (
        <CallDialog
          title="Create an organization?"
          submit="Create organization"
          calls={[call('organizations', 'CreateOrganization', { FeatureSet: 'ALL' })]}
          onClose={() => setCreating(false)}
          onDone={() => notify('success', 'Organization created. This account is its management account.')}
        >
          This account becomes the management account. With all features, policies can limit what member accounts may do.
        </CallDialog>
      )}
    </ContentLayout>
  )
}

const idsOf = (places: readonly Place[]): string[] => places.flatMap(({ id, children }) => [id, ...idsOf(children)])

async function readTree(): Promise<Place[]> {
  const { Roots = [] } = await sendAll(call('organizations', 'ListRoots', {}))
  return Promise.all(
    Roots.map(async ({ Id = '', Name = '', PolicyTypes = [] }) => ({
      ...(await below(Id)),
      id: Id,
      name: Name,
      kind: 'root' as const,
      detail: `Root; policy types: ${
        PolicyTypes.filter(({ Status }) => Status === 'ENABLED')
          .map(({ Type }) => Type)
          .join(', ') || 'none enabled'
      }`,
    })),
  )
}

/** Units and accounts of a place, and the service control policies attached to it. */
async function below(ParentId: string): Promise<Pick<Place, 'children' | 'policies'>> {
  const [units, accounts, policies] = await Promise.all([
    sendAll(call('organizations', 'ListOrganizationalUnitsForParent', { ParentId })),
    sendAll(call('organizations', 'ListAccountsForParent', { ParentId })),
    policiesOf(ParentId),
  ])
  const children = await Promise.all([
    ...(units.OrganizationalUnits ?? []).map(async ({ Id = '', Name = '' }) => ({
      ...(await below(Id)),
      id: Id,
      name: Name,
      kind: 'unit' as const,
      detail: 'Organizational unit',
    })),
    ...(accounts.Accounts ?? []).map(async ({ Id = '', Name = '', Status = '' }) => ({
      id: Id,
      name: Name,
      kind: 'account' as const,
      detail: Status,
      policies: await policiesOf(Id),
      children: [],
    })),
  ])
  return { children, policies }
}

async function policiesOf(TargetId: string): Promise<string[]> {
  const { Policies = [] } = await sendAll(call('organizations', 'ListPoliciesForTarget', { TargetId, Filter: 'SERVICE_CONTROL_POLICY' }))
  return Policies.map(({ Name = '' }) => Name)
}
