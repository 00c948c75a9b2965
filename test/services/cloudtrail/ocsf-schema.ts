import type { Json, JsonObject } from '../../../src/types/json.ts'
import { isIP } from 'node:net'

/**
 * What the Open Cybersecurity Schema Framework asks of the classes API Activity (6003) and Authentication (3002), and of the objects in them, with the profiles
 * cloud and datetime: the attributes that events of CloudTrail can have. Version 1.1.0 of 2024-01-25, by the definitions in github.com/ocsf/ocsf-schema
 * (events/application/api_activity.json, events/iam/authentication.json, objects, profiles), read on 2026-11-26.
 */
export const ocsfSchema = { version: '1.1.0', released: '2024-01-25', read: '2026-11-26' } as const

type Type = 'string' | 'integer' | 'boolean' | 'timestamp' | 'datetime' | 'ip' | 'any' | 'strings' | `${string}[]` | ObjectName
type ObjectName =
  | 'metadata'
  | 'product'
  | 'feature'
  | 'cloud'
  | 'account'
  | 'api'
  | 'request'
  | 'response'
  | 'service'
  | 'actor'
  | 'user'
  | 'session'
  | 'idp'
  | 'network_endpoint'
  | 'http_request'
  | 'resource_details'

interface Definition {
  /** Types by attribute; required ones have an exclamation mark after their name. */
  readonly attributes: { readonly [name: string]: Type }
  readonly atLeastOne?: readonly string[]
  /** Values of attributes that are enumerations. */
  readonly values?: { readonly [name: string]: readonly (number | string)[] }
}

const baseEvent = {
  'activity_id!': 'integer',
  activity_name: 'string',
  'category_uid!': 'integer',
  category_name: 'string',
  'class_uid!': 'integer',
  class_name: 'string',
  'type_uid!': 'integer',
  type_name: 'string',
  'severity_id!': 'integer',
  severity: 'string',
  status_id: 'integer',
  status: 'string',
  status_code: 'string',
  status_detail: 'string',
  'time!': 'timestamp',
  time_dt: 'datetime',
  message: 'string',
  'metadata!': 'metadata',
  // Of the profile cloud.
  'cloud!': 'cloud',
  unmapped: 'any',
} as const

const baseValues = { severity_id: [0, 1, 2, 3, 4, 5, 6, 99], status_id: [0, 1, 2, 99] }

const classes: { readonly [uid: number]: Definition } = {
  6003: {
    attributes: {
      ...baseEvent,
      'actor!': 'actor',
      'api!': 'api',
      dst_endpoint: 'network_endpoint',
      http_request: 'http_request',
      resources: 'resource_details[]',
      'src_endpoint!': 'network_endpoint',
    },
    values: { ...baseValues, activity_id: [0, 1, 2, 3, 4, 99], category_uid: [6] },
  },
  3002: {
    attributes: {
      ...baseEvent,
      actor: 'actor',
      // Of the profile cloud.
      api: 'api',
      auth_protocol: 'string',
      auth_protocol_id: 'integer',
      dst_endpoint: 'network_endpoint',
      http_request: 'http_request',
      is_cleartext: 'boolean',
      is_mfa: 'boolean',
      is_new_logon: 'boolean',
      is_remote: 'boolean',
      logon_type: 'string',
      logon_type_id: 'integer',
      service: 'service',
      session: 'session',
      src_endpoint: 'network_endpoint',
      'user!': 'user',
    },
    atLeastOne: ['service', 'dst_endpoint'],
    values: { ...baseValues, activity_id: [0, 1, 2, 3, 4, 5, 6, 99], category_uid: [3] },
  },
}

