import type { Json, JsonObject } from '../../types/json.ts'

/** The version of the Open Cybersecurity Schema Framework that events are written in: that of Amazon Security Lake for CloudTrail. */
export const ocsfVersion = '1.1.0'

/**
 * A record as an event of OCSF: sign-ins are Authentication (3002), all else is API Activity (6003). What has no place there is in `unmapped`, by its path.
 * schema.ocsf.io, version 1.1.0, with the profiles cloud and datetime; ocsf-examples, "Amazon CloudTrail".
 */
export function ocsfEvent(record: JsonObject): JsonObject {
  const signIn = record['eventType'] === 'AwsConsoleSignIn'
  const time = Date.parse(String(record['eventTime']))
  const failed = record['errorCode'] !== undefined || textAt(record, 'responseElements', 'ConsoleLogin') === 'Failure'
  return {
    ...(signIn ? authentication(record) : apiActivity(record)),
    severity_id: 1,
    severity: 'Informational',
    status_id: failed ? 2 : 1,
    status: failed ? 'Failure' : 'Success',
    ...given('status_code', record['errorCode']),
    ...given('status_detail', record['errorMessage']),
    time,
    time_dt: new Date(time).toISOString(),
    metadata: {
      version: ocsfVersion,
      profiles: ['cloud', 'datetime'],
      product: { name: 'CloudTrail', vendor_name: 'AWS', version: record['eventVersion'], feature: { name: record['eventCategory'] } },
      uid: record['eventID'],
      event_code: record['eventType'],
      ...given('correlation_uid', record['sharedEventID']),
    },
    cloud: { provider: 'AWS', region: record['awsRegion'], account: { uid: record['recipientAccountId'] } },
    api: {
      operation: record['eventName'],
      service: { name: record['eventSource'] },
      ...given('version', record['apiVersion']),
      ...(record['requestID'] !== undefined && { request: { uid: record['requestID'] } }),
      ...(failed && { response: { ...given('error', record['errorCode']), ...given('message', record['errorMessage']) } }),
    },
    actor: actorOf(record),
    src_endpoint: sourceOf(record),
    ...(record['userAgent'] !== undefined && { http_request: { user_agent: record['userAgent'] } }),
    ...(!signIn && Array.isArray(record['resources']) && { resources: record['resources'].map(resourceOf) }),
    unmapped: unmappedOf(record),
  }
}

const given = (name: string, value: Json | undefined): JsonObject =>
  value === undefined || value === null || value === '' ? {} : { [name]: value }

function textAt(value: Json | undefined, ...path: readonly string[]): string | undefined {
  const found = path.reduce<Json | undefined>((at, name) => (isObject(at) ? at[name] : undefined), value)
  return typeof found === 'string' ? found : undefined
}

const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Activities of API Activity by how an operation's name begins; what only reads is a read whatever its name. */
const activities: readonly { readonly id: number; readonly name: string; readonly begins: RegExp }[] = [
  { id: 1, name: 'Create', begins: /^(Create|Add|Allocate|Register|Run|Start|Upload|Generate|Import|Request)/ },
  { id: 4, name: 'Delete', begins: /^(Delete|Remove|Deregister|Terminate|Revoke|Untag|Cancel|Stop)/ },
  {
    id: 3,
    name: 'Update',
    begins: /^(Update|Put|Modify|Set|Attach|Detach|Associate|Disassociate|Change|Enable|Disable|Tag|Restore|Rotate|Apply|Move)/,
  },
]

function apiActivity(record: JsonObject): JsonObject {
  const name = String(record['eventName'])
  const found = record['readOnly'] === true ? { id: 2, name: 'Read' } : activities.find(({ begins }) => begins.test(name))
  const { id, name: activity } = found ?? { id: 99, name: 'Other' }
  return {
    category_uid: 6,
    category_name: 'Application Activity',
    class_uid: 6003,
    class_name: 'API Activity',
    activity_id: id,
    activity_name: activity,
    type_uid: 600_300 + id,
    type_name: `API Activity: ${activity}`,
  }
}

const signInActivities: { readonly [event: string]: { readonly id: number; readonly name: string } } = {
  ConsoleLogin: { id: 1, name: 'Logon' },
  SwitchRole: { id: 1, name: 'Logon' },
  ExitRole: { id: 2, name: 'Logoff' },
}

