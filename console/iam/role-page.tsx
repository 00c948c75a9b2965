import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { call } from '../api/call.ts'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { CopyArn, CopyText } from '../parts/copy-text.tsx'
import { Actions, DetailPage } from '../parts/detail-page.tsx'
import { PageTabs } from '../parts/page-tabs.tsx'
import { Time } from '../parts/time.tsx'
import { useCall } from '../parts/use-call.ts'
import { BoundaryPanel } from './boundary-panel.tsx'
import { DeleteEntityDialog } from './delete-entity-dialog.tsx'
import { LastAccessed } from './last-accessed.tsx'
import { PermissionsTab } from './permissions-tab.tsx'
import { readableDocument } from './policy-document.ts'
import { RevokeSessions } from './revoke-sessions.tsx'
import { TagsTab } from './tags-tab.tsx'
import { TrustTab } from './trust-tab.tsx'

/** One role. */
export default function RolePage() {
  const { roleName = '' } = useParams()
  const navigate = useNavigate()
  const [deleting, setDeleting] = useState(false)
  const getRole = call('iam', 'GetRole', { RoleName: roleName })
  const { data, error, isPending } = useCall(getRole)
  const role = data?.Role
  const account = role?.Arn.split(':')[4] ?? ''
  return (
    <DetailPage
      title={roleName}
      loading={isPending}
      problem={error}
      actions={
        <Actions>
          <CopyAsCli calls={[getRole]} />
          <Button href={`#/iam/simulator?principal=${encodeURIComponent(role?.Arn ?? '')}`}>Simulate</Button>
          <Button href={`#/analysis/least-privilege?principal=${encodeURIComponent(role?.Arn ?? '')}`}>Least privilege</Button>
          <Button onClick={() => setDeleting(true)}>Delete</Button>
        </Actions>
      }
      facts={[
        { label: 'ARN', value: <CopyArn arn={role?.Arn ?? ''} /> },
        { label: 'Created', value: <Time at={role?.CreateDate} /> },
        { label: 'Last activity', value: role?.RoleLastUsed?.LastUsedDate ? <Time at={role.RoleLastUsed.LastUsedDate} ago /> : '-' },
        { label: 'Maximum session duration', value: `${(role?.MaxSessionDuration ?? 3600) / 3600} h` },
        { label: 'Description', value: role?.Description || '-' },
        {
          label: 'Link to switch roles in console',
          value: (
            <CopyText
              text={`${location.origin}/console/#/switch-role?account=${account}&roleName=${encodeURIComponent(roleName)}`}
              what="link"
            />
          ),
        },
      ]}
    >
      <PageTabs
        tabs={[
          {
            id: 'permissions',
            label: 'Permissions',
            content: (
              <SpaceBetween size="l">
                <PermissionsTab entity={{ kind: 'roles', name: roleName }} />
                <BoundaryPanel kind="roles" name={roleName} boundary={role?.PermissionsBoundary?.PermissionsBoundaryArn} />
              </SpaceBetween>
            ),
          },
          {
            id: 'trust',
            label: 'Trust relationships',
            content: <TrustTab roleName={roleName} roleArn={role?.Arn ?? ''} document={readableDocument(role?.AssumeRolePolicyDocument)} />,
          },
          {
            id: 'tags',
            label: 'Tags',
            content: (
              <TagsTab
                tags={role?.Tags ?? noTags}
                set={Tags => call('iam', 'TagRole', { RoleName: roleName, Tags })}
                remove={TagKeys => call('iam', 'UntagRole', { RoleName: roleName, TagKeys })}
              />
            ),
          },
          { id: 'last-accessed', label: 'Last accessed', content: <LastAccessed arn={role?.Arn ?? ''} /> },
          { id: 'revoke', label: 'Revoke sessions', content: <RevokeSessions roleName={roleName} /> },
        ]}
      />
      {deleting && (
        <DeleteEntityDialog
          entity={{ kind: 'roles', name: roleName }}
          onClose={() => setDeleting(false)}
          onDone={() => void navigate('/iam/roles')}
        />
      )}
    </DetailPage>
  )
}

const noTags: readonly [] = []
