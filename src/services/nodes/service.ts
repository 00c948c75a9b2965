import { defineService } from '../operation.ts'
import { type ErrorCode, model, type Operations } from './model.ts'

/** Nodes: what EC2 gives instances without anybody calling it. */
export const nodes = defineService<Operations, ErrorCode>({
  name: 'gatehouse-nodes',
  model,
  actionPrefix: 'gatehouse-nodes',
  eventSource: 'gatehouse-nodes.amazonaws.com',
  accessDenied: { code: 'AccessDeniedException', status: 403 },
})
