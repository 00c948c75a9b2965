import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Wizard from '@cloudscape-design/components/wizard'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { type Call, call } from '../api/call.ts'
import { CallProgress } from '../parts/call-progress.tsx'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { PolicyEditor } from '../parts/policy-editor.tsx'
import { useRun } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'
import { entityPath } from './entities.ts'
import { isJson } from './policy-document.ts'
import { PolicyPicker } from './policy-picker.tsx'
import { TrustForm, useTrust } from './trust-form.tsx'

const durations = [1, 2, 4, 8, 12].map(hours => ({ value: String(hours * 3600), label: `${hours} ${hours === 1 ? 'hour' : 'hours'}` }))

/** Creates a role: whom it trusts, what it may do and at most, its name. */
export default function CreateRolePage() {
  const navigate = useNavigate()
  const trust = useTrust()
  const [step, setStep] = useState(0)
  const [policies, setPolicies] = useState<readonly string[]>([])
  const [boundary, setBoundary] = useState<readonly string[]>([])
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [duration, setDuration] = useState('3600')
  const { run, running, done, problem } = useRun()
  const RoleName = name.trim()
  const calls: Call[] = [
    call('iam', 'CreateRole', {
      RoleName,
      AssumeRolePolicyDocument: trust.document,
      ...(description && { Description: description }),
      ...(duration !== '3600' && { MaxSessionDuration: Number(duration) }),
      ...(boundary[0] && { PermissionsBoundary: boundary[0] }),
    }),
    ...policies.map(PolicyArn => call('iam', 'AttachRolePolicy', { RoleName, PolicyArn })),
  ]
  const complete = RoleName !== '' && isJson(trust.document)

  const create = async () => {
    if (!complete || !(await run(calls))) return
    notify('success', `Role ${RoleName} created.`)
    void navigate(entityPath({ kind: 'roles', name: RoleName }))
  }

  return (
    <Wizard
      activeStepIndex={step}
      onNavigate={({ detail }) => setStep(detail.requestedStepIndex > 0 && !trust.complete ? 0 : detail.requestedStepIndex)}
      onCancel={() => void navigate('/iam/roles')}
      onSubmit={() => void create()}
      isLoadingNextStep={running}
      submitButtonText="Create role"
      i18nStrings={{ stepNumberLabel: number => `Step ${number}`, collapsedStepsLabel: (number, count) => `Step ${number} of ${count}` }}
      steps={[
        { title: 'Select trusted entity', content: <TrustForm trust={trust} />, errorText: trust.complete ? undefined : trust.missing },
        {
          title: 'Add permissions',
          isOptional: true,
          content: (
            <SpaceBetween size="l">
              <Container>
                <PolicyPicker title="Permissions policies" chosen={policies} onChange={setPolicies} />
              </Container>
              <ExpandableSection
                variant="container"
                headerText="Set permissions boundary - optional"
                headerDescription="The most that this role's policies can grant"
              >
                <PolicyPicker single title="Boundary policy" chosen={boundary} onChange={setBoundary} />
              </ExpandableSection>
            </SpaceBetween>
          ),
        },
        {
          title: 'Name, review, and create',
          content: (
            <SpaceBetween size="l">
              <Container header={<Header variant="h2">Role details</Header>}>
                <SpaceBetween size="m">
                  <FormField label="Role name" constraintText="Up to 64 letters, digits and + = , . @ _ -">
                    <Input value={name} onChange={({ detail }) => setName(detail.value)} />
                  </FormField>
                  <FormField label="Description">
                    <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
                  </FormField>
                  <FormField label="Maximum session duration">
                    <Select
                      selectedOption={durations.find(({ value }) => value === duration) ?? null}
                      options={durations}
                      onChange={({ detail }) => setDuration(detail.selectedOption.value ?? '3600')}
                    />
                  </FormField>
                </SpaceBetween>
              </Container>
              <Container header={<Header variant="h2">Review</Header>}>
                <SpaceBetween size="m">
                  <KeyValuePairs
                    columns={2}
                    items={[
                      {
                        label: 'Permissions policies',
                        value: policies.length === 0 ? 'None' : policies.map(arn => <Box key={arn}>{arn}</Box>),
                      },
                      { label: 'Permissions boundary', value: boundary[0] ?? 'Not set' },
                    ]}
                  />
                  <PolicyEditor value={trust.document} label="Trust policy" />
                </SpaceBetween>
              </Container>
              <CallProgress calls={calls} running={running} done={done} problem={problem} />
              <CopyAsCli calls={complete ? calls : []} />
            </SpaceBetween>
          ),
        },
      ]}
    />
  )
}
