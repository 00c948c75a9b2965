import { operationsOf } from '../operation.ts'
import * as accessKeyInfo from './access-key-info.ts'
import * as assumeRole from './assume-role.ts'
import * as assumeRoleWithSaml from './assume-role-with-saml.ts'
import * as assumeRoleWithWebIdentity from './assume-role-with-web-identity.ts'
import * as assumeRoot from './assume-root.ts'
import * as authorizationMessages from './authorization-messages.ts'
import * as callerIdentity from './caller-identity.ts'
import * as delegatedAccess from './delegated-access.ts'
import * as federationToken from './federation-token.ts'
import * as scopedCredentials from './scoped-credentials.ts'
import * as sessionToken from './session-token.ts'
import * as webIdentityToken from './web-identity-token.ts'

/** The operations of STS that are served. */
export const operations = operationsOf(
  accessKeyInfo,
  assumeRole,
  assumeRoleWithSaml,
  assumeRoleWithWebIdentity,
  assumeRoot,
  authorizationMessages,
  callerIdentity,
  delegatedAccess,
  federationToken,
  scopedCredentials,
  sessionToken,
  webIdentityToken,
)
