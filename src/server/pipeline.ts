import { appendRecord, insertRecord } from '../audit/records.ts'
import type { AuthorizationQuestion, Authorizer } from '../identity/authorizer.ts'
import type { CredentialDirectory } from '../identity/credentials.ts'
import type { LastUses } from '../identity/last-uses.ts'
import { accountOf, type Principal } from '../identity/principal.ts'
import { globalKeysOf } from '../identity/request-context.ts'
import type { AccessContext, AccessStatement, HandleContext, Operation, RequestFacts, Service } from '../services/operation.ts'
import type { World } from '../services/world.ts'
import { type PastStates, type Store, StoreUnavailable, type Transaction, UnstorableText } from '../store/index.ts'
import { parseArn } from '../types/arn.ts'
import { momentHeader } from '../types/moment.ts'
import { ServiceError } from '../wire/errors.ts'
import type { BodyStream, WireRequest, WireResponse } from '../wire/message.ts'
import { protocolOf } from '../wire/protocols/index.ts'
import { readSignature, type SignatureClaim } from '../wire/sigv4/claim.ts'
import { bodyStreamOf } from '../wire/sigv4/body-stream.ts'
import { verifySignature } from '../wire/sigv4/verify.ts'
import { validationProblem } from '../wire/validation.ts'
import { asAuthenticationError, asPayloadError, authenticationError } from './authentication-errors.ts'
import { recordsOf } from './call-record.ts'
import { keepExplanation } from './denial-explanation.ts'
import { denialError } from './denial-error.ts'
import type { Log } from './log.ts'
import { askedMoment, stateAt } from './past-calls.ts'
import { refuseHost } from './refused-host.ts'
import type { Registry } from './registry.ts'
import type { CallObserver } from './observation/call-observer.ts'
import type { LoadShedding } from './load-shedding.ts'
import { requestFacts } from './request-facts.ts'
import { checkSessionLimit } from './session-limit.ts'
import { UpstreamError } from './upstreams/upstream-error.ts'
import { askAgain, Throttled, throttled } from './throttled.ts'
import { validationError } from './validation-errors.ts'

export interface PipelineParts {
  readonly world: World
  /** The store as decisions see it: see `--propagation-delay`. */
  readonly propagated: Pick<Store, 'read'>
  readonly past: PastStates
  readonly registry: Registry
  readonly credentials: CredentialDirectory
  readonly authorizer: Authorizer
  readonly lastUses: LastUses
  readonly now: () => number
  readonly log: Log
  /** Told of every call once it is answered. */
  readonly observer?: CallObserver
  /** What bounds the calls that are taken on; absent, all are. */
  readonly load?: LoadShedding
}

/** One AWS request through the whole house. docs/architecture.md, "The way of a request". Never throws. */
export type Pipeline = (request: WireRequest) => Promise<WireResponse>

/** What is known of a call so far; filled in on the way, and read by the record whatever the end. */
export interface Call {
  readonly facts: RequestFacts
  /** The request itself, where it is passed on. */
  wire?: WireRequest
  readonly tls?: WireRequest['tls']
  /** The caller's W3C Trace Context. */
  readonly traceparent?: string | undefined
  readonly requestId: string
  readonly service: Service
  readonly operationName: string
  readonly now: number
  readonly region: string
  principal: Principal
  claim?: SignatureClaim | undefined
  operation?: Operation
  input?: { readonly [name: string]: unknown }
  /** Whether the input keeps its model's constraints, and so has the members that operations count on. */
  inputHolds?: boolean
  /** The moment that it asks about, when not the present. */
  moment?: number | undefined
  prepared?: unknown
  /** What was asked and denied. */
  denied?: AuthorizationQuestion
  /** The accounts that own what the call is allowed to touch, the caller's own aside. */
  otherAccounts?: readonly string[]
}

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

