import { encodeAuthorizationMessage } from '../../identity/authorization-message.ts'
import { nameOf, type Principal, policyPrincipalOf } from '../../identity/principal.ts'
import type { AuthorizationQuestion } from '../../identity/authorizer.ts'
import { type Decision, denialMessage } from '../../policy/index.ts'
import type { Service } from '../../services/operation.ts'
import type { Secrets } from '../../store/index.ts'
import { ServiceError } from '../../wire/errors.ts'

/** A question that was answered no. */
export interface Denial {
  readonly service: Service
  readonly principal: Principal
  readonly question: AuthorizationQuestion
  /** How the service's messages name the resource, when not by its ARN. */
  readonly resourceName: string | undefined
  readonly decision: Decision
  /** The account whose principals may decode the message, where there is one to decode. */
  readonly account: string
  /** Epoch milliseconds. */
  readonly now: number
}

/** The error of a denial, with an encoded message from services that give one. EC2 API Reference, "Error codes", UnauthorizedOperation. */
export function denialError(
  secrets: Pick<Secrets, 'encrypt'>,
  { service, principal, question, resourceName, decision, account, now }: Denial,
): ServiceError {
  const { code, status } = service.accessDenied
  // Amazon S3 User Guide, "Troubleshoot access denied (403 Forbidden) errors": only callers of the bucket's account learn why.
  if (service.hidesDenials && (decision.crossAccount || !('account' in principal))) return new ServiceError(code, status, 'Access Denied')
  const asked = { ...question, principal: question.principal ?? policyPrincipalOf(principal) }
  const message = denialMessage({ ...asked, resource: resourceName ?? asked.resource }, decision, nameOf(principal))
  if (!service.encodesDenials) return new ServiceError(code, status, message)
  const principalId = 'principalId' in principal ? principal.principalId : nameOf(principal)
  const encoded = encodeAuthorizationMessage(secrets, asked, decision, { principalId, account, now })
  const whole = `You are not authorized to perform this operation. ${message}. Encoded authorization failure message: ${encoded}`
  return new ServiceError(code, status, whole)
}
