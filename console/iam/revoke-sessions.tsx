import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { CallDialog } from '../parts/call-dialog.tsx'
import { notify } from '../shell/notifications.ts'
import { laidOut } from './policy-document.ts'

/** Ends all sessions of a role that began before now. IAM User Guide, "Revoke IAM role temporary security credentials". */
export function RevokeSessions({ roleName }: { readonly roleName: string }) {
  const [at, setAt] = useState<Date>()
  const document = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Action: ['*'],
        Resource: ['*'],
        Condition: { DateLessThan: { 'aws:TokenIssueTime': (at ?? new Date(0)).toISOString() } },
      },
    ],
  }
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="All temporary credentials of this role that were given out before now are refused; whoever takes the role again gets new ones."
          actions={<Button onClick={() => setAt(new Date())}>Revoke active sessions</Button>}
        >
          Revoke all active sessions
        </Header>
      }
    >
      This puts the inline policy AWSRevokeOlderSessions on the role.
      {at && (
        <CallDialog
          title={`Revoke active sessions of ${roleName}?`}
          submit="Revoke active sessions"
          calls={[
            call('iam', 'PutRolePolicy', {
              RoleName: roleName,
              PolicyName: 'AWSRevokeOlderSessions',
              PolicyDocument: laidOut(JSON.stringify(document)),
            }),
          ]}
          onClose={() => setAt(undefined)}
          onDone={() => notify('success', `Sessions of ${roleName} from before ${at.toLocaleTimeString('en')} are refused.`)}
        >
          Pods and programs that use the role take new credentials by themselves; people have to take the role again.
        </CallDialog>
      )}
    </Container>
  )
}
