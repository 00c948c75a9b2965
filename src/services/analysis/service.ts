import { defineService } from '../operation.ts'
import { type ErrorCode, model, type Operations } from './model.ts'

/** Analysis: who may do what and why, as the caller may know it. */
export const analysis = defineService<Operations, ErrorCode>({
  name: 'gatehouse-analysis',
  model,
  actionPrefix: 'gatehouse-analysis',
  eventSource: 'gatehouse-analysis.amazonaws.com',
  accessDenied: { code: 'AccessDeniedException', status: 403 },
})

/** Questions have no resource: whoever may ask learns what the caller's own rights let it read. */
export const anyResource = { resource: '*' } as const
