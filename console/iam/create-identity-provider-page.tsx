import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import FileUpload from '@cloudscape-design/components/file-upload'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Tiles from '@cloudscape-design/components/tiles'
import { useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { call } from '../api/call.ts'
import { CallForm } from '../parts/call-form.tsx'
import { CopyText } from '../parts/copy-text.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { useRun } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'

/** Adds an identity provider. IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM", console procedure, in its order. */
export default function CreateIdentityProviderPage() {
  // A cluster's page leads here with its issuer.
  const [parameters] = useSearchParams()
  const navigate = useNavigate()
  const [kind, setKind] = useState('oidc')
  const [url, setUrl] = useState(parameters.get('url') ?? '')
  const [thumbprint, setThumbprint] = useState<{ readonly of: string; readonly thumbprint: string }>()
  const [audience, setAudience] = useState('')
  const [name, setName] = useState('')
  const [metadata, setMetadata] = useState('')
  const known = thumbprint?.of === url ? thumbprint.thumbprint : undefined

  const createOidc = call('iam', 'CreateOpenIDConnectProvider', {
    Url: url.trim(),
    ClientIDList: [audience.trim()],
    ...(known && { ThumbprintList: [known] }),
  })
  const createSaml = call('iam', 'CreateSAMLProvider', { Name: name.trim(), SAMLMetadataDocument: metadata })
  const oidcCalls = url && audience ? [createOidc] : []
  const samlCalls = name && metadata ? [createSaml] : []

  return (
    <CallForm
      title="Add an Identity provider"
      submit="Add provider"
      calls={kind === 'oidc' ? oidcCalls : samlCalls}
      cancelPath="/iam/identity-providers"
      onDone={([answer]) => {
        const arn =
          answer &&
          ('OpenIDConnectProviderArn' in answer
            ? answer.OpenIDConnectProviderArn
            : 'SAMLProviderArn' in answer
              ? answer.SAMLProviderArn
              : undefined)
        notify('success', 'Identity provider added. Give it to a role as a trusted entity to use it.')
        void navigate(`/iam/identity-providers/${encodeURIComponent(arn ?? '')}`)
      }}
    >
      <Container header={<Header variant="h2">Configure provider</Header>}>
        <SpaceBetween size="m">
          <FormField label="Provider type" stretch>
            <Tiles
              value={kind}
              onChange={({ detail }) => setKind(detail.value)}
              items={[
                {
                  value: 'saml',
                  label: 'SAML',
                  description: 'Establish trust between your AWS account and a SAML 2.0 compatible identity provider.',
                },
                {
                  value: 'oidc',
                  label: 'OpenID Connect',
                  description: 'Establish trust between your AWS account and an OpenID Connect issuer, such as an EKS cluster.',
                },
              ]}
            />
          </FormField>
          {kind === 'oidc' ? (
            <SpaceBetween size="m">
              <UrlField
                url={url}
                onChange={setUrl}
                thumbprint={known}
                onThumbprint={found => setThumbprint({ of: url, thumbprint: found })}
              />
              <FormField
                label="Audience"
                description="The client ID for which tokens are issued. For service accounts of EKS: sts.amazonaws.com."
              >
                <Input value={audience} placeholder="sts.amazonaws.com" onChange={({ detail }) => setAudience(detail.value)} />
              </FormField>
            </SpaceBetween>
          ) : (
            <SpaceBetween size="m">
              <FormField label="Provider name" constraintText="Up to 128 letters, digits and . _ -">
                <Input value={name} onChange={({ detail }) => setName(detail.value)} />
              </FormField>
              <MetadataField onChange={setMetadata} />
            </SpaceBetween>
          )}
        </SpaceBetween>
      </Container>
    </CallForm>
  )
}

interface UrlFieldProps {
  readonly url: string
  readonly onChange: (url: string) => void
  readonly thumbprint: string | undefined
  readonly onThumbprint: (thumbprint: string) => void
}

function UrlField({ url, onChange, thumbprint, onThumbprint }: UrlFieldProps) {
  const { run, running, problem } = useRun()
  const get = async () => {
    const [answer] = (await run([call('gatehouse-issuers', 'GetIssuerThumbprint', { url: url.trim() })])) ?? []
    if (answer) onThumbprint(answer.thumbprint)
  }
  return (
    <SpaceBetween size="m">
      <FormField
        label="Provider URL"
        description="Specify the secure OpenID Connect URL for authentication requests."
        secondaryControl={
          <Button formAction="none" loading={running} disabled={!URL.canParse(url.trim())} onClick={() => void get()}>
            Get thumbprint
          </Button>
        }
      >
        <Input value={url} type="url" placeholder="https://" onChange={({ detail }) => onChange(detail.value)} />
      </FormField>
      <ErrorBox problem={problem} />
      {thumbprint && (
        <KeyValuePairs
          items={[
            {
              label: 'Thumbprint',
              value: <CopyText text={thumbprint} what="thumbprint" />,
              info: <Box variant="small">of the certificate that the issuer is reached by</Box>,
            },
          ]}
        />
      )}
    </SpaceBetween>
  )
}

function MetadataField({ onChange }: { readonly onChange: (metadata: string) => void }) {
  const [files, setFiles] = useState<readonly File[]>([])
  return (
    <FormField label="Metadata document" description="The XML document that the identity provider publishes about itself.">
      <FileUpload
        value={[...files]}
        accept=".xml"
        showFileSize
        i18nStrings={{
          uploadButtonText: () => 'Choose file',
          dropzoneText: () => 'Drop file to upload',
          removeFileAriaLabel: () => 'Remove file',
          limitShowFewer: 'Show fewer files',
          limitShowMore: 'Show more files',
          errorIconAriaLabel: 'Error',
        }}
        onChange={({ detail }) => {
          setFiles(detail.value)
          void detail.value[0]?.text().then(onChange)
          if (detail.value.length === 0) onChange('')
        }}
      />
    </FormField>
  )
}
