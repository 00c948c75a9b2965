import { operationsOf } from '../operation.ts'
import * as accessPreviews from './access-previews.ts'
import * as analyzers from './analyzers.ts'
import * as archiveRules from './archive-rules.ts'
import * as findings from './findings.ts'
import * as policyChecks from './policy-checks.ts'
import * as policyGenerations from './policy-generations.ts'
import * as policyValidation from './policy-validation.ts'
import * as recommendations from './recommendations.ts'
import * as resources from './resources.ts'
import * as serviceLinkedAnalyzers from './service-linked-analyzers.ts'
import * as tags from './tags.ts'

/** The operations of Access Analyzer that are served. */
export const operations = operationsOf(
  accessPreviews,
  analyzers,
  archiveRules,
  findings,
  policyChecks,
  policyGenerations,
  policyValidation,
  recommendations,
  resources,
  serviceLinkedAnalyzers,
  tags,
)
