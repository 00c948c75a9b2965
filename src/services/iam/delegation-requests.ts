import type { Principal } from '../../identity/principal.ts'
import type { SessionFacts } from '../../identity/sessions.ts'
import { fillPolicy, parametersOf } from '../../identity/templates.ts'
import { sealTradeIn } from '../../identity/trade-in-token.ts'
import { compilePolicy, parsePolicy } from '../../policy/index.ts'
import type { DelegationState } from '../../store/tables/iam-credentials.ts'
import type { CreateDelegationRequestRequest } from '../../wire/models/iam.ts'
import type { AccessContext, AccessStatement, CallContext, HandleContext } from '../operation.ts'
import type { Keys } from './access.ts'
import {
  type DelegationDetails,
  type DelegationRow,
  delegationShape,
  detailsOf,
  enterState,
  expiryOf,
  findDelegationRequest,
  isVisible,
  requireDelegationRequest,
  stateOf,
} from './delegation-store.ts'
import { checkPermissions } from './delegation-permissions.ts'
import { parseDocument } from './documents.ts'
import { type PageRequest, pageOf, rowsWanted, startAfter } from './paging.ts'
import { iam } from './service.ts'

export const delegationRequestArn = (account: string, id: string): string => `arn:aws:iam::${account}:delegation-request/${id}`

/** What whoever initiated a request may do with it without a policy. IAM API Reference, "GetDelegationRequest" and "UpdateDelegationRequest". */
const ownersActions = ['iam:GetDelegationRequest', 'iam:GetHumanReadableSummary', 'iam:UpdateDelegationRequest']

/** Access to a delegation request, which its owner has in part by default. */
export async function delegationAccess({ tx, account }: AccessContext, id: string): Promise<AccessStatement> {
  const row = await findDelegationRequest(tx, id)
  const visible = row && isVisible(row, account) ? row : undefined
  const keys: Keys = visible?.ownerId ? { 'iam:DelegationRequestOwner': visible.ownerId } : {}
  const resource = delegationRequestArn(account, id)
  return { resource, resourceAccount: account, keys, ...(visible?.ownerId && { resourcePolicy: ownersPolicy(visible.ownerId, resource) }) }
}

function ownersPolicy(ownerId: string, resource: string) {
  const Statement = [{ Effect: 'Allow', Principal: { AWS: ownerId }, Action: ownersActions, Resource: resource }]
  const document = parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement }), 'resource')
  return compilePolicy(document, { id: 'delegation request', type: 'resource' })
}

/** @throws InvalidInput, or the error that is given, unless the request is in one of the states */
function requireState(
  row: DelegationRow,
  states: readonly DelegationState[],
  now: number,
  refuse = (message: string) => new iam.InvalidInput(message),
): void {
  const state = stateOf(row, now)
  if (!(states as readonly string[]).includes(state))
    throw refuse(`The delegation request ${row.id} is ${state}; it must be ${states.join(' or ')}.`)
}

/** The caller as owner or approver. @throws InvalidInput for callers that are no identity of an account */
function identityOf({ principal }: CallContext): string {
  if (principal.type !== 'root' && principal.type !== 'user' && principal.type !== 'roleSession')
    throw new iam.InvalidInput('Delegation requests are handled by users, roles and the root user.')
  return principal.arn
}

