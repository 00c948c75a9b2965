import { enrichedEventsOf } from '../../audit/enriched-events.ts'
import { eventIdAt } from '../../audit/event-id.ts'
import { buildRecord, type RecordFacts } from '../../audit/record.ts'
import type { NewRecord } from '../../audit/records.ts'
import { accountOf } from '../../identity/principal.ts'
import { eventUsernameOf, foreignIdentityOf, userIdentityOf } from '../../identity/user-identity.ts'
import type { Service, TrailDetails } from '../../services/operation.ts'
import { isReadOnly } from '../../services/read-only.ts'
import { trailValue } from '../../services/trail-values.ts'
import type { World } from '../../services/world.ts'
import type { JsonObject } from '../../types/json.ts'
import { errorShapeName, type ServiceError } from '../../wire/errors.ts'
import type { Call } from './call.ts'
import { actingRegionOf } from './region.ts'

/** How a call ended. */
export type CallOutcome =
  | { readonly output: unknown; readonly error?: undefined }
  | { readonly error: ServiceError; readonly output?: undefined }

/**
 * The CloudTrail records of a call, however it ended: the caller's, and one for each other account that owns what an allowed call
 * touched, under one sharedEventID. Owners do not learn of calls that were refused. CloudTrail User Guide, "sharedEventID".
 */
export function recordsOf(world: World, call: Call, outcome: CallOutcome): NewRecord[] {
  const { principal } = call
  const details = trailDetails(world, call, outcome.output)
  const own = details.recipientAccountId ?? accountOf(principal, world.settings.account)
  const others = outcome.error ? [] : (call.otherAccounts ?? []).filter(other => other !== own)
  const sharedEventId = others.length > 0 ? world.random.uuid() : undefined
  const about = (account: string, userIdentity: JsonObject): RecordFacts => ({
    ...factsOf(world, call, outcome, details),
    account,
    userIdentity,
    sharedEventId,
  })
  const username = usernameOf(call, details)
  const recorded = (facts: RecordFacts): Omit<NewRecord, 'username'> => ({
    record: buildRecord(facts),
    ...(call.enriching && { enriched: enrichedEventsOf(facts, call.enriching.stores, call.enriching.context) }),
  })
  return [
    { ...recorded(about(own, details.userIdentity ?? identityOf(call))), username },
    ...others.map(account => ({ ...recorded(about(account, foreignIdentityOf(principal))), username: undefined })),
  ]
}

/** What a record tells, but for whose it is. */
function factsOf(
  world: World,
  call: Call,
  { output, error }: CallOutcome,
  details: TrailDetails,
): Omit<RecordFacts, 'account' | 'userIdentity'> {
  const { facts, service, operation } = call
  const model = service.model.operations[call.operationName]
  return {
    eventId: eventIdAt(call.now, world.random.uuid()),
    requestId: call.requestId,
    at: call.now,
    eventSource: service.eventSource,
    eventName: operation?.definition.eventName ?? call.operationName,
    region: call.region,
    sourceIp: facts.sourceIp,
    userAgent: facts.userAgent,
    readOnly: operation?.readOnly ?? isReadOnly(call.operationName),
    requestParameters:
      details.requestParameters !== undefined
        ? details.requestParameters
        : withAdded(trailValue(service.model, model?.input, call.input), details.addedParameters),
    responseElements: details.responseElements !== undefined ? details.responseElements : responseElements(call, output),
    error: error && { code: recordedCode(service, error), message: error.message },
    resources: details.resources && distinct(details.resources),
    additionalEventData:
      call.moment === undefined ? details.additionalEventData : { ...details.additionalEventData, at: new Date(call.moment).toISOString() },
    category: operation?.definition.eventCategory ?? 'Management',
    tls: call.tls,
    host: facts.host,
    fromConsole: 'account' in call.principal && call.principal.session?.consoleSession !== undefined,
  }
}

const withAdded = (parameters: JsonObject | null, added: JsonObject | undefined): JsonObject | null =>
  added && Object.keys(added).length > 0 ? { ...parameters, ...added } : parameters

/**
 * What CloudTrail calls an error: by the model's name of the exception, such as `NoSuchEntityException`, where clients of the query
 * protocol get the code `NoSuchEntity`. Codes of no model stay as they are, but EC2's, which say whose fault it was: `Client.UnauthorizedOperation`.
 * Amazon EC2 Developer Guide, "Troubleshooting API request errors".
 */
function recordedCode({ model }: Service, { code, sender }: ServiceError): string {
  if (model.protocol === 'ec2') return `${sender || code === throttledByEc2 ? 'Client' : 'Server'}.${code}`
  return errorShapeName(model, code) ?? code
}

/** The client's fault, although its status is 503. */
const throttledByEc2 = 'RequestLimitExceeded'

/** A caller may name one resource in two places; a record names it once. */
const distinct = (resources: NonNullable<TrailDetails['resources']>) => [
  ...new Map(resources.map(resource => [resource.ARN, { ...resource }])).values(),
]

/** Reads change nothing and answer nothing on record, but for the credentials that STS gives out. */
function responseElements({ operation, operationName, service, requestId }: Call, output: unknown): JsonObject | null {
  const givesCredentials = service.name === 'sts' && operationName !== 'GetCallerIdentity'
  if (operation?.readOnly && !givesCredentials) return null
  const { model } = service
  const shape = model.operations[operationName]?.output
  if (model.protocol === 'ec2' && operation) return ofEc2(requestId, trailValue(model, shape, output), output)
  return output === undefined ? null : trailValue(model, shape, output)
}

/**
 * EC2's answers are on record as they are on the wire: with the id of the request, and `return` where they tell nothing else, which CloudTrail writes `_return`.
 * CloudTrail User Guide, "CloudTrail log file examples", StartInstances.
 */
const ofEc2 = (requestId: string, told: JsonObject | null, output: unknown): JsonObject | null =>
  output === undefined ? null : { requestId, ...(told ?? { _return: true }) }

function trailDetails(world: World, call: Call, output: unknown): TrailDetails {
  const trail = call.operation?.definition.trail
  if (!trail || call.input === undefined) return {}
  // What an operation would hide of its input cannot be told apart in one that breaks its constraints: none of it is kept.
  if (!call.inputHolds) return { requestParameters: null }
  const { principal, now, requestId, facts } = call
  const context = {
    account: accountOf(principal, world.settings.account),
    region: actingRegionOf(call, world.settings.region),
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
