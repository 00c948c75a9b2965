import type { ProtocolName } from '../model.ts'
import { ec2 } from './ec2.ts'
import { json } from './json.ts'
import type { Protocol } from './protocol.ts'
import { query } from './query.ts'
import { restJson } from './rest-json.ts'
import { restXml } from './rest-xml.ts'

const protocols: { readonly [Name in ProtocolName]: Protocol } = { query, ec2, json, 'rest-json': restJson, 'rest-xml': restXml }

/** The protocol by the name in a model. */
export const protocolOf = (name: ProtocolName): Protocol => protocols[name]

export type { Protocol }
