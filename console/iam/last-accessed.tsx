import { useQuery } from '@tanstack/react-query'
import type { ServiceLastAccessed } from '../../src/wire/models/iam.ts'
import { call } from '../api/call.ts'
import { send, sendAll } from '../api/send.ts'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageTable } from '../parts/page-table.tsx'
import { Time } from '../parts/time.tsx'

/** Asked this often whether the report is ready, and so many times. */
const pauseMilliseconds = 300
const mostTries = 100

/** Which services an identity's policies let it use, and when it last did. IAM User Guide, "Refine permissions using last accessed information". */
export function LastAccessed({ arn }: { readonly arn: string }) {
  const generate = call('iam', 'GenerateServiceLastAccessedDetails', { Arn: arn })
  const report = useQuery({ queryKey: ['iam', 'last-accessed', arn], queryFn: () => readReport(arn), enabled: arn !== '' })
  return (
    <PageTable<ServiceLastAccessed>
      id="last-accessed"
      variant="container"
      title="Allowed services"
      description="Services that are allowed and never used are permissions to take away."
      columns={[
        { id: 'service', header: 'Service', text: ({ ServiceName }) => ServiceName, minWidth: 240 },
        { id: 'namespace', header: 'Prefix', text: ({ ServiceNamespace }) => ServiceNamespace },
        {
          id: 'last',
          header: 'Last accessed',
          text: ({ LastAuthenticated }) => LastAuthenticated?.toISOString() ?? '',
          cell: ({ LastAuthenticated }) =>
            LastAuthenticated ? <Time at={LastAuthenticated} ago /> : 'Not accessed in the tracking period',
          minWidth: 260,
        },
      ]}
      keyOf={({ ServiceNamespace }) => ServiceNamespace}
      items={report.data}
      loading={report.isPending}
      problem={report.error}
      listing={[generate]}
      onRefresh={() => void report.refetch()}
      empty={<EmptyState title="Nothing is allowed">No policy of this identity allows a service.</EmptyState>}
    />
  )
}

async function readReport(Arn: string): Promise<readonly ServiceLastAccessed[]> {
  const { JobId = '' } = await send(call('iam', 'GenerateServiceLastAccessedDetails', { Arn }))
  for (let tries = 0; tries < mostTries; tries++) {
    const { JobStatus, Error: failed } = await send(call('iam', 'GetServiceLastAccessedDetails', { JobId }))
    if (JobStatus === 'FAILED') throw new Error(failed?.Message ?? 'The report could not be generated.')
    if (JobStatus === 'COMPLETED') return (await sendAll(call('iam', 'GetServiceLastAccessedDetails', { JobId }))).ServicesLastAccessed
    await new Promise(resolve => setTimeout(resolve, pauseMilliseconds))
  }
  throw new Error('The report is not ready yet. Try again in a while.')
}
