import {
  model as accessAnalyzerModel,
  type ErrorCode as AccessAnalyzerErrorCode,
  type Operations as AccessAnalyzerOperations,
} from '../wire/models/access-analyzer.ts'
import { defineService } from './operation.ts'

/** Services whose models are known and whose operations are not built yet: their calls are authenticated, recorded and clearly refused. */
export const accessAnalyzer = defineService<AccessAnalyzerOperations, AccessAnalyzerErrorCode>({
  name: 'access-analyzer',
  model: accessAnalyzerModel,
  actionPrefix: 'access-analyzer',
  eventSource: 'access-analyzer.amazonaws.com',
  accessDenied: { code: 'AccessDeniedException', status: 403 },
})
