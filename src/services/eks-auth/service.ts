import { type ErrorCode, model, type Operations } from '../../wire/models/eks-auth.ts'
import { defineService } from '../operation.ts'

/** Amazon EKS Auth: the service that the EKS Pod Identity Agent calls. EKS Auth API Reference. */
export const eksAuth = defineService<Operations, ErrorCode>({
  name: 'eks-auth',
  model,
  actionPrefix: 'eks-auth',
  eventSource: 'eks-auth.amazonaws.com',
  accessDenied: { code: 'AccessDeniedException', status: 400 },
})
