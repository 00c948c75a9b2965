import {
  model as accessAnalyzerModel,
  type ErrorCode as AccessAnalyzerErrorCode,
  type Operations as AccessAnalyzerOperations,
} from '../wire/models/access-analyzer.ts'
import { model as eksAuthModel, type ErrorCode as EksAuthErrorCode, type Operations as EksAuthOperations } from '../wire/models/eks-auth.ts'
import { defineService } from './operation.ts'

/** Services whose models are known and whose operations are not built yet: their calls are authenticated, recorded and clearly refused. */
export const eksAuth = defineService<EksAuthOperations, EksAuthErrorCode>({
  name: 'eks-auth',
  model: eksAuthModel,
  actionPrefix: 'eks-auth',
  eventSource: 'eks-auth.amazonaws.com',
  accessDenied: { code: 'AccessDeniedException', status: 400 },
})

export const accessAnalyzer = defineService<AccessAnalyzerOperations, AccessAnalyzerErrorCode>({
  name: 'access-analyzer',
  model: accessAnalyzerModel,
  actionPrefix: 'access-analyzer',
  eventSource: 'access-analyzer.amazonaws.com',
  accessDenied: { code: 'AccessDeniedException', status: 403 },
})
