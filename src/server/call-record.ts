import { eventIdAt } from '../audit/event-id.ts'
import { buildRecord } from '../audit/record.ts'
import type { NewRecord } from '../audit/records.ts'
import { accountOf } from '../identity/principal.ts'
import { eventUsernameOf, userIdentityOf } from '../identity/user-identity.ts'
import type { TrailDetails } from '../services/operation.ts'
import { isReadOnly } from '../services/read-only.ts'
import { trailValue } from '../services/trail-values.ts'
import type { World } from '../services/world.ts'
import type { ServiceError } from '../wire/errors.ts'
import type { Call } from './pipeline.ts'

/** How a call ended. */
export type CallOutcome =
  | { readonly output: unknown; readonly error?: undefined }
  | { readonly error: ServiceError; readonly output?: undefined }

/** The CloudTrail record of a call, however it ended. */
export function recordOf(world: World, call: Call, { output, error }: CallOutcome): NewRecord {
  const { request, service, operation } = call
  const model = service.model.operations[call.operationName]
  const details = trailDetails(world, call, output)
  const record = buildRecord({
    eventId: eventIdAt(call.now, world.random.uuid()),
    requestId: call.requestId,
    at: call.now,
    eventSource: service.eventSource,
    eventName: call.operationName,
    region: call.region,
    account: details.recipientAccountId ?? accountOf(call.principal, world.settings.account),
    userIdentity: details.userIdentity ?? identityOf(call),
    sourceIp: request.remoteAddress,
    userAgent: request.headers['user-agent'] ?? '',
    readOnly: operation?.readOnly ?? isReadOnly(call.operationName),
    requestParameters:
      details.requestParameters !== undefined ? details.requestParameters : trailValue(service.model, model?.input, call.input),
    responseElements: details.responseElements !== undefined ? details.responseElements : responseElements(call, output),
    error: error && { code: error.code, message: error.message },
    resources: details.resources && distinct(details.resources),
    additionalEventData: details.additionalEventData,
    tls: request.tls,
    host: request.headers['host'],
  })
  return { record, username: usernameOf(call, details) }
}

/** A caller may name one resource in two places; a record names it once. */
const distinct = (resources: NonNullable<TrailDetails['resources']>) => [
  ...new Map(resources.map(resource => [resource.ARN, { ...resource }])).values(),
]

/** Reads change nothing and answer nothing on record, but for the credentials that STS gives out. */
function responseElements({ operation, operationName, service }: Call, output: unknown) {
  const givesCredentials = service.name === 'sts' && operationName !== 'GetCallerIdentity'
  return output === undefined || (operation?.readOnly && !givesCredentials)
    ? null
    : trailValue(service.model, service.model.operations[operationName]?.output, output)
}

function trailDetails(world: World, call: Call, output: unknown): TrailDetails {
  const trail = call.operation?.definition.trail
  if (!trail || call.input === undefined) return {}
  // What an operation would hide of its input cannot be told apart in one that breaks its constraints: none of it is kept.
  if (!call.inputHolds) return { requestParameters: null }
  const { principal, now, requestId, request } = call
  const facts = {
    sourceIp: request.remoteAddress,
    userAgent: request.headers['user-agent'] ?? '',
    secure: request.secure,
    host: request.headers['host'] ?? '',
  }
  const context = {
    account: accountOf(principal, world.settings.account),
    region: world.settings.region,
    principal,
    now,
    requestId,
    request: facts,
    world,
  }
  return trail(call.input, output, context, call.prepared)
}

/** A caller that did not prove who it is keeps the name it claimed, so that guessing leaves a trace. */
function identityOf({ principal, claim }: Call) {
  if (principal.type !== 'anonymous' || !claim) return userIdentityOf(principal)
  return { type: 'Unknown', principalId: '', accessKeyId: claim.accessKeyId.slice(0, 128) }
}

function usernameOf({ principal }: Call, { userIdentity }: TrailDetails): string | undefined {
  const named = userIdentity?.['userName']
  return typeof named === 'string' ? named : eventUsernameOf(principal)
}