const objects: { readonly [Name in ObjectName]: Definition } = {
  metadata: {
    attributes: {
      'product!': 'product',
      'version!': 'string',
      profiles: 'strings',
      uid: 'string',
      event_code: 'string',
      correlation_uid: 'string',
      labels: 'strings',
      log_name: 'string',
      log_provider: 'string',
      original_time: 'string',
    },
  },
  product: {
    attributes: { name: 'string', 'vendor_name!': 'string', version: 'string', uid: 'string', feature: 'feature', lang: 'string' },
    atLeastOne: ['name', 'uid'],
  },
  feature: { attributes: { name: 'string', uid: 'string', version: 'string' }, atLeastOne: ['name', 'uid'] },
  cloud: { attributes: { 'provider!': 'string', region: 'string', account: 'account', project_uid: 'string', zone: 'string' } },
  account: { attributes: { name: 'string', uid: 'string', type: 'string', type_id: 'integer' }, atLeastOne: ['name', 'uid'] },
  api: {
    attributes: { 'operation!': 'string', request: 'request', response: 'response', service: 'service', version: 'string' },
  },
  request: { attributes: { 'uid!': 'string', flags: 'strings' } },
  response: { attributes: { code: 'integer', error: 'string', error_message: 'string', flags: 'strings', message: 'string' } },
  service: {
    attributes: { name: 'string', uid: 'string', version: 'string', labels: 'strings' },
    atLeastOne: ['name', 'uid'],
  },
  actor: {
    attributes: { idp: 'idp', invoked_by: 'string', session: 'session', user: 'user' },
    atLeastOne: ['process', 'user', 'invoked_by', 'session'],
  },
  user: {
    attributes: {
      account: 'account',
      credential_uid: 'string',
      domain: 'string',
      email_addr: 'string',
      full_name: 'string',
      name: 'string',
      type: 'string',
      type_id: 'integer',
      uid: 'string',
      uid_alt: 'string',
    },
    atLeastOne: ['account', 'name', 'uid'],
    values: { type_id: [0, 1, 2, 3, 99] },
  },
  session: {
    attributes: {
      created_time: 'timestamp',
      created_time_dt: 'datetime',
      credential_uid: 'string',
      expiration_time: 'timestamp',
      is_mfa: 'boolean',
      is_remote: 'boolean',
      issuer: 'string',
      uid: 'string',
      uid_alt: 'string',
    },
  },
  idp: { attributes: { name: 'string', uid: 'string' }, atLeastOne: ['name', 'uid'] },
  network_endpoint: {
    attributes: { domain: 'string', hostname: 'string', ip: 'ip', name: 'string', port: 'integer', svc_name: 'string', uid: 'string' },
    atLeastOne: ['ip', 'uid', 'name', 'hostname', 'svc_name', 'instance_uid', 'interface_uid', 'interface_name'],
  },
  http_request: { attributes: { user_agent: 'string', uid: 'string', http_method: 'string', referrer: 'string' } },
  resource_details: {
    attributes: { name: 'string', uid: 'string', type: 'string', owner: 'user', region: 'string', version: 'string', data: 'any' },
    atLeastOne: ['name', 'uid'],
  },
}

const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

const checks: { readonly [type: string]: (value: Json) => boolean } = {
  any: () => true,
  string: value => typeof value === 'string' && value !== '',
  integer: value => Number.isInteger(value),
  boolean: value => typeof value === 'boolean',
  timestamp: value => Number.isInteger(value) && (value as number) > 0,
  datetime: value => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value),
  ip: value => typeof value === 'string' && isIP(value) !== 0,
  strings: value => Array.isArray(value) && value.every(item => typeof item === 'string'),
}

/** What the schema has against an event, by path; nothing of one that it takes. */
export function ocsfProblems(event: JsonObject): string[] {
  const definition = classes[Number(event['class_uid'])]
  if (!definition) return [`class_uid: ${JSON.stringify(event['class_uid'])} is none of the classes`]
  const { class_uid: classUid, activity_id: activity, type_uid: type, metadata } = event
  return [
    ...problemsOf(event, definition, ''),
    ...(type === Number(classUid) * 100 + Number(activity) ? [] : ['type_uid: is not class_uid * 100 + activity_id']),
    ...(isObject(metadata) && metadata['version'] === ocsfSchema.version ? [] : ['metadata.version: is another']),
  ]
}

function problemsOf(value: JsonObject, { attributes, atLeastOne, values = {} }: Definition, path: string): string[] {
  const types = new Map(Object.entries(attributes).map(([name, type]) => [name.replace('!', ''), type]))
  const required = Object.keys(attributes).filter(name => name.endsWith('!'))
  const missing = required.map(name => name.slice(0, -1)).filter(name => value[name] === undefined)
  return [
    ...missing.map(name => `${path}${name}: is required`),
    ...(atLeastOne && !atLeastOne.some(name => value[name] !== undefined) ? [`${path}: has none of ${atLeastOne.join(', ')}`] : []),
    ...Object.entries(value).flatMap(([name, item]) => {
      const type = types.get(name)
      if (type === undefined) return [`${path}${name}: is not an attribute`]
      if (values[name] && !values[name].includes(item as number)) return [`${path}${name}: ${JSON.stringify(item)} is no value of it`]
      return attributeProblems(item as Json, type, `${path}${name}`)
    }),
  ]
}

function attributeProblems(value: Json, type: Type, path: string): string[] {
  if (type.endsWith('[]')) {
    if (!Array.isArray(value)) return [`${path}: is no list`]
    return value.flatMap((item, index) => attributeProblems(item, type.slice(0, -2) as Type, `${path}[${index}]`))
  }
  const check = checks[type]
  if (check) return check(value) ? [] : [`${path}: ${JSON.stringify(value)} is no ${type}`]
  return isObject(value) ? problemsOf(value, objects[type as ObjectName], `${path}.`) : [`${path}: is no object`]
}
