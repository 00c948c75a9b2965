import type { LookedUpEvent } from '../../audit/looked-up-event.ts'
import type { JsonObject } from '../../types/json.ts'
import type { Member, ServiceModel, Shape } from '../../wire/model.ts'

export interface Operations {
  readonly ExplainEvent: { readonly input: { readonly eventId: string }; readonly output: ExplainEventResponse }
  readonly GetAccessGraph: { readonly input: GetAccessGraphRequest; readonly output: GetAccessGraphResponse }
  readonly WhoCan: { readonly input: WhoCanRequest; readonly output: WhoCanResponse }
  readonly FindPaths: { readonly input: { readonly from: string; readonly to: string }; readonly output: FindPathsResponse }
  readonly ListEscalations: { readonly input: PageRequest; readonly output: ListEscalationsResponse }
  readonly AuditAccount: { readonly input: AuditAccountRequest; readonly output: AuditAccountResponse }
  readonly PreviewPolicyChange: { readonly input: PreviewPolicyChangeRequest; readonly output: PreviewPolicyChangeResponse }
  readonly GetEventHistory: {
    readonly input: GetEventHistoryRequest
    readonly output: { readonly events: readonly HistoryEvent[]; readonly nextToken?: string }
  }
  readonly GetLeastPrivilegePolicy: { readonly input: GetLeastPrivilegePolicyRequest; readonly output: GetLeastPrivilegePolicyResponse }
}

/** An event of the history as LookupEvents shows it; its time in ISO 8601. */
export type HistoryEvent = Omit<LookedUpEvent, 'EventTime'> & { readonly EventTime: string }

export interface GetEventHistoryRequest extends PageRequest {
  /** Left out, Gatehouse's own. */
  readonly region?: string
  /** One of LookupEvents' attributes. */
  readonly attributeKey?: string
  readonly attributeValue?: string
  /** Epoch milliseconds. */
  readonly startTime?: number
}

export interface PageRequest {
  readonly maxResults?: number
  readonly nextToken?: string
}

/** What an answer lacks, by the caller's own rights above all. */
interface Incomplete {
  readonly dependsOn: readonly string[]
}

export interface ExplainEventResponse {
  readonly eventId: string
  readonly eventName: string
  /** `recorded`: as it was when the call was denied. `replayed`: what the record shows, asked again of the policies of now. */
  readonly basis: 'recorded' | 'replayed' | 'none'
  /** One an action and resource that the call was about. */
  readonly explanations: readonly JsonObject[]
  /** The explanations in words, as `gatehouse explain` prints them, or why there are none. */
  readonly text: string
}

export interface GetAccessGraphRequest {
  /** Nodes to begin at; left out, everyone. */
  readonly start?: readonly string[]
  /** Steps from there. */
  readonly depth?: number
  readonly maxNodes?: number
}

export interface GetAccessGraphResponse extends Incomplete {
  readonly nodes: readonly { readonly id: string; readonly kind: string; readonly count?: number; readonly members?: readonly string[] }[]
  readonly edges: readonly JsonObject[]
  /** Whether there is more than was asked for. */
  readonly truncated: boolean
}

export interface WhoCanRequest extends PageRequest {
  /** An action of AWS, or a verb of Kubernetes. */
  readonly action: string
  readonly resource?: string
  readonly context?: { readonly [key: string]: string }
  readonly cluster?: string
  readonly namespace?: string
  readonly subresource?: string
}

export interface WhoCanResponse extends Incomplete {
  readonly access: readonly JsonObject[]
  readonly unsure: readonly JsonObject[]
  readonly nextToken?: string
}

export interface FindPathsResponse extends Incomplete {
  readonly found: boolean
  /** The steps of a shortest one. */
  readonly path: readonly JsonObject[]
}

export interface ListEscalationsResponse extends Incomplete {
  readonly administrators: readonly string[]
  readonly escalations: readonly JsonObject[]
  readonly nextToken?: string
}

