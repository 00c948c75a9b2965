import { type ErrorCode, model, type Operations } from '../../wire/models/sts.ts'
import { defineService } from '../operation.ts'

/** AWS Security Token Service. STS API Reference. */
export const sts = defineService<Operations, ErrorCode>({
  name: 'sts',
  model,
  actionPrefix: 'sts',
  eventSource: 'sts.amazonaws.com',
  accessDenied: { code: 'AccessDenied', status: 403 },
  global: true,
  decidesOnPropagated: true,
})