function authentication(record: JsonObject): JsonObject {
  const { id, name } = signInActivities[String(record['eventName'])] ?? { id: 99, name: 'Other' }
  const mfa = textAt(record, 'additionalEventData', 'MFAUsed')
  return {
    category_uid: 3,
    category_name: 'Identity & Access Management',
    class_uid: 3002,
    class_name: 'Authentication',
    activity_id: id,
    activity_name: name,
    type_uid: 300_200 + id,
    type_name: `Authentication: ${name}`,
    user: userOf(record),
    ...(mfa !== undefined && { is_mfa: mfa === 'Yes' }),
    is_remote: true,
    service: { name: record['eventSource'] },
  }
}

/** Types of OCSF's user by those of userIdentity. */
const userTypes: { readonly [type: string]: number } = { IAMUser: 1, Root: 2, AWSService: 3 }

function userOf(record: JsonObject): JsonObject {
  const identity = isObject(record['userIdentity']) ? record['userIdentity'] : {}
  const issuer = textAt(identity, 'sessionContext', 'sessionIssuer', 'userName')
  const type = String(identity['type'] ?? 'Unknown')
  const known = ['userName', 'arn', 'accountId'].some(member => identity[member] !== undefined)
  return {
    type,
    type_id: userTypes[type] ?? (type === 'Unknown' ? 0 : 99),
    // A user has an account, a name or a uid: whoever has none of his own goes by the service that he is, or by what he is.
    ...given('name', identity['userName'] ?? issuer ?? (known ? undefined : (identity['invokedBy'] ?? type))),
    ...given('uid', identity['arn']),
    ...given('uid_alt', identity['principalId']),
    ...given('credential_uid', identity['accessKeyId']),
    ...(identity['accountId'] !== undefined && { account: { uid: identity['accountId'] } }),
  }
}

function actorOf(record: JsonObject): JsonObject {
  const identity = isObject(record['userIdentity']) ? record['userIdentity'] : {}
  const created = textAt(identity, 'sessionContext', 'attributes', 'creationDate')
  const mfa = textAt(identity, 'sessionContext', 'attributes', 'mfaAuthenticated')
  const issuer = textAt(identity, 'sessionContext', 'sessionIssuer', 'arn')
  const provider = textAt(identity, 'sessionContext', 'webIdFederationData', 'federatedProvider') ?? textAt(identity, 'identityProvider')
  return {
    user: userOf(record),
    ...(created !== undefined && {
      session: {
        created_time: Date.parse(created),
        created_time_dt: created,
        ...given('is_mfa', mfa && mfa === 'true'),
        ...given('issuer', issuer),
      },
    }),
    ...(provider !== undefined && { idp: { name: provider } }),
    ...given('invoked_by', identity['invokedBy']),
  }
}

/** A source is an address, or the name of a service of AWS. */
function sourceOf(record: JsonObject): JsonObject {
  const source = String(record['sourceIPAddress'] ?? '')
  const isAddress = /^[0-9.]+$|:/.test(source)
  return { ...(isAddress ? { ip: source } : { domain: source, svc_name: source }), ...given('uid', record['vpcEndpointId']) }
}

function resourceOf(resource: Json): JsonObject {
  const { ARN, type, accountId } = isObject(resource) ? resource : {}
  return { ...given('uid', ARN), ...given('type', type), ...(accountId !== undefined && { owner: { account: { uid: accountId } } }) }
}

/** Members of a record that have a place of their own, those of userIdentity too. */
const mapped = new Set(
  (
    'eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorCode errorMessage requestID eventID resources eventType ' +
    'apiVersion recipientAccountId sharedEventID vpcEndpointId eventCategory'
  ).split(' '),
)

/** By path, such as `requestParameters.roleArn`, as Security Lake has them; texts stay, all else is JSON. */
function unmappedOf(record: JsonObject): JsonObject {
  const rest: JsonObject = {}
  const add = (value: Json | undefined, path: string): void => {
    if (value === undefined || value === null) return
    if (isObject(value)) for (const [key, item] of Object.entries(value)) add(item, `${path}.${key}`)
    else rest[path] = typeof value === 'string' ? value : JSON.stringify(value)
  }
  for (const [name, value] of Object.entries(record)) if (!mapped.has(name)) add(value, name)
  add(isObject(record['userIdentity']) ? record['userIdentity']['sessionContext'] : undefined, 'userIdentity.sessionContext')
  return rest
}
