import type { Principal } from '../../identity/principal.ts'
import { sessionLimit } from '../../identity/session-limits.ts'
import type { Operation } from '../../services/operation.ts'
import { ServiceError } from '../../wire/errors.ts'
import { authenticationError } from './authentication-errors.ts'

/** @throws ServiceError when the caller's temporary credentials may not call the operation, whatever policies say */
export function checkSessionLimit(principal: Principal, { name, service }: Operation): void {
  const limit = sessionLimit(principal, service.actionPrefix, name)
  if (!limit) return
  if (limit.kind === 'invalidToken') throw authenticationError('unknown', limit.message, service.model.protocol)
  throw new ServiceError(service.accessDenied.code, service.accessDenied.status, limit.message)
}
