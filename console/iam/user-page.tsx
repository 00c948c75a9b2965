import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { call } from '../api/call.ts'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { CopyArn } from '../parts/copy-text.tsx'
import { Actions, DetailPage } from '../parts/detail-page.tsx'
import { PageTabs } from '../parts/page-tabs.tsx'
import { Time } from '../parts/time.tsx'
import { useCall } from '../parts/use-call.ts'
import { BoundaryPanel } from './boundary-panel.tsx'
import { DeleteUserDialog } from './delete-user-dialog.tsx'
import { GroupsOfUser } from './groups-of-user.tsx'
import { LastAccessed } from './last-accessed.tsx'
import { PermissionsTab } from './permissions-tab.tsx'
import { SecurityCredentials } from './security-credentials.tsx'
import { TagsTab } from './tags-tab.tsx'

/** One IAM user. */
export default function UserPage() {
  const { userName = '' } = useParams()
  const navigate = useNavigate()
  const getUser = call('iam', 'GetUser', { UserName: userName })
  const { data, error, isPending } = useCall(getUser)
  const [deleting, setDeleting] = useState(false)
  const user = data?.User
  return (
    <DetailPage
      title={userName}
      loading={isPending}
      problem={error}
      actions={
        <Actions>
          <CopyAsCli calls={[getUser]} />
          <Button href={`#/iam/simulator?principal=${encodeURIComponent(user?.Arn ?? '')}`}>Simulate</Button>
          <Button href={`#/analysis/least-privilege?principal=${encodeURIComponent(user?.Arn ?? '')}`}>Least privilege</Button>
          <Button onClick={() => setDeleting(true)}>Delete</Button>
        </Actions>
      }
      facts={[
        { label: 'ARN', value: <CopyArn arn={user?.Arn ?? ''} /> },
        { label: 'Created', value: <Time at={user?.CreateDate} /> },
        { label: 'Last console sign-in', value: user?.PasswordLastUsed ? <Time at={user.PasswordLastUsed} /> : 'Never' },
      ]}
    >
      <PageTabs
        tabs={[
          {
            id: 'permissions',
            label: 'Permissions',
            content: (
              <SpaceBetween size="l">
                <PermissionsTab entity={{ kind: 'users', name: userName }} />
                <BoundaryPanel kind="users" name={userName} boundary={user?.PermissionsBoundary?.PermissionsBoundaryArn} />
              </SpaceBetween>
            ),
          },
          { id: 'groups', label: 'Groups', content: <GroupsOfUser userName={userName} /> },
          {
            id: 'tags',
            label: 'Tags',
            content: (
              <TagsTab
                tags={user?.Tags ?? noTags}
                set={Tags => call('iam', 'TagUser', { UserName: userName, Tags })}
                remove={TagKeys => call('iam', 'UntagUser', { UserName: userName, TagKeys })}
              />
            ),
          },
          { id: 'security-credentials', label: 'Security credentials', content: <SecurityCredentials userName={userName} /> },
          { id: 'last-accessed', label: 'Last accessed', content: <LastAccessed arn={user?.Arn ?? ''} /> },
        ]}
      />
      {deleting && <DeleteUserDialog userName={userName} onClose={() => setDeleting(false)} onDone={() => void navigate('/iam/users')} />}
    </DetailPage>
  )
}

const noTags: readonly [] = []