export interface AuditAccountRequest extends PageRequest {
  readonly cluster?: string
}

export interface AuditAccountResponse extends Incomplete {
  readonly findings: readonly JsonObject[]
  readonly passed: readonly string[]
  readonly notChecked: readonly string[]
  readonly nextToken?: string
}

export interface PreviewPolicyChangeRequest {
  readonly policyType: 'identity' | 'resource' | 'trust'
  /** The policy as it is; left out, there is none yet. */
  readonly currentPolicy?: string
  readonly proposedPolicy: string
  /** Where it goes: see withChange in analysis. Left out, only the texts are compared. */
  readonly subject?: string
}

export interface PreviewPolicyChangeResponse extends Incomplete {
  readonly newlyAllowed: JsonObject
  readonly newlyDenied: JsonObject
  /** Ways to an administrator that are there only after the change. */
  readonly newEscalations: readonly JsonObject[]
  readonly newAdministrators: readonly string[]
}

export interface GetLeastPrivilegePolicyRequest {
  /** A user or a role. */
  readonly principalArn: string
  /** How far back. */
  readonly days?: number
}

export interface GetLeastPrivilegePolicyResponse {
  readonly principalArn: string
  /** The document, as text; absent when nothing that was done needs a permission, as a policy has at least one statement. */
  readonly policy?: string
  /** How many calls it covers. */
  readonly calls: number
  /** Each permission with its resources and conditions. */
  readonly uses: readonly JsonObject[]
  /** Calls of which the policy says nothing, and why. */
  readonly dropped: readonly JsonObject[]
  readonly replayed: number
  /** Replayed calls that the policy alone does not allow. */
  readonly refused: readonly JsonObject[]
}

export type ErrorCode = 'ValidationException' | 'ResourceNotFoundException'

const string = (min = 0, max = 2_048) => ({ type: 'string', min, max }) satisfies Shape
const list = (shape: string, max?: number): Shape => ({ type: 'list', member: { shape }, ...(max !== undefined && { max }) })
const error = (code: ErrorCode, status: number): Shape => ({
  type: 'structure',
  members: { message: { shape: 'String' } },
  error: { code, status, sender: true },
})
const structure = (members: { readonly [name: string]: string }, required: readonly string[] = []): Shape => ({
  type: 'structure',
  members: Object.fromEntries(Object.entries(members).map(([name, shape]) => [name, { shape } satisfies Member])),
  required,
})
const operation = (name: keyof Operations, path: string) => ({
  method: 'POST',
  uri: path,
  input: `${name}Request`,
  output: `${name}Response`,
  errors: ['ValidationException', 'ResourceNotFoundException'],
})

const page = { maxResults: 'MaxResults', nextToken: 'NextToken' }
const incomplete = { dependsOn: 'Texts' }

