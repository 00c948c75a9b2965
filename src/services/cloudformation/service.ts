import { type ErrorCode, model, type Operations } from '../../wire/models/cloudformation.ts'
import { defineService } from '../operation.ts'

/** AWS CloudFormation: stacks of what Gatehouse serves. CloudFormation API Reference. */
export const cloudformation = defineService<Operations, ErrorCode>({
  name: 'cloudformation',
  model,
  actionPrefix: 'cloudformation',
  eventSource: 'cloudformation.amazonaws.com',
  accessDenied: { code: 'AccessDenied', status: 403 },
})

/** What CloudFormation calls itself when it calls other services. */
export const servicePrincipal = 'cloudformation.amazonaws.com'
