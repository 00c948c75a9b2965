import { type ErrorCode, model, type Operations } from '../../wire/models/cloudtrail.ts'
import { defineService } from '../operation.ts'

/** AWS CloudTrail. CloudTrail API Reference. */
export const cloudtrail = defineService<Operations, ErrorCode>({
  name: 'cloudtrail',
  model,
  actionPrefix: 'cloudtrail',
  eventSource: 'cloudtrail.amazonaws.com',
  accessDenied: { code: 'AccessDeniedException', status: 400 },
})
