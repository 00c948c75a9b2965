import type { AnalyzerConfiguration } from '../../wire/models/access-analyzer.ts'
import { isOfOrganization } from './analyzer-scope.ts'
import { findsInternalAccess } from './analyzer-store.ts'
import { accessAnalyzer } from './service.ts'

interface Configured {
  readonly type: string
  /** The analyzer's owner. */
  readonly account: string
}

/** Whether an analyzer looks for what is not used. */
export const findsUnusedAccess = ({ type }: Pick<Configured, 'type'>): boolean => type.endsWith('UNUSED_ACCESS')

/** What an analyzer may be set to. Access Analyzer API Reference, "UnusedAccessConfiguration", "AnalysisRuleCriteria". @throws ValidationException */
export function checkConfiguration(analyzer: Configured, configuration: AnalyzerConfiguration | undefined): void {
  const { internalAccess, unusedAccess } = configuration ?? {}
  if ((internalAccess && !findsInternalAccess(analyzer)) || (unusedAccess && !findsUnusedAccess(analyzer)))
    throw invalid(`The configuration is not for analyzers of type ${analyzer.type}.`)
  for (const { accountIds = [], resourceTypes = [] } of internalAccess?.analysisRule?.inclusions ?? []) {
    if (accountIds.length > 0 && !isOfOrganization(analyzer)) throw invalid('Accounts are included in analyzers of an organization only.')
    const other = resourceTypes.find(type => !internalResourceTypes.has(type))
    if (other !== undefined) throw invalid(`Resource type ${other} is not supported by internal access analyzers.`)
  }
  const age = unusedAccess?.unusedAccessAge
  if (age !== undefined && (age < 1 || age > 365)) throw invalid('unusedAccessAge is between 1 and 365 days.')
  for (const { accountIds = [] } of unusedAccess?.analysisRule?.exclusions ?? []) {
    if (accountIds.length > 0 && !isOfOrganization(analyzer)) throw invalid('Accounts are excluded from analyzers of an organization only.')
    if (accountIds.includes(analyzer.account)) throw invalid('The account that owns the analyzer cannot be excluded.')
    if (accountIds.length > mostAccounts) throw invalid(`At most ${mostAccounts} accounts can be excluded.`)
  }
}

/** Access Analyzer API Reference, "InternalAccessAnalysisRuleCriteria". */
const internalResourceTypes = new Set([
  'AWS::S3::Bucket',
  'AWS::RDS::DBSnapshot',
  'AWS::RDS::DBClusterSnapshot',
  'AWS::S3Express::DirectoryBucket',
  'AWS::DynamoDB::Table',
  'AWS::DynamoDB::Stream',
])

const mostAccounts = 2000

/** The commonest refusal. */
export const invalid = (message: string) => new accessAnalyzer.ValidationException(message, { reason: 'other' })
