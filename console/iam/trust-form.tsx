import Checkbox from '@cloudscape-design/components/checkbox'
import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import Link from '@cloudscape-design/components/link'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Tiles from '@cloudscape-design/components/tiles'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import { call } from '../api/call.ts'
import { choicesOf } from '../parts/choices.ts'
import { PolicyEditor } from '../parts/policy-editor.tsx'
import { useCall } from '../parts/use-call.ts'
import { useSession } from '../shell/session-context.ts'
import { isJson } from './policy-document.ts'
import {
  type AccountTrust,
  accountTrust,
  issuerOfProvider,
  samlTrust,
  serviceTrust,
  type TrustKind,
  trustedServices,
  trustKinds,
  type WebIdentityTrust,
  webIdentityTrust,
} from './trust-policies.ts'

/** Whom a new role trusts: what has been entered, and the policy that comes of it. */
export function useTrust() {
  const { account: own } = useSession()
  // A provider's page leads here with its ARN.
  const [parameters] = useSearchParams()
  const [kind, setKind] = useState<TrustKind>(parameters.has('provider') ? 'web-identity' : 'service')
  const [service, setService] = useState('pods.eks.amazonaws.com')
  const [account, setAccount] = useState<AccountTrust>({ account: own, externalId: '', withMfa: false })
  const [web, setWeb] = useState<WebIdentityTrust>({
    providerArn: parameters.get('provider') ?? '',
    audience: 'sts.amazonaws.com',
    subject: '',
  })
  const [saml, setSaml] = useState('')
  const [custom, setCustom] = useState(() => accountTrust({ account: own, externalId: '', withMfa: false }))
  const documents: { readonly [Kind in TrustKind]: () => string } = {
    service: () => serviceTrust(service),
    account: () => accountTrust(account),
    'web-identity': () => webIdentityTrust(web),
    saml: () => samlTrust(saml),
    custom: () => custom,
  }
  const wanting: { readonly [Kind in TrustKind]: string } = {
    service: '',
    account: /^\d{12}$/.test(account.account) ? '' : 'An account ID has twelve digits.',
    'web-identity': web.providerArn && web.audience ? '' : 'Choose an identity provider and an audience.',
    saml: saml ? '' : 'Choose a SAML provider.',
    custom: isJson(custom) ? '' : 'The trust policy is not JSON yet.',
  }
  return {
    kind,
    setKind,
    service,
    setService,
    account,
    setAccount,
    web,
    setWeb,
    saml,
    setSaml,
    custom,
    setCustom,
    document: documents[kind](),
    missing: wanting[kind],
    complete: wanting[kind] === '',
  }
}

type Trust = ReturnType<typeof useTrust>

export function TrustForm({ trust }: { readonly trust: Trust }) {
  const { kind, setKind } = trust
  const Fields = fields[kind]
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Trusted entity type</Header>}>
        <Tiles
          ariaLabel="Trusted entity type"
          value={kind}
          columns={3}
          items={[...trustKinds]}
          onChange={({ detail }) => setKind(detail.value as TrustKind)}
        />
      </Container>
      <Container header={<Header variant="h2">{trustKinds.find(({ value }) => value === kind)?.label}</Header>}>
        <SpaceBetween size="m">
          <Fields trust={trust} />
          {kind !== 'custom' && <PolicyEditor value={trust.document} label="Trust policy" />}
        </SpaceBetween>
      </Container>
    </SpaceBetween>
  )
}

const ServiceFields = ({ trust: { service, setService } }: { readonly trust: Trust }) => (
  <FormField label="Service or use case">
    <Select
      selectedOption={trustedServices.find(({ value }) => value === service) ?? { value: service, label: service }}
      options={trustedServices.map(option => ({ ...option, labelTag: option.value }))}
      filteringType="auto"
      filteringAriaLabel="Search services"
      onChange={({ detail }) => setService(detail.selectedOption.value ?? '')}
    />
  </FormField>
)