/** CreateDelegationRequest: by product providers whose templates are registered. IAM API Reference, "CreateDelegationRequest". */
export const CreateDelegationRequest = iam.operation('CreateDelegationRequest', {
  access: ({ Permissions, NotificationChannel, SessionDuration, OwnerAccountId }, { account }) => ({
    resource: delegationRequestArn(OwnerAccountId ?? account, '*'),
    resourceAccount: account,
    keys: {
      ...(Permissions.PolicyTemplateArn !== undefined && { 'iam:TemplateArn': Permissions.PolicyTemplateArn }),
      'iam:NotificationChannel': NotificationChannel,
      'iam:DelegationDuration': String(SessionDuration),
    },
  }),

  async handle(input, { tx, account, now, world }) {
    const details = requestDetails(input, { account, world })
    const { RequestorWorkflowId: workflowId, OwnerAccountId } = input
    const earlier = await tx
      .selectFrom('delegationRequests')
      .select('id')
      .where('requestor', '=', account)
      .where('workflowId', '=', workflowId)
      .executeTakeFirst()
    if (earlier) throw new iam.EntityAlreadyExists(`A delegation request with the workflow id ${workflowId} already exists.`)
    const id = world.random.uuid()
    await tx
      .insertInto('delegationRequests')
      .values({
        id,
        requestor: account,
        workflowId,
        ownerAccount: OwnerAccountId ?? null,
        ownerId: null,
        state: 'UNASSIGNED',
        createdAt: now,
        updatedAt: now,
        expiresAt: expiryOf('UNASSIGNED', now),
        value: JSON.stringify(details),
      })
      .execute()
    return { DelegationRequestId: id, ConsoleDeepLink: `${world.endpoints.https}/console/iam/delegation-requests/${id}` }
  },
})

/** "The final rendered policy has a maximum size limit of 2048 characters." IAM User Guide, "Policy templates". */
const longestPolicy = 2048

function requestDetails(
  input: CreateDelegationRequestRequest,
  { account, world }: Pick<CallContext, 'account' | 'world'>,
): DelegationDetails {
  const { PolicyTemplateArn: templateArn, Parameters: parameters = [] } = input.Permissions
  const template = world.settings.templates?.policies.find(({ arn }) => arn === templateArn)
  if (!template || template.account !== account)
    throw new iam.InvalidInput(`The policy template ${templateArn ?? ''} is not registered for account ${account}.`)
  if (!/^arn:aws:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}(\.fifo)?$/.test(input.NotificationChannel))
    throw new iam.InvalidInput('The notification channel must be the ARN of an SNS topic.')
  const values = Object.fromEntries(parameters.map(({ Name = '', Values = [] }) => [Name, Values]))
  const wanted = parametersOf(template.policy)
  const missing = wanted.find(name => !values[name]?.length)
  if (missing !== undefined) throw new iam.InvalidInput(`The parameter ${missing} of the policy template has no value.`)
  const unknown = Object.keys(values).find(name => !wanted.includes(name))
  if (unknown !== undefined) throw new iam.InvalidInput(`The policy template has no parameter ${unknown}.`)
  const single = parameters.find(({ Type, Values = [] }) => Type !== 'stringList' && Values.length > 1)
  if (single) throw new iam.InvalidInput(`The parameter ${single.Name} takes one value.`)
  const policy = fillPolicy(template.policy, values)
  if (policy.length > longestPolicy)
    throw new iam.LimitExceeded(`The policy has ${policy.length} characters; ${longestPolicy} are allowed.`)
  parseDocumentOfRequest(policy)
  return {
    description: input.Description,
    requestMessage: input.RequestMessage,
    requestorName: template.name,
    templateArn: template.arn,
    parameters,
    policy,
    boundaries: template.boundaries,
    notificationChannel: input.NotificationChannel,
    endpoint: template.endpoint,
    redirectUrl: input.RedirectUrl,
    sessionSeconds: input.SessionDuration,
    onlySendByOwner: input.OnlySendByOwner ?? false,
  }
}

/** @throws InvalidInput: CreateDelegationRequest has no error for malformed policies */
function parseDocumentOfRequest(policy: string): void {
  try {
    parseDocument(policy, 'identity')
  } catch (problem) {
    if (problem instanceof iam.MalformedPolicyDocument) throw new iam.InvalidInput(problem.message)
    throw problem
  }
}

