import { appendRecords, insertRecord, type NewRecord } from '../audit/records.ts'
import type { LastUses } from '../identity/last-uses.ts'
import { accountOf } from '../identity/principal.ts'
import type { HandleContext, Operation } from '../services/operation.ts'
import { StoreUnavailable, type Transaction, UnstorableText } from '../store/index.ts'
import { momentHeader } from '../types/moment.ts'
import { ServiceError } from '../wire/errors.ts'
import type { WireRequest, WireResponse } from '../wire/message.ts'
import { protocolOf } from '../wire/protocols/index.ts'
import { authenticate, streamOf } from './call/authenticate.ts'
import { asPayloadError } from './call/authentication-errors.ts'
import { authorize } from './call/authorize.ts'
import { type Call, type CallFacts, callFacts, type PipelineParts, storeOf } from './call/call.ts'
import { decode } from './call/decode.ts'
import { keepExplanation } from './call/denial-explanation.ts'
import { askedMoment, stateAt } from './call/past-calls.ts'
import { recordsOf } from './call/record.ts'
import { refuseHost } from './call/refused-host.ts'
import { recordingRegionOf } from './call/region.ts'
import { requestFacts } from './call/request-facts.ts'
import { checkSessionLimit } from './call/session-limit.ts'
import { askAgain, Throttled, throttled } from './call/throttled.ts'
import { claimOf, shed, unroutable } from './call/unroutable.ts'
import { validationError } from './call/validation-errors.ts'
import type { Log } from './log.ts'
import { UpstreamError } from './upstreams/upstream-error.ts'

/** One AWS request through the whole house. docs/architecture.md, "The way of a request". Never throws. */
export type Pipeline = (request: WireRequest) => Promise<WireResponse>

/** Composes the pipeline. */
export function createPipeline(parts: PipelineParts): Pipeline {
  const pipeline = unboundedPipeline(parts)
  return async request => {
    const place = parts.load?.enter(request.remoteAddress)
    if (typeof place === 'string') return shed(parts.registry, request, parts.world.random.uuid())
    try {
      return await pipeline(request)
    } finally {
      place?.()
    }
  }
}

function unboundedPipeline(parts: PipelineParts): Pipeline {
  const { world, registry, now, log } = parts

  return async received => {
    const requestId = world.random.uuid()
    const signature = claimOf(received)
    const service =
      signature.claim === undefined ? registry.serviceOfUnsigned(received) : registry.serviceBySigningName(signature.claim.service)
    if (!service) return unroutable(registry, received, signature, requestId)
    const protocol = protocolOf(service.model.protocol)
    const request = service.passesOn?.(received) ?? received
    try {
      const operationName = protocol.operationName(request, service.model) ?? ''
      const operation = registry.operation(service, operationName)
      const call: Call = {
        facts: requestFacts(request, signature.claim),
        tls: request.tls,
        traceparent: request.headers['traceparent'],
        requestId,
        service,
        operationName,
        // Known before the caller is: a data event stays one when it is refused.
        ...(operation && { operation }),
        now: now(),
        region: recordingRegionOf(service, signature.claim, world.settings.region),
        principal: { type: 'anonymous' },
        claim: signature.claim,
      }
      // A node that does not know what others changed refuses rather than answer from rights that may be gone.
      if (!world.store.isCurrent()) throw serviceUnavailable()
      const output = await answer(parts, call, async () => {
        refuseHost(call.facts.host, service.name)
        const signer = await authenticate(parts, call, received, signature.problem)
        admit(parts, call)
        const stream = streamOf(received, signer)
        const whole = stream ? { ...request, stream } : request
        if (service.passesOn) call.wire = whole
        decode(parts.registry, call, whole)
        call.moment = askedMoment(request, signature.claim, call.operation)
      })
      const response = service.passesOn ? (output as WireResponse) : protocol.encode(output, service.model, call.operationName, requestId)
      if (call.moment === undefined) return response
      return { ...response, headers: { ...response.headers, [momentHeader]: new Date(call.moment).toISOString() } }
    } catch (problem) {
      if (problem instanceof UpstreamError) return problem.response
      if (problem instanceof Throttled) return askAgain(protocol.encodeError(problem, service.model, requestId))
      if (problem instanceof ServiceError) return protocol.encodeError(problem, service.model, requestId)
      if (problem instanceof StoreUnavailable) {
        log.warn({ requestId, service: service.name, reason: problem.message }, 'a call was refused: the store is not available')
        return protocol.encodeError(serviceUnavailable(), service.model, requestId)
      }
      log.error({ requestId, service: service.name, problem }, 'a call failed for a reason that is ours')
      return protocol.encodeError(internalFailure(), service.model, requestId)
    }
  }
}

/** @throws Throttled when the principal, or its account of this operation, calls too often */
function admit({ load, world }: PipelineParts, { principal, service, operationName, region }: Call): void {
  if (!load) return
  const rated = { service: service.name, operation: operationName, account: accountOf(principal, world.settings.account), region }
  if (!load.admits(principal) || !load.admitsOperation(rated)) throw throttled(service.model, load.tellsOf(principal))
}

/** IAM API Reference, "Common Error Types", ServiceUnavailable. */
const serviceUnavailable = () =>
  new ServiceError('ServiceUnavailable', 503, 'The request has failed due to a temporary failure of the server.')

