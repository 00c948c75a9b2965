import { type ErrorCode, model, type Operations } from '../../wire/models/eks.ts'
import { defineService } from '../operation.ts'

/** Amazon Elastic Kubernetes Service. EKS API Reference. */
export const eks = defineService<Operations, ErrorCode>({
  name: 'eks',
  model,
  actionPrefix: 'eks',
  eventSource: 'eks.amazonaws.com',
  accessDenied: { code: 'AccessDeniedException', status: 403 },
})