/** GetDelegationRequest. IAM API Reference, "GetDelegationRequest". */
export const GetDelegationRequest = iam.operation('GetDelegationRequest', {
  access: ({ DelegationRequestId }, context) => delegationAccess(context, DelegationRequestId),

  async handle({ DelegationRequestId, DelegationPermissionCheck = false }, context) {
    const row = await requireDelegationRequest(context.tx, context.account, DelegationRequestId)
    return {
      DelegationRequest: delegationShape(row, context.now),
      ...(DelegationPermissionCheck && {
        PermissionCheckStatus: 'COMPLETE',
        PermissionCheckResult: await checkPermissions(detailsOf(row).policy, context),
      }),
    }
  },
})

/** ListDelegationRequests: those that have an owner in the account. IAM API Reference, "ListDelegationRequests". */
export const ListDelegationRequests = iam.operation('ListDelegationRequests', {
  access: ({ OwnerId }) => ({ resource: '*', keys: OwnerId === undefined ? {} : { 'iam:DelegationRequestOwner': OwnerId } }),

  async handle(input, { tx, account, now }) {
    const [after] = startAfter(input, 1) ?? []
    const { OwnerId } = input
    const rows = await tx
      .selectFrom('delegationRequests')
      .selectAll()
      .where('ownerAccount', '=', account)
      .$if(OwnerId !== undefined, query => query.where('ownerId', '=', OwnerId ?? ''))
      .$if(OwnerId === undefined, query => query.where('ownerId', 'is not', null))
      .$if(after !== undefined, query => query.where('id', '>', after ?? ''))
      .orderBy('id')
      .limit(rowsWanted(input))
      .execute()
    const { items, end } = pageOf(rows, input as PageRequest, ({ id }) => [id])
    const { IsTruncated: isTruncated, ...marker } = end
    return { DelegationRequests: items.map(row => delegationShape(row, now)), isTruncated, ...marker }
  },
})

/** AssociateDelegationRequest: the caller becomes the owner. IAM API Reference, "AssociateDelegationRequest". */
export const AssociateDelegationRequest = iam.operation('AssociateDelegationRequest', {
  access: ({ DelegationRequestId }, context) => delegationAccess(context, DelegationRequestId),

  async handle({ DelegationRequestId }, context) {
    const { tx, account, now } = context
    const row = await requireDelegationRequest(tx, account, DelegationRequestId)
    requireState(row, ['UNASSIGNED'], now)
    await enterState(tx, { ...row, ownerAccount: account, ownerId: identityOf(context) }, 'ASSIGNED', {}, now)
    return {}
  },
})

/** UpdateDelegationRequest: hands the request on to whoever may accept it. IAM API Reference, "UpdateDelegationRequest". */
export const UpdateDelegationRequest = iam.operation('UpdateDelegationRequest', {
  access: ({ DelegationRequestId }, context) => delegationAccess(context, DelegationRequestId),

  async handle({ DelegationRequestId, Notes }, { tx, account, now }) {
    const row = await requireDelegationRequest(tx, account, DelegationRequestId)
    requireState(row, ['ASSIGNED', 'PENDING_APPROVAL'], now)
    await enterState(tx, row, 'PENDING_APPROVAL', Notes === undefined ? {} : { notes: Notes }, now)
    return {}
  },
})

/** "Root users can only approve delegation requests with a duration of 4 hours or less." IAM User Guide, "IAM temporary delegation". */
const longestOfRoot = 4 * 3600

/** AcceptDelegationRequest: the caller's permissions are delegated. IAM API Reference, "AcceptDelegationRequest". */
export const AcceptDelegationRequest = iam.operation('AcceptDelegationRequest', {
  access: ({ DelegationRequestId }, context) => delegationAccess(context, DelegationRequestId),

  async handle({ DelegationRequestId }, context) {
    const { tx, account, now, principal } = context
    const row = await requireDelegationRequest(tx, account, DelegationRequestId)
    // The reference gives this operation no InvalidInput.
    requireState(row, ['ASSIGNED', 'PENDING_APPROVAL'], now, message => new iam.ValidationError(message))
    const { policy, sessionSeconds } = detailsOf(row)
    if (principal.type === 'root' && sessionSeconds > longestOfRoot)
      throw new iam.ValidationError('The root user may accept delegation requests of four hours at most.')
    const approver = { arn: identityOf(context), facts: delegatedFacts(principal, policy) }
    await enterState(tx, row, 'ACCEPTED', { approver }, now)
    return {}
  },
})

