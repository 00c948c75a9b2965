import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard'
import FormField from '@cloudscape-design/components/form-field'
import Grid from '@cloudscape-design/components/grid'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import type { GetLeastPrivilegePolicyResponse } from '../../src/services/analysis/model.ts'
import { call } from '../api/call.ts'
import { PrincipalField } from '../iam/principal-field.tsx'
import { simulatedPrincipal } from '../iam/simulated-principal.ts'
import { CopyAsCommand } from '../parts/copy-as-cli.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { PolicyEditor } from '../parts/policy-editor.tsx'
import { QuestionPage } from '../parts/question-page.tsx'
import { useCall } from '../parts/use-call.ts'
import { UsesTable, DroppedTable, RefusedTable } from './least-privilege-tables.tsx'
import { SavePolicyDialog } from './save-policy-dialog.tsx'

const spans = [
  { value: '1', label: 'Last day' },
  { value: '7', label: 'Last week' },
  { value: '30', label: 'Last 30 days' },
  { value: '90', label: 'Last 90 days' },
]

/** The smallest policy for what a user or a role did, with the proof that it is enough, and what it leaves out. */
export default function LeastPrivilegePage() {
  const [parameters, setParameters] = useSearchParams()
  const asked = { principal: parameters.get('principal') ?? '', days: parameters.get('days') ?? '90' }
  const [principal, setPrincipal] = useState(asked.principal)
  const question = { principalArn: simulatedPrincipal(asked.principal), days: Number(asked.days) }
  const { data, error, isFetching, refetch } = useCall(
    asked.principal ? call('gatehouse-analysis', 'GetLeastPrivilegePolicy', question) : undefined,
  )
  const ask = (days: string) => setParameters({ principal: principal.trim(), days })
  return (
    <QuestionPage
      title="Least privilege"
      description="The smallest policy for what a user or a role really did, proved by replaying the record under it"
      fields={
        <Grid gridDefinition={[{ colspan: 8 }, { colspan: 4 }]}>
          <PrincipalField
            description="ARN of a user or a role"
            placeholder="arn:aws:iam::111122223333:role/deployer"
            value={principal}
            onChange={setPrincipal}
          />
          <FormField label="Time range" description="How far back">
            <Select
              selectedOption={spans.find(({ value }) => value === asked.days) ?? null}
              options={spans}
              onChange={({ detail }) => ask(detail.selectedOption.value ?? '90')}
            />
          </FormField>
        </Grid>
      }
      ask="Write the policy"
      asking={isFetching}
      complete={principal.trim().startsWith('arn:')}
      onAsk={() => (principal.trim() === asked.principal ? void refetch() : ask(asked.days))}
      command={
        <CopyAsCommand
          command={asked.principal && `gatehouse least-privilege --principal ${question.principalArn} --since ${asked.days}d`}
        />
      }
      problem={error}
      teaches={{
        title: 'From what was done to what must be allowed',
        text: 'Let a person, a deployer or a pod do its work for a while with the permissions that it has. What it used is in the record; from there comes a policy that allows just that, and it is tried against the record before you see it.',
      }}
    >
      {data && (data.policy === undefined ? <NothingDone /> : <Result answer={data} policy={data.policy} />)}
    </QuestionPage>
  )
}

const NothingDone = () => (
  <Container>
    <EmptyState title="Nothing on record">
      No call of this principal in that time needed a permission. Let it do its work for a while, with the permissions that it has, then ask
      again.
    </EmptyState>
  </Container>
)

function Result({ answer, policy }: { readonly answer: GetLeastPrivilegePolicyResponse; readonly policy: string }) {
  const { calls, uses, dropped, replayed, refused, principalArn } = answer
  const [saving, setSaving] = useState(false)
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Verification</Header>}>
        <KeyValuePairs
          columns={4}
          items={[
            {
              label: 'Replay',
              value:
                refused.length === 0 ? (
                  <StatusIndicator>All allowed</StatusIndicator>
                ) : (
                  <StatusIndicator type="error">{refused.length} refused</StatusIndicator>
                ),
            },
            { label: 'Calls replayed under this policy alone', value: replayed.toLocaleString('en') },
            { label: 'Permissions used', value: uses.length.toLocaleString('en') },
            { label: 'Calls covered', value: calls.toLocaleString('en') },
          ]}
        />
      </Container>
      {refused.length > 0 && (
        <>
          <Alert type="warning">Some recorded calls would be refused under this policy. Do not use it as it is.</Alert>
          <RefusedTable items={refused} />
        </>
      )}
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <Actions>
                <CopyToClipboard
                  textToCopy={policy}
                  copyButtonText="Copy policy"
                  copySuccessText="Copied the policy"
                  copyErrorText="The policy could not be copied"
                />
                <Button onClick={() => setSaving(true)}>Save policy</Button>
              </Actions>
            }
          >
            Policy
          </Header>
        }
      >
        <PolicyEditor value={policy} label="Least privilege policy" />
      </Container>
      <UsesTable items={uses} />
      <DroppedTable items={dropped} />
      {saving && <SavePolicyDialog policy={policy} principalArn={principalArn} onClose={() => setSaving(false)} />}
    </SpaceBetween>
  )
}
