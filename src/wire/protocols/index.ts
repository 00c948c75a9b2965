import type { ProtocolName } from '../model.ts'
import { json } from './json.ts'
import type { Protocol } from './protocol.ts'
import { query } from './query.ts'
import { restJson } from './rest-json.ts'

/** The protocols that served services speak, by the name in their models. */
const protocols: { readonly [Name in ProtocolName]?: Protocol } = { query, json, 'rest-json': restJson }

/** @throws Error for a protocol without an implementation: a mistake of the build, not of a request */
export function protocolOf(name: ProtocolName): Protocol {
  const protocol = protocols[name]
  if (!protocol) throw new Error(`no implementation of the ${name} protocol`)
  return protocol
}

export type { Protocol }
