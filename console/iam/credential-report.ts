import { useQuery } from '@tanstack/react-query'
import { call } from '../api/call.ts'
import { send } from '../api/send.ts'

/** A row of the credential report, by the report's column names. */
export type ReportRow = { readonly [column: string]: string }

export const generateReport = call('iam', 'GenerateCredentialReport', {})
export const getReport = call('iam', 'GetCredentialReport', {})

/** Asked this often whether the report is ready, and so many times. */
const pauseMilliseconds = 300
const mostTries = 100

/** Generates the account's credential report and reads it. IAM User Guide, "Generate credential reports for your AWS account". */
export const useCredentialReport = () => useQuery({ queryKey: ['iam', 'credential-report'], queryFn: readReport, staleTime: 60_000 })

async function readReport(): Promise<{
  readonly text: string
  readonly rows: readonly ReportRow[]
  readonly generatedAt: Date | undefined
}> {
  for (let tries = 0; tries < mostTries; tries++) {
    const { State } = await send(generateReport)
    if (State === 'COMPLETE') break
    await new Promise(resolve => setTimeout(resolve, pauseMilliseconds))
  }
  const { Content, GeneratedTime } = await send(getReport)
  const text = new TextDecoder().decode(Content)
  const [head = '', ...lines] = text.trim().split('\n')
  const columns = head.split(',')
  // No value of the report holds a comma or quotes.
  const rows = lines.map(line => Object.fromEntries(line.split(',').map((value, index) => [columns[index], value])) as ReportRow)
  return { text, rows, generatedAt: GeneratedTime }
}
