import { type ErrorCode, model, type Operations } from '../../wire/models/iam.ts'
import { defineService } from '../operation.ts'

/** AWS Identity and Access Management. IAM API Reference. */
export const iam = defineService<Operations, ErrorCode>({
  name: 'iam',
  model,
  actionPrefix: 'iam',
  eventSource: 'iam.amazonaws.com',
  accessDenied: { code: 'AccessDenied', status: 403 },
  global: true,
})
