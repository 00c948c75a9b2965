import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { EmptyState } from '../parts/empty-state.tsx'
import { useSession } from '../shell/session-context.ts'
import { ChangeOwnPassword } from './change-own-password.tsx'
import { AccessKeys } from './access-keys.tsx'
import { MfaDevices } from './mfa-devices.tsx'
import { OwnSessions } from './own-sessions.tsx'

/** The credentials of whoever is signed in. */
export default function SecurityCredentialsPage() {
  const { kind, userName, role } = useSession()
  return (
    <ContentLayout
      header={
        <Header variant="h1" description="What you sign in with">
          My security credentials
        </Header>
      }
    >
      {kind === 'root' && (
        <SpaceBetween size="l">
          <MfaDevices userName="root" />
          <OwnSessions />
        </SpaceBetween>
      )}
      {userName !== undefined && !role && (
        <SpaceBetween size="l">
          <ChangeOwnPassword />
          <MfaDevices userName={userName} />
          <AccessKeys userName={userName} />
          <OwnSessions />
        </SpaceBetween>
      )}
      {kind !== 'root' && (userName === undefined || role) && (
        <EmptyState title="A role has no credentials of its own">
          You act with temporary credentials, which end by themselves. Switch back to see those of your user.
        </EmptyState>
      )}
    </ContentLayout>
  )
}
