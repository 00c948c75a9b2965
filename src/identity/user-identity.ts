import type { JsonObject } from '../types/json.ts'
import { rootArn } from './arns.ts'
import {
  callingService,
  type CredentialedPrincipal,
  type Principal,
  type RoleSessionPrincipal,
  type RootPrincipal,
  type Session,
} from './principal.ts'

/** CloudTrail's userIdentity element of a principal. CloudTrail User Guide, "CloudTrail userIdentity element". */
export function userIdentityOf(principal: Principal): JsonObject {
  const invokedBy = callingService(principal)
  return { ...ownIdentityOf(principal), ...(invokedBy !== undefined && { invokedBy }) }
}

/** How an account that is not the caller's own sees the caller. IAM User Guide, "Logging IAM and AWS STS API calls", cross-account requests. */
export function foreignIdentityOf(principal: Principal): JsonObject {
  if (!('account' in principal)) return ownIdentityOf(principal)
  return { type: 'AWSAccount', principalId: principal.principalId, accountId: principal.account }
}

function ownIdentityOf(principal: Principal): JsonObject {
  switch (principal.type) {
    case 'root':
      return {
        ...credentialed('Root', principal),
        ...aliasOf(principal),
        ...(principal.session && { sessionContext: rootContext(principal.session) }),
      }
    case 'user':
      return {
        ...credentialed('IAMUser', principal),
        userName: principal.userName,
        ...(principal.session && { sessionContext: { attributes: attributesOf(principal.session) } }),
      }
    case 'roleSession':
      return credentialed('AssumedRole', principal, roleContext(principal))
    case 'federatedUser':
      return credentialed('FederatedUser', principal, {
        sessionIssuer: {
          type: principal.issuer.type === 'user' ? 'IAMUser' : 'Root',
          principalId: principal.issuer.principalId,
          arn: principal.issuer.type === 'user' ? principal.issuer.arn : rootArn(principal.account),
          accountId: principal.account,
          ...(principal.issuer.type === 'user' ? { userName: principal.issuer.userName } : aliasOf(principal.issuer)),
        },
        attributes: attributesOf(principal.session),
      })
    case 'service':
      return { type: 'AWSService', invokedBy: principal.service }
    case 'anonymous':
      return { type: 'Unknown', principalId: 'Anonymous' }
  }
}

/** The name that event history finds a principal's events by: LookupEvents' Username. */
export function eventUsernameOf(principal: Principal): string | undefined {
  switch (principal.type) {
    case 'root':
      return 'root'
    case 'user':
      return principal.userName
    case 'roleSession':
      return principal.sessionName
    case 'federatedUser':
      return principal.federatedUserName
    case 'service':
      return principal.service
    case 'anonymous':
      return undefined
  }
}

/** The root user goes by the account's alias, if there is one. CloudTrail User Guide, "CloudTrail userIdentity element", userName. */
const aliasOf = ({ alias }: RootPrincipal): JsonObject => (alias === undefined ? {} : { userName: alias })

const credentialed = (type: string, principal: CredentialedPrincipal, sessionContext?: JsonObject): JsonObject => ({
  type,
  principalId: principal.principalId,
  arn: principal.arn,
  accountId: principal.account,
  accessKeyId: principal.accessKeyId,
  ...(sessionContext && { sessionContext }),
})

/** CloudTrail tells root sessions of AssumeRoot apart. IAM User Guide, "Track privileged tasks in CloudTrail". */
const rootContext = (session: Session): JsonObject => ({
  attributes: attributesOf(session),
  ...(session.task !== undefined && { assumedRoot: 'true' }),
})

function roleContext({ account, roleArn, roleId, roleName, session }: RoleSessionPrincipal): JsonObject {
  const web = session.webIdentity
  return {
    sessionIssuer: { type: 'Role', principalId: roleId, arn: roleArn, accountId: account, userName: roleName },
    webIdFederationData: web ? { federatedProvider: web.provider, attributes: webAttributes(web.provider, web) } : {},
    attributes: attributesOf(session),
    ...(session.instance && { ec2RoleDelivery: session.instance.roleDelivery }),
    ...(session.sourceIdentity !== undefined && { sourceIdentity: session.sourceIdentity }),
  }
}

/** Subject and audience, and the pod when the token was bound to one, under the provider's name as condition keys have them. */
function webAttributes(provider: string, web: NonNullable<Session['webIdentity']>): JsonObject {
  const name = provider.slice(provider.indexOf('/') + 1)
  return {
    [`${name}:sub`]: web.subject,
    [`${name}:aud`]: web.audience,
    ...(web.pod !== undefined && { [`${name}:kubernetes.io/pod/name`]: web.pod }),
  }
}

const attributesOf = ({ issuedAt, mfaAt }: Session): JsonObject => ({
  creationDate: `${new Date(issuedAt).toISOString().slice(0, 19)}Z`,
  mfaAuthenticated: String(mfaAt !== undefined),
})
