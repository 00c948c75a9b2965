import type { NewRecord } from '../audit/records.ts'
import type { Principal } from '../identity/principal.ts'
import type { CompiledPolicy, PolicyPrincipal, RequestContext } from '../policy/index.ts'
import type { Transaction } from '../store/index.ts'
import type { JsonObject } from '../types/json.ts'
import { type ErrorClasses, errorClasses } from '../wire/errors.ts'
import type { WireRequest } from '../wire/message.ts'
import type { ServiceModel } from '../wire/model.ts'
import type { PatternWords } from '../wire/validation.ts'
import { isReadOnly } from './read-only.ts'
import type { World } from './world.ts'
import type { RequestFacts } from './request-facts.ts'

/** Facts of one call that every operation may read. Nothing else comes from outside: no clock, no randomness, no globals. */
export interface CallContext {
  /** The account that the call acts in: the caller's. */
  readonly account: string
  readonly region: string
  readonly principal: Principal
  /** Epoch milliseconds. */
  readonly now: number
  readonly requestId: string
  readonly request: RequestFacts
  /** The request itself, for operations that pass it on. */
  readonly wire?: WireRequest
  readonly world: World
}

/** What `access` gets: committed state to read, never a write transaction. */
export interface AccessContext extends CallContext {
  readonly tx: Transaction
}

/** What `handle` gets: the one transaction of the call. */
export interface HandleContext extends CallContext {
  readonly tx: Transaction
  /** Work for after the commit, such as starting a process; never for state. Not run when the transaction fails. */
  afterCommit(work: () => void | Promise<void>): void
  /** A record beside the call's own: both are there, or neither. */
  alsoRecord(record: NewRecord): void
  /** Work in the same unit, once the call's own record is in it: told the record's seq, which engines give as they like. */
  onRecord(work: (seq: number) => Promise<void>): void
}

/**
 * One action on one resource that a call needs to be allowed.
 * Service Authorization Reference, "Actions, resources, and condition keys".
 */
export interface AccessStatement {
  /** Such as `iam:CreateUser`; left out, the operation's own. */
  readonly action?: string
  /** An ARN, or `*` for actions without resource types. */
  readonly resource: string
  /** How a denial names the resource when not by its ARN: IAM says `role Deployer`. */
  readonly resourceName?: string
  /** Condition keys of the request and resource, such as `iam:PermissionsBoundary` or `aws:RequestTag/team`. */
  readonly keys?: RequestContext
  /** The resource's own policy, such as a role's trust policy. */
  readonly resourcePolicy?: CompiledPolicy
  /** True when the resource policy must allow even inside one account: trust policies, KMS key policies. */
  readonly resourceMustAllow?: boolean
  /** The account that owns the resource when its ARN does not say so. */
  readonly resourceAccount?: string
  /** Decide for this principal instead of the caller: a web identity's, a SAML user's. */
  readonly principal?: PolicyPrincipal
}

/** What the operation adds to its CloudTrail record beyond what the model gives. CloudTrail User Guide, "CloudTrail record contents". */
export interface TrailDetails {
  readonly resources?: readonly { ARN: string; accountId?: string; type?: string }[]
  readonly requestParameters?: JsonObject | null
  /** Beside the request's own: what a token or the caller's session brings along. */
  readonly addedParameters?: JsonObject
  readonly responseElements?: JsonObject | null
  readonly additionalEventData?: JsonObject
  /** Replaces the caller's userIdentity: web identity and SAML callers have no credentials. */
  readonly userIdentity?: JsonObject
  readonly recipientAccountId?: string
}

export interface OperationDefinition<Input, Output, Prepared> {
  /**
   * Work that reaches outside (fetching keys, a TLS chain), done before access and outside any transaction.
   * Its result is handed to `access`, `handle` and `trail`.
   */
  prepare?(input: Input, context: AccessContext): Promise<Prepared>
  /** The actions and resources that the call touches; all must be allowed. An empty list needs the author's reason in a comment. */
  access(
    input: Input,
    context: AccessContext,
    prepared: Prepared,
  ): readonly AccessStatement[] | AccessStatement | Promise<readonly AccessStatement[] | AccessStatement>
  /**
   * What the operation needs from outside once the call is allowed and before its transaction: calls of other services through `world.calls`, a body
   * that is read as it comes. What it returns goes to `handle` and `trail` in the place of `prepared`.
   */
  reach?(input: Input, context: CallContext, prepared: Prepared): Promise<Prepared | void>
  /** Undoes what `reach` made when `handle` fails. */
  abandon?(prepared: Prepared, context: CallContext): Promise<void>
  handle(input: Input, context: HandleContext, prepared: Prepared): Promise<Output>
  trail?(input: Input, output: Output | undefined, context: CallContext, prepared: Prepared | undefined): TrailDetails
  /** Which transaction `handle` runs in; left out, `write` unless the operation is read-only in CloudTrail's sense. */
  readonly transaction?: 'read' | 'write'
  /** What CloudTrail calls the operation, where not by its name: `ListObjects` is the name of both versions. */
  readonly eventName?: string
  /** CloudTrail's eventCategory; left out, a management event. Data events, such as those of S3's objects, are not in the event history. */
  readonly eventCategory?: 'Data'
}