const AccountFields = ({ trust: { account, setAccount } }: { readonly trust: Trust }) => (
  <SpaceBetween size="m">
    <FormField
      label="Account ID"
      description="This account, or the one whose users and roles may take this role when its administrator lets them"
    >
      <Input
        value={account.account}
        inputMode="numeric"
        onChange={({ detail }) => setAccount({ ...account, account: detail.value.trim() })}
      />
    </FormField>
    <FormField label="External ID - optional" description="When a third party takes this role: a word that only the two of you use">
      <Input value={account.externalId} onChange={({ detail }) => setAccount({ ...account, externalId: detail.value })} />
    </FormField>
    <Checkbox checked={account.withMfa} onChange={({ detail }) => setAccount({ ...account, withMfa: detail.checked })}>
      Require MFA
    </Checkbox>
  </SpaceBetween>
)

const listOidcProviders = call('iam', 'ListOpenIDConnectProviders', {})

function WebIdentityFields({ trust: { web, setWeb } }: { readonly trust: Trust }) {
  const providers = useCall(listOidcProviders)
  const provider = useCall(
    web.providerArn ? call('iam', 'GetOpenIDConnectProvider', { OpenIDConnectProviderArn: web.providerArn }) : undefined,
  )
  return (
    <SpaceBetween size="m">
      <FormField label="Identity provider" secondaryControl={<Link href="#/iam/identity-providers/create">Create new</Link>}>
        <Select
          selectedOption={web.providerArn ? { value: web.providerArn, label: issuerOfProvider(web.providerArn) } : null}
          options={(providers.data?.OpenIDConnectProviderList ?? []).map(({ Arn = '' }) => ({ value: Arn, label: issuerOfProvider(Arn) }))}
          placeholder="Choose an identity provider"
          empty="There is no OpenID Connect provider yet."
          {...choicesOf(providers)}
          onChange={({ detail }) => setWeb({ ...web, providerArn: detail.selectedOption.value ?? '' })}
        />
      </FormField>
      <FormField label="Audience">
        <Select
          selectedOption={{ value: web.audience, label: web.audience }}
          options={[...new Set([...(provider.data?.ClientIDList ?? []), web.audience])].map(value => ({ value, label: value }))}
          onChange={({ detail }) => setWeb({ ...web, audience: detail.selectedOption.value ?? '' })}
        />
      </FormField>
      <FormField
        label="Subject - optional"
        description="Of one service account: system:serviceaccount:NAMESPACE:NAME. Left empty, every subject of the provider may take the role."
      >
        <Input
          value={web.subject}
          placeholder="system:serviceaccount:default:my-app"
          onChange={({ detail }) => setWeb({ ...web, subject: detail.value.trim() })}
        />
      </FormField>
    </SpaceBetween>
  )
}

function SamlFields({ trust: { saml, setSaml } }: { readonly trust: Trust }) {
  const providers = useCall(call('iam', 'ListSAMLProviders', {}))
  return (
    <FormField label="SAML 2.0-based provider" secondaryControl={<Link href="#/iam/identity-providers/create">Create new</Link>}>
      <Select
        selectedOption={saml ? { value: saml, label: saml.replace(/^.*\//, '') } : null}
        options={(providers.data?.SAMLProviderList ?? []).map(({ Arn = '' }) => ({ value: Arn, label: Arn.replace(/^.*\//, '') }))}
        placeholder="Choose a SAML provider"
        empty="There is no SAML provider yet."
        {...choicesOf(providers)}
        onChange={({ detail }) => setSaml(detail.selectedOption.value ?? '')}
      />
    </FormField>
  )
}

const CustomFields = ({ trust: { custom, setCustom } }: { readonly trust: Trust }) => (
  <PolicyEditor
    value={custom}
    onChange={setCustom}
    label="Custom trust policy"
    policyType="RESOURCE_POLICY"
    resourceType="AWS::IAM::AssumeRolePolicyDocument"
  />
)

const fields = { service: ServiceFields, account: AccountFields, 'web-identity': WebIdentityFields, saml: SamlFields, custom: CustomFields }
