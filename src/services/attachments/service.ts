import { defineService } from '../operation.ts'
import { type ErrorCode, model, type Operations } from './model.ts'

/** Attachments: how clusters that run elsewhere come under Gatehouse. */
export const attachments = defineService<Operations, ErrorCode>({
  name: 'gatehouse-clusters',
  model,
  actionPrefix: 'gatehouse-clusters',
  eventSource: 'gatehouse-clusters.amazonaws.com',
  accessDenied: { code: 'AccessDeniedException', status: 403 },
})