/** An operation as the registry and the pipeline see it: types erased, the model's entry beside it. */
export interface Operation {
  readonly name: string
  readonly service: Service
  readonly action: string
  /** CloudTrail's readOnly. */
  readonly readOnly: boolean
  readonly transaction: 'read' | 'write'
  readonly definition: OperationDefinition<unknown, unknown, unknown>
}

/** What distinguishes one AWS service from another, apart from its operations. */
export interface ServiceOptions {
  /** The endpoint prefix, as in `aws iam`: also the SigV4 signing name unless the model says otherwise. */
  readonly name: string
  readonly model: ServiceModel
  /** The prefix of its actions in policies, such as `iam` or `access-analyzer`. */
  readonly actionPrefix: string
  /** CloudTrail's eventSource, such as `iam.amazonaws.com`. */
  readonly eventSource: string
  /** What it says of values that do not have their pattern's form, where that is not what all services say. */
  readonly patternWords?: PatternWords
  /** The code and status with which the service refuses an unauthorized call. */
  readonly accessDenied: { readonly code: string; readonly status: number }
  /** True for IAM and STS's global endpoint: records carry us-east-1. */
  readonly global?: boolean
  /** True for services that answer in us-east-1 too, wherever Gatehouse is: what global services did is looked up there. */
  readonly inGlobalRegion?: boolean
  /** True for services whose resources' policies may let in callers without credentials, as S3's do. */
  readonly anonymous?: boolean
  /** True for services whose `prepare` and `access` read what has propagated, as STS does. */
  readonly decidesOnPropagated?: boolean
  /** True for services whose denials carry a message for DecodeAuthorizationMessage, such as EC2. */
  readonly encodesDenials?: boolean
  /** True for services that tell callers of other accounts that they are denied and nothing else, as S3 does. */
  readonly hidesDenials?: boolean
  /** For a service that another server is: the request as that one takes it. Its operations' outputs are answers of the wire. */
  passesOn?(request: WireRequest): WireRequest
  /** Holds a body that came whole against what its headers say of it. @throws ServiceError */
  checkBody?(request: WireRequest, operationName: string): void
}

export interface Service extends ServiceOptions {}

/** What an operation of a model takes. */
export type InputOf<Shapes> = Shapes extends { input: infer Input } ? Input : never
/** What an operation of a model answers. */
export type OutputOf<Shapes> = Shapes extends { output: infer Output } ? Output : never

/** A service under construction: makes operations and holds the error classes of its model by wire code. */
export type ServiceDefinition<Operations, Code extends string> = Service &
  ErrorClasses<Code> & {
    operation<Name extends keyof Operations & string, Prepared = undefined>(
      name: Name,
      definition: OperationDefinition<InputOf<Operations[Name]>, OutputOf<Operations[Name]>, Prepared>,
    ): Operation
  }

/**
 * Defines a service: `const iam = defineService<Operations, ErrorCode>({...})`, then `iam.operation('CreateUser', {...})`
 * and `throw new iam.EntityAlreadyExists('...')`.
 */
export function defineService<Operations extends object, Code extends string>(
  options: ServiceOptions,
): ServiceDefinition<Operations, Code> {
  const service = { ...options, ...errorClasses<Code>(options.model) }
  const operation = (name: string, definition: OperationDefinition<unknown, unknown, unknown>): Operation => {
    if (!options.model.operations[name]) throw new Error(`${options.name} has no operation ${name}`)
    const readOnly = isReadOnly(name)
    return {
      name,
      service,
      action: `${options.actionPrefix}:${name}`,
      readOnly,
      transaction: definition.transaction ?? (readOnly ? 'read' : 'write'),
      definition,
    }
  }
  return Object.assign(service, { operation }) as unknown as ServiceDefinition<Operations, Code>
}

/** The operations that the given modules export, for a service's index: `operationsOf(users, groups, roles)`. */
export function operationsOf(...modules: readonly object[]): Operation[] {
  return modules.flatMap(module => Object.values(module).filter(isOperation))
}

const isOperation = (value: unknown): value is Operation =>
  typeof value === 'object' && value !== null && 'definition' in value && 'service' in value && 'action' in value
