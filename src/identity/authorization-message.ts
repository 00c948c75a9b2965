import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { AuthorizationRequest, ContextValue, Decision, Statement } from '../policy/index.ts'
import type { Secrets } from '../store/index.ts'
import { parseArn } from '../types/arn.ts'
import type { Json, JsonObject } from '../types/json.ts'

/**
 * The encoded message that some services give with a denial: what was asked and why it was refused, for those who may decode it and not for
 * the caller. Encrypted under the data key; nothing is kept.
 * EC2 API Reference, "Error codes", UnauthorizedOperation; STS API Reference, "DecodeAuthorizationMessage".
 */
const purpose = 'authorization message'
/** DecodeAuthorizationMessage takes no more; contexts that are larger are left out, and so are statements. */
const longest = 10_240
const mostDecoded = 256 * 1024
/** "...or if the message has expired": AWS does not say when. */
const lifetime = 86_400_000

interface Sealed {
  readonly at: number
  readonly account: string
  readonly text: string
}

/**
 * Encodes a denial.
 * @param account  whose principals may decode it
 * @param now      epoch milliseconds
 */
export function encodeAuthorizationMessage(
  secrets: Pick<Secrets, 'encrypt'>,
  request: AuthorizationRequest,
  decision: Decision,
  { principalId, account, now }: { readonly principalId: string; readonly account: string; readonly now: number },
): string {
  const seal = (content: JsonObject) =>
    secrets.encrypt(deflateRawSync(JSON.stringify({ at: now, account, text: JSON.stringify(content) })), purpose)
  const whole = seal(contentOf(request, decision, principalId))
  if (whole.length <= longest) return whole
  const bare = { ...request, context: {} }
  const withoutContext = seal(contentOf(bare, decision, principalId))
  return withoutContext.length <= longest ? withoutContext : seal(contentOf(bare, { ...decision, statements: [] }, principalId))
}

/** What a message says, as JSON; undefined when it is not one of ours, expired, or another account's. */
export function decodeAuthorizationMessage(
  secrets: Pick<Secrets, 'decrypt'>,
  message: string,
  { account, now }: { readonly account: string; readonly now: number },
): string | undefined {
  try {
    const packed = secrets.decrypt(message, purpose)
    const sealed = JSON.parse(inflateRawSync(packed, { maxOutputLength: mostDecoded }).toString('utf8')) as Sealed
    return sealed.account === account && now < sealed.at + lifetime ? sealed.text : undefined
  } catch {
    return undefined
  }
}

/** As the AWS CLI reference prints it, in the examples of "decode-authorization-message". */
const contentOf = (
  { principal, action, resource, context }: AuthorizationRequest,
  decision: Decision,
  principalId: string,
): JsonObject => ({
  allowed: false,
  explicitDeny: decision.effect === 'explicitDeny',
  matchedStatements: { items: decision.statements.map(({ statement }) => statementOf(statement, principalId)) },
  failures: { items: [] },
  context: {
    principal: {
      id: principalId,
      ...(principal.type === 'user' && { name: principal.userName }),
      ...('arn' in principal && { arn: principal.arn }),
    },
    action,
    resource,
    conditions: { items: pairs({ ...context, ...resourceKeys(resource) }) },
  },
})

/**
 * A statement that denied. How AWS tells NotAction and NotResource is not documented.
 * @param principalId  of the session, or of the user; a role's session begins with the role's
 */
const statementOf = ({ sid, action, resource, conditions }: Statement, principalId: string): JsonObject => ({
  statementId: sid ?? '',
  effect: 'DENY',
  principals: { items: values([principalId.split(':')[0]]) },
  principalGroups: { items: [] },
  [action.negated ? 'notActions' : 'actions']: { items: values(action.values) },
  [resource?.negated ? 'notResources' : 'resources']: { items: values(resource?.values ?? []) },
  conditions: { items: conditions.map(({ key, values: wanted }) => ({ key, values: { items: values(wanted) } })) },
})

/** The parts of a resource's ARN, which the message tells among the condition keys. */
function resourceKeys(resource: string): { readonly [key: string]: string } {
  const arn = parseArn(resource)
  if (!arn) return {}
  return {
    'aws:ARN': resource,
    'aws:Service': arn.service,
    'aws:Region': arn.region,
    'aws:Account': arn.account,
    'aws:Resource': arn.resource,
    'aws:Type': arn.resource.split(/[/:]/)[0] ?? '',
  }
}

const pairs = (keys: { readonly [key: string]: ContextValue | undefined }): Json[] =>
  Object.entries(keys).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [{ key, values: { items: values([value].flat()) } }],
  )

const values = (items: readonly unknown[]): Json[] =>
  items.map(item => ({ value: item instanceof Date ? item.toISOString() : String(item) }))
