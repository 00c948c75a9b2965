import { defineService } from '../operation.ts'
import { type ErrorCode, model, type Operations } from './model.ts'

/** Issuers of clusters: what EKS does to its own without anybody calling it. */
export const issuers = defineService<Operations, ErrorCode>({
  name: 'gatehouse-issuers',
  model,
  actionPrefix: 'gatehouse-issuers',
  eventSource: 'gatehouse-issuers.amazonaws.com',
  accessDenied: { code: 'AccessDeniedException', status: 403 },
})
