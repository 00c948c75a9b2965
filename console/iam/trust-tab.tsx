import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { CallProgress } from '../parts/call-progress.tsx'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { Actions } from '../parts/detail-page.tsx'
import { PolicyEditor } from '../parts/policy-editor.tsx'
import { useRun } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'
import { NewlyAllowed } from './newly-allowed.tsx'
import { isJson } from './policy-document.ts'

interface TrustTabProps {
  readonly roleName: string
  readonly roleArn: string
  readonly document: string
}

/** Who may take a role: its trust policy, shown and edited. */
export function TrustTab({ roleName, roleArn, document }: TrustTabProps) {
  const [edited, setEdited] = useState<string>()
  const { run, running, done, problem } = useRun()
  const text = edited ?? document
  const calls =
    isJson(text) && text !== document ? [call('iam', 'UpdateAssumeRolePolicy', { RoleName: roleName, PolicyDocument: text })] : []
  const save = async () => {
    if (!(await run(calls))) return
    setEdited(undefined)
    notify('success', 'Trust policy updated.')
  }
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Entities that can assume this role under the conditions given."
          actions={
            edited === undefined ? (
              <Button onClick={() => setEdited(document)}>Edit trust policy</Button>
            ) : (
              <Actions>
                <CopyAsCli calls={calls} />
                <Button variant="link" onClick={() => setEdited(undefined)}>
                  Cancel
                </Button>
                <Button variant="primary" loading={running} disabled={calls.length === 0} onClick={() => void save()}>
                  Update policy
                </Button>
              </Actions>
            )
          }
        >
          Trusted entities
        </Header>
      }
    >
      <SpaceBetween size="m">
        <PolicyEditor
          value={text}
          {...(edited !== undefined && { onChange: setEdited })}
          label="Trust policy"
          policyType="RESOURCE_POLICY"
          resourceType="AWS::IAM::AssumeRolePolicyDocument"
        />
        {edited !== undefined && <NewlyAllowed before={document} after={edited} kind="trust" subject={roleArn} />}
        <CallProgress calls={calls} running={running} done={done} problem={problem} />
      </SpaceBetween>
    </Container>
  )
}
