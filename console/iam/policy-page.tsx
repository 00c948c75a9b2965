import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { call } from '../api/call.ts'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { CopyArn } from '../parts/copy-text.tsx'
import { Actions, DetailPage } from '../parts/detail-page.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { PageTabs } from '../parts/page-tabs.tsx'
import { PolicyEditor } from '../parts/policy-editor.tsx'
import { Time } from '../parts/time.tsx'
import { useCall } from '../parts/use-call.ts'
import { DeletePolicyDialog, policyNameOf } from './delete-policy-dialog.tsx'
import { readableDocument } from './policy-document.ts'
import { PolicyEntities } from './policy-entities.tsx'
import { isAwsManaged } from './policy-picker.tsx'
import { PolicyVersions } from './policy-versions.tsx'
import { TagsTab } from './tags-tab.tsx'

/** One managed policy. */
export default function PolicyPage() {
  const { arn = '' } = useParams()
  const navigate = useNavigate()
  const [deleting, setDeleting] = useState(false)
  const getPolicy = call('iam', 'GetPolicy', { PolicyArn: arn })
  const { data, error, isPending } = useCall(getPolicy)
  const policy = data?.Policy
  const versionId = policy?.DefaultVersionId
  const getVersion = versionId ? call('iam', 'GetPolicyVersion', { PolicyArn: arn, VersionId: versionId }) : undefined
  const version = useCall(getVersion)
  const document = readableDocument(version.data?.PolicyVersion?.Document)
  const ours = !isAwsManaged(arn)
  const editPath = `/iam/policies/${encodeURIComponent(arn)}/edit`
  return (
    <DetailPage
      title={policy?.PolicyName ?? policyNameOf(arn)}
      loading={isPending}
      problem={error}
      actions={
        <Actions>
          <CopyAsCli calls={[getPolicy, ...(getVersion ? [getVersion] : [])]} />
          {ours && <Button onClick={() => setDeleting(true)}>Delete</Button>}
          {ours && (
            <Button variant="primary" onClick={() => void navigate(editPath)}>
              Edit
            </Button>
          )}
        </Actions>
      }
      facts={[
        { label: 'Type', value: ours ? 'Customer managed' : 'AWS managed' },
        { label: 'Created', value: <Time at={policy?.CreateDate} /> },
        { label: 'Edited', value: <Time at={policy?.UpdateDate} /> },
        { label: 'ARN', value: <CopyArn arn={arn} /> },
        { label: 'Attached entities', value: policy?.AttachmentCount ?? 0 },
        { label: 'Description', value: policy?.Description || '-' },
      ]}
    >
      <PageTabs
        tabs={[
          {
            id: 'permissions',
            label: 'Permissions',
            content: (
              <Container header={<Header variant="h2">{`Permissions defined in this policy (${versionId ?? ''})`}</Header>}>
                <ErrorBox problem={version.error} />
                {document && <PolicyEditor value={document} label="Policy document" />}
              </Container>
            ),
          },
          { id: 'entities', label: 'Entities attached', content: <PolicyEntities arn={arn} /> },
          { id: 'versions', label: 'Policy versions', content: <PolicyVersions arn={arn} /> },
          ...(ours
            ? [
                {
                  id: 'tags',
                  label: 'Tags',
                  content: (
                    <TagsTab
                      tags={policy?.Tags ?? noTags}
                      set={Tags => call('iam', 'TagPolicy', { PolicyArn: arn, Tags })}
                      remove={TagKeys => call('iam', 'UntagPolicy', { PolicyArn: arn, TagKeys })}
                    />
                  ),
                },
              ]
            : []),
        ]}
      />
      {deleting && <DeletePolicyDialog arn={arn} onClose={() => setDeleting(false)} onDone={() => void navigate('/iam/policies')} />}
    </DetailPage>
  )
}

const noTags: readonly [] = []
