import { type ErrorCode, model, type Operations } from '../../wire/models/organizations.ts'
import { defineService } from '../operation.ts'

/** AWS Organizations. Organizations API Reference. */
export const organizations = defineService<Operations, ErrorCode>({
  name: 'organizations',
  model,
  actionPrefix: 'organizations',
  eventSource: 'organizations.amazonaws.com',
  accessDenied: { code: 'AccessDeniedException', status: 400 },
  global: true,
})
