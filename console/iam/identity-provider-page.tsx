import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { CopyArn, CopyText } from '../parts/copy-text.tsx'
import { Actions, DetailPage } from '../parts/detail-page.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { PageTabs } from '../parts/page-tabs.tsx'
import { Time } from '../parts/time.tsx'
import { useCall } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'
import { deleteProvider } from './identity-providers-page.tsx'
import { TagsTab } from './tags-tab.tsx'
import { issuerOfProvider } from './trust-policies.ts'

/** One identity provider. */
export default function IdentityProviderPage() {
  const { arn = '' } = useParams()
  return arn.includes(':saml-provider/') ? <SamlProvider arn={arn} /> : <OidcProvider arn={arn} />
}

function OidcProvider({ arn }: { readonly arn: string }) {
  const getProvider = call('iam', 'GetOpenIDConnectProvider', { OpenIDConnectProviderArn: arn })
  const { data, error, isPending } = useCall(getProvider)
  return (
    <DetailPage
      title={issuerOfProvider(arn)}
      loading={isPending}
      problem={error}
      actions={
        <Actions>
          <CopyAsCli calls={[getProvider]} />
          <DeleteButton arn={arn} />
          <Button variant="primary" href={`#/iam/roles/create?provider=${encodeURIComponent(arn)}`}>
            Assign role
          </Button>
        </Actions>
      }
      facts={[
        { label: 'Provider', value: <CopyText text={`https://${data?.Url ?? ''}`} what="provider URL" /> },
        { label: 'Type', value: 'OpenID Connect' },
        { label: 'Created', value: <Time at={data?.CreateDate} /> },
        { label: 'ARN', value: <CopyArn arn={arn} /> },
        { label: 'Thumbprints', value: (data?.ThumbprintList ?? []).join(', ') || '-' },
      ]}
    >
      <PageTabs
        tabs={[
          { id: 'audiences', label: 'Audiences', content: <Audiences arn={arn} audiences={data?.ClientIDList ?? []} /> },
          {
            id: 'tags',
            label: 'Tags',
            content: (
              <TagsTab
                tags={data?.Tags ?? noTags}
                set={Tags => call('iam', 'TagOpenIDConnectProvider', { OpenIDConnectProviderArn: arn, Tags })}
                remove={TagKeys => call('iam', 'UntagOpenIDConnectProvider', { OpenIDConnectProviderArn: arn, TagKeys })}
              />
            ),
          },
        ]}
      />
    </DetailPage>
  )
}

const noTags: readonly [] = []

function Audiences({ arn, audiences }: { readonly arn: string; readonly audiences: readonly string[] }) {
  const rows = audiences.map(audience => ({ audience }))
  const [selected, setSelected] = useState<readonly { readonly audience: string }[]>([])
  const [dialog, setDialog] = useState<'add' | 'remove'>()
  const [typed, setTyped] = useState('')
  const close = () => setDialog(undefined)
  const OpenIDConnectProviderArn = arn
  const add = <Button onClick={() => setDialog('add')}>Add audience</Button>
  return (
    <>
      <PageTable
        id="audiences"
        variant="container"
        title="Audiences"
        description="Also known as client ID: a token must be meant for one of these."
        columns={[{ id: 'audience', header: 'Audience', text: ({ audience }) => audience }]}
        keyOf={({ audience }) => audience}
        items={rows}
        loading={false}
        selection={{ type: 'single', items: selected, onChange: setSelected }}
        actions={
          <Actions>
            <Button disabled={selected.length === 0} onClick={() => setDialog('remove')}>
              Remove
            </Button>
            {add}
          </Actions>
        }
        empty={
          <EmptyState title="No audiences" action={add}>
            Without an audience no token of this provider is taken.
          </EmptyState>
        }
      />
      {dialog === 'add' && (
        <CallDialog
          title="Add audience"
          submit="Add audience"
          calls={
            typed.trim() ? [call('iam', 'AddClientIDToOpenIDConnectProvider', { OpenIDConnectProviderArn, ClientID: typed.trim() })] : []
          }
          onClose={close}
          onDone={() => setTyped('')}
        >
          <FormField label="Audience">
            <Input value={typed} placeholder="sts.amazonaws.com" onChange={({ detail }) => setTyped(detail.value)} />
          </FormField>
        </CallDialog>
      )}
      {dialog === 'remove' && selected[0] && (
        <CallDialog
          title={`Remove ${selected[0].audience}?`}
          submit="Remove"
          calls={[call('iam', 'RemoveClientIDFromOpenIDConnectProvider', { OpenIDConnectProviderArn, ClientID: selected[0].audience })]}
          onClose={close}
          onDone={() => setSelected([])}
        >
          Tokens for this audience are refused from now on.
        </CallDialog>
      )}
    </>
  )
}

function SamlProvider({ arn }: { readonly arn: string }) {
  const getProvider = call('iam', 'GetSAMLProvider', { SAMLProviderArn: arn })
  const { data, error, isPending } = useCall(getProvider)
  return (
    <DetailPage
      title={arn.replace(/^.*\//, '')}
      loading={isPending}
      problem={error}
      actions={
        <Actions>
          <CopyAsCli calls={[getProvider]} />
          <DeleteButton arn={arn} />
        </Actions>
      }
      facts={[
        { label: 'Type', value: 'SAML' },
        { label: 'Created', value: <Time at={data?.CreateDate} /> },
        { label: 'Valid until', value: <Time at={data?.ValidUntil} /> },
        { label: 'ARN', value: <CopyArn arn={arn} /> },
      ]}
    />
  )
}

function DeleteButton({ arn }: { readonly arn: string }) {
  const navigate = useNavigate()
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button onClick={() => setOpen(true)}>Delete</Button>
      {open && (
        <CallDialog
          title="Delete this identity provider?"
          submit="Delete"
          confirmWord="confirm"
          calls={[deleteProvider(arn)]}
          onClose={() => setOpen(false)}
          onDone={() => {
            notify('success', 'Identity provider deleted.')
            void navigate('/iam/identity-providers')
          }}
        >
          Roles that trust this provider can no longer be taken by its identities.
        </CallDialog>
      )}
    </>
  )
}
