import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { PasswordPolicy } from '../../src/wire/models/iam.ts'
import { isNotFound } from '../api/api-error.ts'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { CopyText } from '../parts/copy-text.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { useCall } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'
import { useSession } from '../shell/session-context.ts'
import { PasswordPolicyDialog } from './password-policy-dialog.tsx'
import { StsSettings } from './sts-settings.tsx'

/** Settings of the account: password policy, alias, STS. */
export default function AccountSettingsPage() {
  return (
    <ContentLayout
      header={
        <Header variant="h1" description="What holds for all users of the account">
          Account settings
        </Header>
      }
    >
      <SpaceBetween size="l">
        <PasswordPolicyBox />
        <AliasBox />
        <StsSettings />
      </SpaceBetween>
    </ContentLayout>
  )
}

const getPasswordPolicy = call('iam', 'GetAccountPasswordPolicy', {})

function PasswordPolicyBox() {
  const { data, error } = useCall(getPasswordPolicy)
  const [dialog, setDialog] = useState<'edit' | 'delete'>()
  const missing = isNotFound(error)
  const policy = missing ? undefined : data?.PasswordPolicy
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={missing ? 'The default password policy is in force.' : policy ? 'This account has its own password policy.' : ''}
          actions={
            <Actions>
              {policy && <Button onClick={() => setDialog('delete')}>Use the default</Button>}
              <Button onClick={() => setDialog('edit')}>Edit</Button>
            </Actions>
          }
        >
          Password policy
        </Header>
      }
    >
      <ErrorBox problem={missing ? undefined : error} />
      {missing &&
        'Passwords have eight characters or more, of three of the four kinds: uppercase, lowercase, numbers, symbols. They do not expire.'}
      {policy && <PasswordPolicyFacts policy={policy} />}
      {dialog === 'edit' && <PasswordPolicyDialog policy={policy} onClose={() => setDialog(undefined)} />}
      {dialog === 'delete' && (
        <CallDialog
          title="Use the default password policy?"
          submit="Use the default"
          calls={[call('iam', 'DeleteAccountPasswordPolicy', {})]}
          onClose={() => setDialog(undefined)}
          onDone={() => notify('success', 'The default password policy is in force.')}
        >
          New passwords need eight characters and three of the four kinds: uppercase, lowercase, numbers, symbols.
        </CallDialog>
      )}
    </Container>
  )
}

const yes = (value: boolean | undefined) => (value ? 'Yes' : 'No')

const PasswordPolicyFacts = ({ policy }: { readonly policy: PasswordPolicy }) => (
  <KeyValuePairs
    columns={4}
    items={[
      { label: 'Minimum length', value: policy.MinimumPasswordLength ?? 6 },
      { label: 'Uppercase letter', value: yes(policy.RequireUppercaseCharacters) },
      { label: 'Lowercase letter', value: yes(policy.RequireLowercaseCharacters) },
      { label: 'Number', value: yes(policy.RequireNumbers) },
      { label: 'Symbol', value: yes(policy.RequireSymbols) },
      { label: 'Expires', value: policy.MaxPasswordAge ? `After ${policy.MaxPasswordAge} days` : 'Never' },
      { label: 'Reuse', value: policy.PasswordReusePrevention ? `Not the last ${policy.PasswordReusePrevention}` : 'Allowed' },
      { label: 'Users may change their own', value: yes(policy.AllowUsersToChangePassword) },
    ]}
  />
)

const listAliases = call('iam', 'ListAccountAliases', {})

function AliasBox() {
  const { account } = useSession()
  const { data, error } = useCall(listAliases)
  const [dialog, setDialog] = useState<'edit' | 'delete'>()
  const [typed, setTyped] = useState('')
  const alias = data?.AccountAliases[0]
  const close = () => setDialog(undefined)
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="A name for the account that people can remember when they sign in"
          actions={
            <Actions>
              {alias && <Button onClick={() => setDialog('delete')}>Delete</Button>}
              <Button onClick={() => setDialog('edit')}>{alias ? 'Edit alias' : 'Create alias'}</Button>
            </Actions>
          }
        >
          Account alias
        </Header>
      }
    >
      <ErrorBox problem={error} />
      <KeyValuePairs
        columns={3}
        items={[
          { label: 'Account ID', value: <CopyText text={account} what="account ID" /> },
          { label: 'Alias', value: alias ?? <Box color="text-body-secondary">{data ? 'Not set' : '-'}</Box> },
          {
            label: 'Sign-in address',
            value: <CopyText text={`${location.origin}/console/?account=${alias ?? account}`} what="sign-in address" />,
          },
        ]}
      />
      {dialog === 'edit' && (
        <CallDialog
          title="Account alias"
          submit="Save"
          calls={typed.trim() ? [call('iam', 'CreateAccountAlias', { AccountAlias: typed.trim() })] : []}
          onClose={close}
          onDone={() => notify('success', `The account's alias is ${typed.trim()}.`)}
        >
          <FormField label="Preferred alias" constraintText="3 to 63 lowercase letters, digits and hyphens, unique in this Gatehouse">
            <Input value={typed} onChange={({ detail }) => setTyped(detail.value)} />
          </FormField>
        </CallDialog>
      )}
      {dialog === 'delete' && alias && (
        <CallDialog
          title={`Delete the alias ${alias}?`}
          submit="Delete"
          calls={[call('iam', 'DeleteAccountAlias', { AccountAlias: alias })]}
          onClose={close}
        >
          People sign in with the account ID then.
        </CallDialog>
      )}
    </Container>
  )
}
