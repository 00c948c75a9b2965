import type { Principal } from './principal.ts'

/** Why a session may not make a call, whatever policies say. */
export interface SessionLimit {
  readonly kind: 'invalidToken' | 'accessDenied'
  readonly message: string
}

const notWithThisToken: SessionLimit = { kind: 'invalidToken', message: 'The security token included in the request is invalid' }

/** Operations of STS that sessions of GetSessionToken and GetFederationToken may call. */
const stsOfSessionToken = new Set(['AssumeRole', 'GetCallerIdentity', 'GetScopedCredentials'])
const stsOfFederationToken = new Set(['GetCallerIdentity', 'GetScopedCredentials'])
const stsNotOfRoles = new Set(['GetSessionToken', 'GetFederationToken'])

/**
 * What temporary credentials cannot call, however they are allowed to.
 * @param service    the prefix of the service's actions, such as `iam`
 * @param operation  such as `CreateUser`
 * @returns          undefined when the session may call it
 * @see              IAM User Guide, "Compare AWS STS credentials"; STS API Reference, "GetSessionToken" and "GetFederationToken", Permissions
 */
export function sessionLimit(principal: Principal, service: string, operation: string): SessionLimit | undefined {
  if (!('account' in principal) || principal.session === undefined) return undefined
  // "This limitation does not apply to console sessions." IAM User Guide, "Compare AWS STS credentials".
  if (service === 'iam' && principal.session.consoleSession !== undefined) return undefined
  switch (principal.type) {
    case 'user':
    case 'root':
      // AssumeRoot's sessions do what their task policy allows: tasks are calls of IAM.
      if (principal.session.task !== undefined)
        return service === 'sts' && !stsOfFederationToken.has(operation) ? denied(operation) : undefined
      // What was delegated was approved as such, calls of IAM among it.
      if (service === 'iam' && principal.session.mfaAt === undefined && !principal.session.delegated) return notWithThisToken
      return service === 'sts' && !stsOfSessionToken.has(operation) ? denied(operation) : undefined
    case 'federatedUser':
      if (service === 'iam') return notWithThisToken
      return service === 'sts' && !stsOfFederationToken.has(operation) ? denied(operation) : undefined
    case 'roleSession':
      return service === 'sts' && stsNotOfRoles.has(operation) ? denied(operation) : undefined
  }
}

const denied = (operation: string): SessionLimit => ({
  kind: 'accessDenied',
  message: `Cannot call ${operation} with session credentials`,
})
