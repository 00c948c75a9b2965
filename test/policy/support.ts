import {
  type ApplicablePolicies,
  type AuthorizationRequest,
  type CompiledPolicy,
  compilePolicy,
  decide,
  type PolicyKind,
  type PolicyPrincipal,
  parsePolicy,
  type RequestContext,
} from '../../src/policy/index.ts'

// Short ways to say who asks and what policies hold, for the tables of the rule tests.

export const account = '111122223333'
export const otherAccount = '444455556666'

export const user: PolicyPrincipal & { type: 'user' } = {
  type: 'user',
  account,
  arn: `arn:aws:iam::${account}:user/ann`,
  userId: 'AIDAANNEXAMPLEEXAMPL',
  userName: 'ann',
}
export const root: PolicyPrincipal = { type: 'root', account, arn: `arn:aws:iam::${account}:root` }
export const role: PolicyPrincipal & { type: 'roleSession' } = {
  type: 'roleSession',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/app/s1`,
  roleArn: `arn:aws:iam::${account}:role/app`,
  roleId: 'AROAAPPEXAMPLEEXAMPL',
  sessionName: 's1',
}
export const serviceLinkedRole: PolicyPrincipal = { ...role, serviceLinked: true }
export const federated: PolicyPrincipal & { type: 'federatedUser' } = {
  type: 'federatedUser',
  account,
  arn: `arn:aws:sts::${account}:federated-user/fed`,
  userArn: user.arn,
  name: 'fed',
}
export const service: PolicyPrincipal = { type: 'service', service: 'pods.eks.amazonaws.com' }
export const anonymous: PolicyPrincipal = { type: 'anonymous' }
export const issuer = 'localhost:4443/id/ABC'
export const webIdentity: PolicyPrincipal = { type: 'webIdentity', provider: `arn:aws:iam::${account}:oidc-provider/${issuer}` }
export const saml: PolicyPrincipal = { type: 'saml', provider: `arn:aws:iam::${account}:saml-provider/idp` }

export type StatementInput = Record<string, unknown>

export const policyText = (statements: StatementInput | StatementInput[], version = '2012-10-17') =>
  JSON.stringify({ Version: version, Statement: statements })

export function policy(statements: StatementInput | StatementInput[], kind: PolicyKind = 'identity', version?: string): CompiledPolicy {
  return compilePolicy(parsePolicy(policyText(statements, version), kind), { id: kind, type: kind === 'trust' ? 'trust' : 'inline' })
}

export const allow = (action: string | string[] = '*', more: StatementInput = {}): StatementInput => ({
  Effect: 'Allow',
  Action: action,
  Resource: '*',
  ...more,
})
export const deny = (action: string | string[] = '*', more: StatementInput = {}): StatementInput => ({
  Effect: 'Deny',
  Action: action,
  Resource: '*',
  ...more,
})

/** A resource policy that allows (or denies) the action to the principals named. */
export const to = (aws: string | string[], action = '*', more: StatementInput = {}): StatementInput =>
  allow(action, { Principal: { AWS: aws }, ...more })

/** The same statement about everyone. */
export const everyone = (statement: StatementInput): StatementInput => ({ ...statement, Principal: '*' })

export const request = (
  principal: PolicyPrincipal,
  action = 's3:GetObject',
  resource = 'arn:aws:s3:::data/file',
  context: RequestContext = {},
): AuthorizationRequest => ({
  principal,
  action,
  resource,
  context,
})

interface Circumstances {
  readonly resource?: string
  readonly action?: string
  readonly context?: RequestContext
  readonly principal?: PolicyPrincipal
  readonly version?: string
}

/** Whether a lone statement applies: an Allow of it allows. */
export function applies(
  statement: StatementInput,
  {
    resource = 'arn:aws:s3:::data/file',
    action = 's3:GetObject',
    context = {},
    principal = user,
    version = '2012-10-17',
  }: Circumstances = {},
): boolean {
  const full = { Effect: 'Allow', Action: '*', Resource: '*', ...statement }
  return (
    decide(
      { ...request(principal, action, resource, context), resourceAccount: account },
      { identity: [policy(full, 'identity', version)] },
    ).effect === 'allowed'
  )
}

/** Whether a condition holds in a context; asked of an Allow and of a Deny, which must agree. */
export function holds(condition: StatementInput, context: RequestContext, principal: PolicyPrincipal = user): boolean {
  const session = principal.type === 'federatedUser' ? [policy(allow())] : undefined
  const one = request(principal, undefined, undefined, context)
  const asAllow = decide(one, { identity: [policy(allow('*', { Condition: condition }))], session })
  const asDeny = decide(one, { identity: [policy([allow(), deny('*', { Condition: condition })])], session })
  // The root user needs no Allow.
  if (principal.type === 'root') return asDeny.effect === 'explicitDeny'
  if ((asAllow.effect === 'allowed') !== (asDeny.effect === 'explicitDeny')) throw new Error('Allow and Deny disagree on a condition')
  return asAllow.effect === 'allowed'
}

export const none: ApplicablePolicies = { identity: [] }