/**
 * A session of whoever accepts, limited by what it is limited by itself, and by the permissions that are delegated. The second factor does not
 * come along: the provider has none.
 */
function delegatedFacts(principal: Principal, policy: string): Omit<SessionFacts, 'issuedAt' | 'expiresAt'> {
  const {
    issuedAt: _,
    expiresAt: __,
    mfaAt: ___,
    ...session
  } = ('account' in principal && principal.session) || { issuedAt: 0, expiresAt: 0 }
  const limits = { ...session, delegated: true, scopes: [...(session.scopes ?? []), policy] }
  if (principal.type === 'user') return { ...limits, kind: 'user', account: principal.account, ownerId: principal.userId }
  if (principal.type === 'roleSession')
    return { ...limits, kind: 'role', account: principal.account, ownerId: principal.roleId, name: principal.sessionName }
  if (principal.type === 'root') return { ...limits, kind: 'root', account: principal.account }
  throw new iam.ValidationError('Delegation requests are accepted by users, roles and the root user.')
}

/** RejectDelegationRequest: for good. IAM API Reference, "RejectDelegationRequest". */
export const RejectDelegationRequest = iam.operation('RejectDelegationRequest', {
  access: ({ DelegationRequestId }, context) => delegationAccess(context, DelegationRequestId),

  async handle({ DelegationRequestId, Notes }, { tx, account, now }) {
    const row = await requireDelegationRequest(tx, account, DelegationRequestId)
    requireState(row, ['ASSIGNED', 'PENDING_APPROVAL', 'ACCEPTED'], now)
    await enterState(tx, row, 'REJECTED', { approver: undefined, ...(Notes !== undefined && { rejectionReason: Notes }) }, now)
    return {}
  },
})

/** SendDelegationToken: the provider gets its token, and the time of its access begins. IAM API Reference, "SendDelegationToken". */
export const SendDelegationToken = iam.operation('SendDelegationToken', {
  access: ({ DelegationRequestId }, context) => delegationAccess(context, DelegationRequestId),

  async handle({ DelegationRequestId }, context) {
    const { tx, account, now } = context
    const row = await requireDelegationRequest(tx, account, DelegationRequestId)
    requireState(row, ['ACCEPTED'], now)
    const { onlySendByOwner } = detailsOf(row)
    if (onlySendByOwner && identityOf(context) !== row.ownerId)
      throw new iam.InvalidInput('The delegation token of this request can be sent by its owner only.')
    await enterState(tx, row, 'FINALIZED', {}, now)
    publishToken(row, context)
    return {}
  },
})

/** Sends the token once the change is durable: never for a request that is not finalized. */
function publishToken(row: DelegationRow, { world, now, afterCommit }: HandleContext): void {
  const { approver, sessionSeconds, notificationChannel, endpoint } = detailsOf(row)
  if (!approver) throw new iam.ServiceFailure(`The delegation request ${row.id} has no approver.`)
  const expiresAt = now + sessionSeconds * 1000
  const ExchangeToken = sealTradeIn(world.secrets, { expiresAt, principal: approver.arn, facts: approver.facts, sessionSeconds })
  const message = {
    DelegationRequestId: row.id,
    RequestorWorkflowId: row.workflowId,
    OwnerAccountId: row.ownerAccount,
    State: 'FINALIZED',
    ExpirationTime: new Date(expiresAt).toISOString(),
    ExchangeToken,
  }
  afterCommit(() => world.notifications.publish({ topicArn: notificationChannel, endpoint, message }))
}
