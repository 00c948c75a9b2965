import Button from '@cloudscape-design/components/button'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { endOtherSessions, ownSessions } from '../api/session.ts'
import { timeColumn } from '../parts/columns.tsx'
import { PageTable } from '../parts/page-table.tsx'
import type { OwnSession } from '../session-api.ts'
import { notify } from '../shell/notifications.ts'

const queryKey = ['own-sessions']

/** Where the signed-in person is signed in besides here, and the end of it. OWASP ASVS 5.0.0, 7.4.3 and 7.5.2. */
export function OwnSessions() {
  const queries = useQueryClient()
  const sessions = useQuery({ queryKey, queryFn: ownSessions })
  const ending = useMutation({
    mutationFn: endOtherSessions,
    onSuccess: () => notify('success', 'Your other sessions have ended.'),
    onSettled: () => queries.invalidateQueries({ queryKey }),
  })
  return (
    <PageTable
      id="own-sessions"
      variant="container"
      title="Console sessions"
      description="Where you are signed in. Another password ends the other sessions by itself; another MFA device, or one fewer, does not: end them here."
      columns={[
        { id: 'which', header: 'Session', text: ({ current }) => (current ? 'This one' : 'Another') },
        timeColumn<OwnSession>('signed-in', 'Signed in', ({ signedInAt }) => new Date(signedInAt)),
        { id: 'mfa', header: 'With MFA', text: ({ mfa }) => (mfa ? 'Yes' : 'No') },
        timeColumn<OwnSession>('used', 'Last used', ({ usedAt }) => new Date(usedAt)),
        timeColumn<OwnSession>('end', 'Ends', ({ expiresAt }) => new Date(expiresAt), { optional: true }),
      ]}
      keyOf={({ signedInAt, expiresAt, current }) => `${signedInAt} ${expiresAt} ${current}`}
      items={sessions.data}
      loading={sessions.isPending}
      problem={ending.error ?? sessions.error}
      onRefresh={() => void sessions.refetch()}
      actions={
        <Button loading={ending.isPending} disabled={!sessions.data?.some(({ current }) => !current)} onClick={() => ending.mutate()}>
          End other sessions
        </Button>
      }
      empty="You are not signed in."
    />
  )
}