/** Questions about who may do what and why, of the running world: what `gatehouse path`, `who-can`, `audit` and their kin answer. Gatehouse's own. */
export const model: ServiceModel = {
  service: 'gatehouse-analysis',
  serviceId: 'Gatehouse Analysis',
  apiVersion: '2026-11-26',
  protocol: 'rest-json',
  endpointPrefix: 'gatehouse-analysis',
  signingName: 'gatehouse-analysis',
  operations: {
    ExplainEvent: operation('ExplainEvent', '/explain-event'),
    GetAccessGraph: operation('GetAccessGraph', '/access-graph'),
    WhoCan: operation('WhoCan', '/who-can'),
    FindPaths: operation('FindPaths', '/paths'),
    ListEscalations: operation('ListEscalations', '/escalations'),
    AuditAccount: operation('AuditAccount', '/audit'),
    PreviewPolicyChange: operation('PreviewPolicyChange', '/preview-policy-change'),
    GetEventHistory: operation('GetEventHistory', '/event-history'),
    GetLeastPrivilegePolicy: operation('GetLeastPrivilegePolicy', '/least-privilege-policy'),
  },
  shapes: {
    String: { type: 'string' },
    Boolean: { type: 'boolean' },
    Integer: { type: 'integer' },
    Document: { type: 'document' },
    Documents: list('Document'),
    Texts: list('String'),
    Name: string(1),
    EventId: { type: 'string', min: 36, max: 36, pattern: '[0-9a-fA-F-]{36}' },
    NodeIds: list('Name', 50),
    Depth: { type: 'integer', min: 1, max: 8 },
    MaxNodes: { type: 'integer', min: 1, max: 1_000 },
    MaxResults: { type: 'integer', min: 1, max: 1_000 },
    NextToken: string(1, 64),
    PolicyType: { type: 'string', enum: ['identity', 'resource', 'trust'] },
    PolicyText: string(1, 131_072),
    ContextKeys: { type: 'map', key: { shape: 'Name' }, value: { shape: 'String' }, max: 100 },
    Node: structure({ id: 'String', kind: 'String', count: 'Integer', members: 'Texts' }, ['id', 'kind']),
    Nodes: list('Node'),
    ExplainEventRequest: structure({ eventId: 'EventId' }, ['eventId']),
    ExplainEventResponse: structure({ eventId: 'String', eventName: 'String', basis: 'String', explanations: 'Documents', text: 'String' }),
    GetAccessGraphRequest: structure({ start: 'NodeIds', depth: 'Depth', maxNodes: 'MaxNodes' }),
    GetAccessGraphResponse: structure({ nodes: 'Nodes', edges: 'Documents', truncated: 'Boolean', ...incomplete }),
    WhoCanRequest: structure(
      { action: 'Name', resource: 'Name', context: 'ContextKeys', cluster: 'Name', namespace: 'Name', subresource: 'Name', ...page },
      ['action'],
    ),
    WhoCanResponse: structure({ access: 'Documents', unsure: 'Documents', nextToken: 'String', ...incomplete }),
    FindPathsRequest: structure({ from: 'Name', to: 'Name' }, ['from', 'to']),
    FindPathsResponse: structure({ found: 'Boolean', path: 'Documents', ...incomplete }),
    ListEscalationsRequest: structure(page),
    ListEscalationsResponse: structure({ administrators: 'Texts', escalations: 'Documents', nextToken: 'String', ...incomplete }),
    AuditAccountRequest: structure({ cluster: 'Name', ...page }),
    AuditAccountResponse: structure({ findings: 'Documents', passed: 'Texts', notChecked: 'Texts', nextToken: 'String', ...incomplete }),
    PreviewPolicyChangeRequest: structure(
      { policyType: 'PolicyType', currentPolicy: 'PolicyText', proposedPolicy: 'PolicyText', subject: 'Name' },
      ['policyType', 'proposedPolicy'],
    ),
    PreviewPolicyChangeResponse: structure({
      newlyAllowed: 'Document',
      newlyDenied: 'Document',
      newEscalations: 'Documents',
      newAdministrators: 'Texts',
      ...incomplete,
    }),
    Moment: { type: 'long', min: 0 },
    GetEventHistoryRequest: structure({ region: 'Name', attributeKey: 'Name', attributeValue: 'String', startTime: 'Moment', ...page }),
    GetEventHistoryResponse: structure({ events: 'Documents', nextToken: 'String' }),
    Days: { type: 'integer', min: 1, max: 90 },
    GetLeastPrivilegePolicyRequest: structure({ principalArn: 'Name', days: 'Days' }, ['principalArn']),
    GetLeastPrivilegePolicyResponse: structure({
      principalArn: 'String',
      policy: 'String',
      calls: 'Integer',
      uses: 'Documents',
      dropped: 'Documents',
      replayed: 'Integer',
      refused: 'Documents',
    }),
    ValidationException: error('ValidationException', 400),
    ResourceNotFoundException: error('ResourceNotFoundException', 404),
  },
}

/** Plain data as it goes over the wire. */
export const plain = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject
