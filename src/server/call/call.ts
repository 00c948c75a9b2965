import type { CallContext, EnrichingStore } from '../../audit/enriched-events.ts'
import type { AuthorizationQuestion, Authorizer } from '../../identity/authorizer.ts'
import type { CredentialDirectory } from '../../identity/credentials.ts'
import type { LastUses } from '../../identity/last-uses.ts'
import { accountOf, type Principal } from '../../identity/principal.ts'
import type { AccessContext, Operation, Service } from '../../services/operation.ts'
import type { RequestFacts } from '../../services/request-facts.ts'
import type { World } from '../../services/world.ts'
import type { PastStates, Store } from '../../store/index.ts'
import type { WireRequest } from '../../wire/message.ts'
import type { SignatureClaim } from '../../wire/sigv4/claim.ts'
import type { LoadShedding } from '../load-shedding.ts'
import type { Log } from '../log.ts'
import type { CallObserver } from '../observation/call-observer.ts'
import type { Registry } from '../registry.ts'
import { actingRegionOf } from './region.ts'

export interface PipelineParts {
  readonly world: World
  /** The store as decisions see it: see `--propagation-delay`. */
  readonly propagated: Pick<Store, 'read'>
  readonly past: PastStates
  readonly registry: Registry
  readonly credentials: CredentialDirectory
  readonly authorizer: Authorizer
  readonly lastUses: LastUses
  /** The event data stores that enrich their events. */
  readonly enrichingStores: () => Promise<readonly EnrichingStore[]>
  readonly now: () => number
  readonly log: Log
  /** Told of every call once it is answered. */
  readonly observer?: CallObserver
  /** What bounds the calls that are taken on; absent, all are. */
  readonly load?: LoadShedding
}

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
  /** What event data stores enrich their events of the call with, where any does. */
  enriching?: { readonly stores: readonly EnrichingStore[]; readonly context?: CallContext }
  /** The accounts that own what the call is allowed to touch, the caller's own aside. */
  otherAccounts?: readonly string[]
}

/** A context without its transaction, which each step gets for itself. */
export type CallFacts = Omit<AccessContext, 'tx'>

/** What every operation may know of a call. */
export function callFacts(world: World, call: Call): CallFacts {
  return {
    account: accountOf(call.principal, world.settings.account),
    region: actingRegionOf(call, world.settings.region),
    principal: call.principal,
    now: call.now,
    requestId: call.requestId,
    request: call.facts,
    ...(call.wire && { wire: call.wire }),
    world,
  }
}

/** Where what decides is read: STS reads the roles and providers that it hands out sessions of as decisions see them. */
export const storeOf = ({ world, propagated }: PipelineParts, { service }: Call): Pick<Store, 'read'> =>
  service.decidesOnPropagated ? propagated : world.store
