import type { ProtocolName } from '../../src/wire/model.ts'

/** What a client needs of a service's model to encode inputs and decode outputs. */
export interface ClientModel {
  readonly apiVersion: string
  readonly protocol: ProtocolName
  readonly signingName: string
  readonly jsonVersion?: string | undefined
  readonly targetPrefix?: string | undefined
  readonly operations: { readonly [name: string]: ClientOperation }
  readonly shapes: { readonly [name: string]: ClientShape }
}

export interface ClientOperation {
  readonly method: string
  readonly uri: string
  readonly input?: string | undefined
  readonly output?: string | undefined
  readonly resultWrapper?: string | undefined
  readonly paging?: { readonly input: string; readonly output: string; readonly result: readonly string[] }
}

export type ClientShape =
  | { readonly type: 'structure'; readonly members: { readonly [name: string]: ClientMember }; readonly payload?: string }
  | { readonly type: 'list'; readonly member: ClientMember }
  | { readonly type: 'map'; readonly key: ClientMember; readonly value: ClientMember }
  | { readonly type: 'string' | 'integer' | 'long' | 'float' | 'double' | 'boolean' | 'timestamp' | 'blob' | 'document' }

export interface ClientMember {
  readonly shape: string
  readonly location?: 'uri' | 'querystring' | 'header' | 'headers' | 'statusCode'
  readonly name?: string
  readonly idempotencyToken?: boolean
}
