import Link from '@cloudscape-design/components/link'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { arnColumn } from '../parts/columns.tsx'
import { ListPage } from '../parts/list-page.tsx'
import { useCall } from '../parts/use-call.ts'
import { issuerOfProvider } from './trust-policies.ts'

interface ProviderRow {
  readonly arn: string
  readonly name: string
  readonly type: 'OpenID Connect' | 'SAML'
}

const listOidc = call('iam', 'ListOpenIDConnectProviders', {})
const listSaml = call('iam', 'ListSAMLProviders', {})

export const deleteProvider = (arn: string) =>
  arn.includes(':saml-provider/')
    ? call('iam', 'DeleteSAMLProvider', { SAMLProviderArn: arn })
    : call('iam', 'DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn: arn })

/** Identity providers: who else this account believes about who somebody is. */
export default function IdentityProvidersPage() {
  const oidc = useCall(listOidc)
  const saml = useCall(listSaml)
  const rows: ProviderRow[] = [
    ...(oidc.data?.OpenIDConnectProviderList ?? []).map(({ Arn = '' }) => ({
      arn: Arn,
      name: issuerOfProvider(Arn),
      type: 'OpenID Connect' as const,
    })),
    ...(saml.data?.SAMLProviderList ?? []).map(({ Arn = '' }) => ({ arn: Arn, name: Arn.replace(/^.*\//, ''), type: 'SAML' as const })),
  ]
  return (
    <ListPage<ProviderRow>
      id="identity-providers"
      title="Identity providers"
      description="Use an identity provider (IdP) to let identities from outside, such as a cluster's service accounts, take roles of this account."
      columns={[
        {
          id: 'name',
          header: 'Provider',
          text: ({ name }) => name,
          cell: ({ name, arn }) => <Link href={`#/iam/identity-providers/${encodeURIComponent(arn)}`}>{name}</Link>,
          minWidth: 420,
        },
        { id: 'type', header: 'Type', text: ({ type }) => type, minWidth: 160 },
        arnColumn(({ arn }) => arn),
      ]}
      keyOf={({ arn }) => arn}
      items={rows}
      loading={oidc.isFetching || saml.isFetching}
      problem={oidc.error ?? saml.error}
      onRefresh={() => void Promise.all([oidc.refetch(), saml.refetch()])}
      listing={[listOidc, listSaml]}
      create={{ label: 'Add provider', path: '/iam/identity-providers/create' }}
      empty={{
        title: 'No identity providers',
        text: "Add the issuer of an EKS cluster to let its service accounts take roles (IRSA): a pod then has its own role's credentials and no others.",
      }}
      deletion={({ name, arn }, dialog) => (
        <CallDialog title={`Delete ${name}?`} submit="Delete" confirmWord="confirm" calls={[deleteProvider(arn)]} {...dialog}>
          Roles that trust this provider can no longer be taken by its identities.
        </CallDialog>
      )}
    />
  )
}
