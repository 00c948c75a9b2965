import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import TagEditor, { type TagEditorProps } from '@cloudscape-design/components/tag-editor'
import { useEffect, useState } from 'react'
import type { Tag } from '../../src/wire/models/iam.ts'
import type { Call } from '../api/call.ts'
import { CallProgress } from '../parts/call-progress.tsx'
import { CopyAsCli } from '../parts/copy-as-cli.tsx'
import { useRun } from '../parts/use-call.ts'
import { notify } from '../shell/notifications.ts'

interface TagsTabProps {
  readonly tags: readonly Tag[]
  readonly set: (tags: readonly Tag[]) => Call
  readonly remove: (keys: readonly string[]) => Call
}

type Edited = readonly TagEditorProps.Tag[]

/** The tags of a resource: what policies with aws:ResourceTag and aws:PrincipalTag look at. */
export function TagsTab({ tags, set, remove }: TagsTabProps) {
  const [edited, setEdited] = useState<Edited>([])
  const [valid, setValid] = useState(true)
  const { run, running, done, problem } = useRun()
  useEffect(() => setEdited(tags.map(({ Key, Value }) => ({ key: Key, value: Value, existing: true }))), [tags])

  const changed = edited.filter(
    ({ key, value, markedForRemoval }) => key && !markedForRemoval && tags.find(tag => tag.Key === key)?.Value !== value,
  )
  const removed = edited.filter(({ existing, markedForRemoval }) => existing && markedForRemoval).map(({ key }) => key)
  const calls = [
    ...(changed.length > 0 ? [set(changed.map(({ key, value }) => ({ Key: key, Value: value })))] : []),
    ...(removed.length > 0 ? [remove(removed)] : []),
  ]
  const save = async () => {
    if (await run(calls)) notify('success', 'Tags saved.')
  }
  return (
    <Container
      header={
        <Header variant="h2" description="Tags carry attributes that policies can ask for.">
          Tags
        </Header>
      }
    >
      <SpaceBetween size="m">
        <TagEditor
          tags={edited}
          tagLimit={50}
          onChange={({ detail }) => {
            setEdited(detail.tags)
            setValid(detail.valid)
          }}
        />
        <CallProgress calls={calls} running={running} done={done} problem={problem} />
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <CopyAsCli calls={calls} />
            <Button variant="primary" disabled={calls.length === 0 || !valid} loading={running} onClick={() => void save()}>
              Save tags
            </Button>
          </SpaceBetween>
        </Box>
      </SpaceBetween>
    </Container>
  )
}
