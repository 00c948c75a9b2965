import { defineService } from '../operation.ts'
import { type ErrorCode, model, type Operations } from './model.ts'

/** Databases behind Gatehouse's proxy: what RDS gives its instances. */
export const databases = defineService<Operations, ErrorCode>({
  name: 'gatehouse-databases',
  model,
  actionPrefix: 'gatehouse-databases',
  eventSource: 'gatehouse-databases.amazonaws.com',
  accessDenied: { code: 'AccessDeniedException', status: 403 },
})