/** The answer to a call that is not taken on: nothing of it is looked at but which service it means. */
function shed(registry: Registry, request: WireRequest, requestId: string): WireResponse {
  const { claim } = claimOf(request)
  const service = claim ? registry.serviceBySigningName(claim.service) : registry.serviceOfUnsigned(request)
  const model = service?.model ?? { ...unknownModel, protocol: likelyProtocol(request), shapes: {} }
  return askAgain(protocolOf(model.protocol).encodeError(throttled(model), model as Service['model'], requestId))
}

function unboundedPipeline(parts: PipelineParts): Pipeline {
  const { world, registry, now, log } = parts

  return async received => {
    const requestId = world.random.uuid()
    const signature = claimOf(received)
    const service =
      signature.claim === undefined ? registry.serviceOfUnsigned(received) : registry.serviceBySigningName(signature.claim.service)
    if (!service) return unroutable(received, signature, requestId)
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
        region: regionOf(service, world),
        principal: { type: 'anonymous' },
        claim: signature.claim,
      }
      // A node that does not know what others changed refuses rather than answer from rights that may be gone.
      if (!world.store.isCurrent()) throw serviceUnavailable()
      const output = await answer(parts, call, async () => {
        refuseHost(call.facts.host, service.name)
        const signer = await authenticate(parts, call, received, signature.problem)
        if (parts.load?.admits(call.principal) === false) throw throttled(service.model)
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

/** IAM and STS's global endpoint record their events in this region. CloudTrail User Guide, "Global service events". */
const globalRegion = 'us-east-1'

/** The region whose record a call is. */
export const regionOf = ({ global }: Service, { settings }: World): string => (global ? globalRegion : settings.region)

/** IAM API Reference, "Common Error Types", ServiceUnavailable. */
const serviceUnavailable = () =>
  new ServiceError('ServiceUnavailable', 503, 'The request has failed due to a temporary failure of the server.')

const internalFailure = () =>
  new ServiceError('InternalFailure', 500, 'The request processing has failed because of an unknown error, exception or failure.')

interface Signature {
  readonly claim: SignatureClaim | undefined
  readonly problem?: unknown
}

function claimOf(request: WireRequest): Signature {
  try {
    return { claim: readSignature(request) }
  } catch (problem) {
    return { claim: undefined, problem }
  }
}

/** A request that names no service of ours is answered in the form that its sender can most likely read. */
function unroutable(request: WireRequest, { claim, problem }: Signature, requestId: string): WireResponse {
  const protocol = likelyProtocol(request)
  const error = problem
    ? (asAuthenticationError(problem, protocol) as ServiceError)
    : claim
      ? new ServiceError('UnknownService', 400, `Gatehouse does not serve '${claim.service.slice(0, 50)}'.`)
      : authenticationError('missing', 'Request is missing Authentication Token', protocol)
  return protocolOf(protocol).encodeError(error, unknownModel as Service['model'], requestId)
}

const likelyProtocol = ({ headers }: WireRequest) =>
  headers['x-amz-target'] || headers['content-type']?.includes('json') ? 'json' : 'query'

const unknownModel = { xmlNamespace: 'https://gatehouse.local/doc/', jsonVersion: '1.1' }

/**
 * Answers a call once it is known who calls and what is asked.
 * @param read  finds both out, or throws; a call that cannot be read is on record too
 */
export async function answer(parts: PipelineParts, call: Call, read: () => Promise<void> | void): Promise<unknown> {
  const { store } = parts.world
  const begun = performance.now()
  try {
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
    const records = error instanceof Throttled ? [] : recordsOf(parts.world, call, { error })
    for (const record of records) await appendRecord(store, record)
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

/** What chunks of a body are signed with, as their request is. */
interface Signer {
  readonly claim: SignatureClaim
  readonly secretAccessKey: string
}

async function authenticate(
  { world, credentials }: PipelineParts,
  call: Call,
  request: WireRequest,
  signatureProblem: unknown,
): Promise<Signer | undefined> {
  const protocol = call.service.model.protocol
  try {
    if (signatureProblem) throw signatureProblem
    const { claim } = call
    if (!claim) {
      if (call.service.anonymous || call.service.model.operations[call.operationName]?.unsigned) return undefined
      throw authenticationError('missing', 'Request is missing Authentication Token', protocol)
    }
    const { principal, secretAccessKey } = await credentials.find(claim.accessKeyId, claim.sessionToken, call.now)
    verifySignature(request, claim, secretAccessKey, call.now)
    verifyScope(call.service, claim, world.settings.region)
    call.principal = principal
    return { claim, secretAccessKey }
  } catch (problem) {
    throw asAuthenticationError(problem, protocol)
  }
}

/** Global services sign for us-east-1; regional ones for the region that Gatehouse is. STS answers for both. */
function verifyScope(service: Service, claim: SignatureClaim, region: string): void {
  if (claim.region === region || (service.global && claim.region === globalRegion)) return
  // IAM's one endpoint takes us-east-1 alone on AWS; SDKs pointed at one endpoint sign with their own region, which is ours above.
  if (service.model.protocol !== 'rest-xml')
    throw authenticationError('mismatch', `Credential should be scoped to a valid region.`, service.model.protocol)
  // SDKs try again with the region that they are told. Amazon S3 API Reference, "Error responses", AuthorizationHeaderMalformed.
  const message = `The authorization header is malformed; the region '${claim.region.slice(0, 50)}' is wrong; expecting '${region}'`
  throw new ServiceError('AuthorizationHeaderMalformed', 400, message, { Region: region })
}

function streamOf(request: WireRequest, signer: Signer | undefined): BodyStream | undefined {
  try {
    return bodyStreamOf(request, signer)
  } catch (problem) {
    throw asPayloadError(problem)
  }
}

function decode(registry: Registry, call: Call, request: WireRequest): void {
  const { service, operationName } = call
  const model = Object.hasOwn(service.model.operations, operationName) ? service.model.operations[operationName] : undefined
  if (!model) throw unknownOperation(service, call)
  const operation = registry.operation(service, operationName)
  if (!operation)
    throw service.model.protocol === 'rest-xml'
      ? notImplemented()
      : new ServiceError(
          isQuery(service) ? 'InvalidAction' : 'UnsupportedOperationException',
          400,
          `Gatehouse does not serve ${service.name}:${operationName} yet; "gatehouse coverage" lists what it serves.`,
        )
  call.operation = operation
  if (!request.stream) service.checkBody?.(request, operationName)
  takeInput(call, protocolOf(service.model.protocol).decode(request, service.model, model))
}

/** Takes an input that keeps its model's constraints. @throws ServiceError for one that does not */
export function takeInput(call: Call, input: { readonly [name: string]: unknown }): void {
  const { service, operationName } = call
  call.input = input
  const problem = validationProblem(service.model, service.model.operations[operationName]?.input, input)
  if (problem !== undefined) throw validationError(service, problem)
  call.inputHolds = true
}

/** Attempts count, refused ones too. IAM User Guide, "Refine permissions in AWS using last accessed information". */
function noteUse(lastUses: LastUses, { principal, service, operationName, claim, region, now }: Call): void {
  lastUses.saw(principal, { service: service.actionPrefix, action: operationName, region: claim?.region ?? region, at: now })
}

/** Services whose operations a parameter names, EC2 among them. */
const isQuery = ({ model }: Service): boolean => model.protocol === 'query' || model.protocol === 'ec2'

function unknownOperation(service: Service, { operationName }: Call): ServiceError {
  if (service.model.protocol === 'rest-xml') return notImplemented()
  if (!isQuery(service))
    return new ServiceError('UnknownOperationException', 404, 'The requested operation is not recognized by the service.')
  return operationName === ''
    ? new ServiceError('MissingAction', 400, 'The request must contain the parameter Action.')
    : new ServiceError(
        'InvalidAction',
        400,
        `Could not find operation ${operationName.slice(0, 128)} for version ${service.model.apiVersion}`,
      )
}

/** Amazon S3 API Reference, "Error responses", NotImplemented. */
const notImplemented = () =>
  new ServiceError('NotImplemented', 501, 'A header or query you provided implies functionality that is not implemented.')

/** A context without its transaction, which each step gets for itself. */
type CallFacts = Omit<AccessContext, 'tx'>

function callFacts(world: World, call: Call): CallFacts {
  return {
    account: accountOf(call.principal, world.settings.account),
    region: world.settings.region,
    principal: call.principal,
    now: call.now,
    requestId: call.requestId,
    request: call.facts,
    ...(call.wire && { wire: call.wire }),
    world,
  }
}

async function prepare(parts: PipelineParts, call: Call, context: CallFacts): Promise<void> {
  const { definition } = call.operation as Operation
  if (definition.prepare)
    call.prepared = await storeOf(parts, call).read(tx =>
      (definition.prepare as NonNullable<typeof definition.prepare>)(call.input, { ...context, tx }),
    )
}

/** Where what decides is read: STS reads the roles and providers that it hands out sessions of as decisions see them. */
const storeOf = ({ world, propagated }: PipelineParts, { service }: Call): Pick<Store, 'read'> =>
  service.decidesOnPropagated ? propagated : world.store

async function authorize(parts: PipelineParts, call: Call, context: CallFacts): Promise<void> {
  const { world, authorizer } = parts
  const { definition, action } = call.operation as Operation
  const asked = await storeOf(parts, call).read(async tx => definition.access(call.input, { ...context, tx }, call.prepared))
  const statements: readonly AccessStatement[] = Array.isArray(asked) ? (asked as AccessStatement[]) : [asked as AccessStatement]
  if (statements.length === 0) return
  const globalKeys = globalKeysOf(call.principal, { ...context.request, region: call.claim?.region ?? call.region, now: call.now })
  for (const statement of statements) {
    const question = { ...statement, action: statement.action ?? action, context: { ...globalKeys, ...statement.keys } }
    const decision = await authorizer.authorize(call.principal, question)
    if (decision.effect === 'allowed') continue
    call.denied = question
    const { service, principal, now } = call
    const { resourceName } = statement
    throw denialError(world.secrets, { service, principal, question, resourceName, decision, account: context.account, now })
  }
  call.otherAccounts = await otherAccountsOf(world, statements, context.account)
}

/** Owners of the resources that are not the caller's own account, those that live here. */
async function otherAccountsOf({ store }: World, statements: readonly AccessStatement[], own: string): Promise<readonly string[]> {
  const owners = statements
    .map(({ resource, resourceAccount }) => resourceAccount ?? parseArn(resource)?.account ?? '')
    .filter(owner => owner !== own && /^\d{12}$/.test(owner))
  if (owners.length === 0) return []
  const living = await store.read(tx => tx.selectFrom('accounts').select('id').where('id', 'in', owners).execute())
  return living.map(({ id }) => id)
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
  const run = (tx: Transaction) => {
    // A unit may run again: what the run before wanted done is not.
    later.length = 0
    recorded.length = 0
    const handleContext: HandleContext = {
      ...context,
      tx,
      afterCommit: work => void later.push(work),
      onRecord: work => void recorded.push(work),
    }
    return definition.handle(call.input, handleContext, call.prepared)
  }
  let output: unknown
  if (transaction === 'read') {
    output = await (call.moment === undefined ? world.store : await stateAt(past, call.moment)).read(run)
    for (const record of recordsOf(world, call, { output })) await appendRecord(world.store, record)
  } else {
    // Change and record in one unit: neither is ever there without the other.
    output = await world.store.write(async tx => {
      const result = await run(tx)
      const [own, ...others] = recordsOf(world, call, { output: result })
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
