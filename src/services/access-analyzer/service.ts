import { type ErrorCode, model, type Operations } from '../../wire/models/access-analyzer.ts'
import { defineService } from '../operation.ts'

/** IAM Access Analyzer. Access Analyzer API Reference. */
export const accessAnalyzer = defineService<Operations, ErrorCode>({
  name: 'access-analyzer',
  model,
  actionPrefix: 'access-analyzer',
  eventSource: 'access-analyzer.amazonaws.com',
  accessDenied: { code: 'AccessDeniedException', status: 403 },
})
