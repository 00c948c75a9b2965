import { operationsOf } from '../operation.ts'
import * as assumeRole from './assume-role.ts'
import * as assumeRoleWithWebIdentity from './assume-role-with-web-identity.ts'
import * as callerIdentity from './caller-identity.ts'
import * as federationToken from './federation-token.ts'
import * as sessionToken from './session-token.ts'

/** The operations of STS that are served. */
export const operations = operationsOf(assumeRole, assumeRoleWithWebIdentity, callerIdentity, federationToken, sessionToken)