const internalFailure = () =>
  new ServiceError('InternalFailure', 500, 'The request processing has failed because of an unknown error, exception or failure.')

/**
 * Answers a call once it is known who calls and what is asked.
 * @param read  finds both out, or throws; a call that cannot be read is on record too
 */
export async function answer(parts: PipelineParts, call: Call, read: () => Promise<void> | void): Promise<unknown> {
  const { store } = parts.world
  const begun = performance.now()
  try {
    const enriching = await parts.enrichingStores()
    if (enriching.length > 0) call.enriching = { stores: enriching }
    await read()
    noteUse(parts.lastUses, call)
    checkSessionLimit(call.principal, call.operation as Operation)
    const context = callFacts(parts.world, call)
    await prepare(parts, call, context)
    await authorize(parts, call, context)
    await reach(call, context)
    const output = await handled(parts, call, context)
    observe(parts, call, begun)
    return output
  } catch (cause) {
    const problem = cause instanceof UnstorableText ? validationError(call.service, unstorable) : cause
    // What was refused is on record too. When even that fails, the caller gets that failure: no call without a record.
    const error = problem instanceof ServiceError ? problem : internalFailure()
    const records = error instanceof Throttled && !error.onRecord ? [] : recordsOf(parts.world, call, { error })
    if (records.length > 0) await appendRecords(store, records)
    if (call.denied && records[0]) await keepExplanation(parts, call, call.denied, records[0].record)
    observe(parts, call, begun, error)
    throw problem
  }
}

/** Input's constraints refuse such text where it is a member; what is left is inside of documents and tokens. */
const unstorable = '1 validation error detected: the request contains the character U+0000'

function observe({ observer }: PipelineParts, call: Call, begun: number, error?: ServiceError): void {
  observer?.callFinished({
    requestId: call.requestId,
    service: call.service.name,
    operation: Object.hasOwn(call.service.model.operations, call.operationName) ? call.operationName : 'unknown',
    outcome: error?.code ?? 'Success',
    status: error?.status ?? 200,
    startedAt: call.now,
    seconds: (performance.now() - begun) / 1000,
    principal: call.principal,
    sourceIp: call.facts.sourceIp,
    traceparent: call.traceparent,
  })
}

/** Attempts count, refused ones too. IAM User Guide, "Refine permissions in AWS using last accessed information". */
function noteUse(lastUses: LastUses, { principal, service, operationName, claim, region, now }: Call): void {
  lastUses.saw(principal, { service: service.actionPrefix, action: operationName, region: claim?.region ?? region, at: now })
}

async function prepare(parts: PipelineParts, call: Call, context: CallFacts): Promise<void> {
  const { definition } = call.operation as Operation
  if (definition.prepare)
    call.prepared = await storeOf(parts, call).read(tx =>
      (definition.prepare as NonNullable<typeof definition.prepare>)(call.input, { ...context, tx }),
    )
}

async function reach(call: Call, context: CallFacts): Promise<void> {
  try {
    const reached = await (call.operation as Operation).definition.reach?.(call.input, context, call.prepared)
    if (reached !== undefined) call.prepared = reached
  } catch (problem) {
    throw asPayloadError(problem)
  }
}

async function handled(parts: PipelineParts, call: Call, context: CallFacts): Promise<unknown> {
  try {
    return await handle(parts, call, context)
  } catch (problem) {
    await (call.operation as Operation).definition.abandon?.(call.prepared, context)
    throw problem
  }
}

async function handle({ world, past, log }: PipelineParts, call: Call, context: CallFacts): Promise<unknown> {
  const { definition, transaction } = call.operation as Operation
  const later: (() => void | Promise<void>)[] = []
  const recorded: ((seq: number) => Promise<void>)[] = []
  const beside: NewRecord[] = []
  const run = (tx: Transaction) => {
    // A unit may run again: what the run before wanted done is not.
    later.length = 0
    recorded.length = 0
    beside.length = 0
    const handleContext: HandleContext = {
      ...context,
      tx,
      afterCommit: work => void later.push(work),
      alsoRecord: record => void beside.push(record),
      onRecord: work => void recorded.push(work),
    }
    return definition.handle(call.input, handleContext, call.prepared)
  }
  let output: unknown
  if (transaction === 'read') {
    output = await (call.moment === undefined ? world.store : await stateAt(past, call.moment)).read(run)
    await appendRecords(world.store, [...beside, ...recordsOf(world, call, { output })])
  } else {
    // Change and record in one unit: neither is ever there without the other.
    output = await world.store.write(async tx => {
      const result = await run(tx)
      const [own, ...others] = recordsOf(world, call, { output: result })
      for (const record of beside) await insertRecord(tx, record)
      const seq = own && (await insertRecord(tx, own))
      for (const record of others) await insertRecord(tx, record)
      if (seq !== undefined) for (const work of recorded) await work(seq)
      return result
    })
  }
  for (const work of later) void runLater(work, call, log)
  return output
}

async function runLater(work: () => void | Promise<void>, { requestId }: Call, log: Log): Promise<void> {
  try {
    await work()
  } catch (problem) {
    log.error({ requestId, problem }, 'work after a commit failed')
  }
}
