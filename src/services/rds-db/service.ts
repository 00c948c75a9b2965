import { defineService } from '../operation.ts'
import { type ErrorCode, model, type Operations } from './model.ts'

/** IAM database authentication. RDS User Guide, "IAM database authentication for MariaDB, MySQL, and PostgreSQL". */
export const rdsDb = defineService<Operations, ErrorCode>({
  name: 'rds-db',
  model,
  actionPrefix: 'rds-db',
  eventSource: 'rds-db.amazonaws.com',
  accessDenied: { code: 'AccessDeniedException', status: 403 },
})
