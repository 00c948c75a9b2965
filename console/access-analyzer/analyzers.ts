import type { AnalyzerSummary } from '../../src/wire/models/access-analyzer.ts'
import { call } from '../api/call.ts'
import { useAll } from '../parts/use-call.ts'

export const listAnalyzers = call('accessanalyzer', 'ListAnalyzers', {})

export const analyzerTypes = [
  { value: 'ACCOUNT', label: 'External access - this account' },
  { value: 'ORGANIZATION', label: 'External access - the organization' },
  { value: 'ACCOUNT_UNUSED_ACCESS', label: 'Unused access - this account' },
  { value: 'ORGANIZATION_UNUSED_ACCESS', label: 'Unused access - the organization' },
  { value: 'ACCOUNT_INTERNAL_ACCESS', label: 'Internal access - this account' },
  { value: 'ORGANIZATION_INTERNAL_ACCESS', label: 'Internal access - the organization' },
]

export const analyzerTypeLabel = (type: string) => analyzerTypes.find(({ value }) => value === type)?.label ?? type

/** The analyzer that a page shows: the one that its address names, else the first. */
export function useAnalyzer(asked: string | null): {
  readonly analyzer: AnalyzerSummary | undefined
  readonly analyzers: readonly AnalyzerSummary[]
  readonly isPending: boolean
  readonly error: unknown
} {
  const { data, isPending, error } = useAll(listAnalyzers)
  const analyzers = data?.analyzers ?? []
  return { analyzer: analyzers.find(({ arn }) => arn === asked) ?? analyzers[0], analyzers, isPending, error }
}
