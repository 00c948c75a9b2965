import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { AuthorizationRequest, ContextValue, Decision } from '../policy/index.ts'
import type { Secrets } from '../store/index.ts'
import type { Json, JsonObject } from '../types/json.ts'

/**
 * The encoded message that some services give with a denial: what was asked and why it was refused, for those who may decode it and not for
 * the caller. Encrypted under the data key; nothing is kept.
 * EC2 API Reference, "Error codes", UnauthorizedOperation; STS API Reference, "DecodeAuthorizationMessage".
 */
const purpose = 'authorization message'
/** DecodeAuthorizationMessage takes no more; contexts that are larger are left out. */
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
  return whole.length <= longest ? whole : seal(contentOf({ ...request, context: {} }, decision, principalId))
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

const contentOf = (
  { principal, action, resource, context }: AuthorizationRequest,
  decision: Decision,
  principalId: string,
): JsonObject => ({
  allowed: false,
  explicitDeny: decision.effect === 'explicitDeny',
  matchedStatements: {
    items: decision.statements.map(({ sid, policy }) => ({
      statementId: sid ?? '',
      effect: 'DENY',
      sourcePolicyId: policy.id,
      sourcePolicyType: policy.type,
    })),
  },
  failures: { items: [] },
  context: {
    principal: { id: principalId, ...('arn' in principal && { arn: principal.arn }) },
    action,
    resource,
    conditions: {
      items: Object.entries(context).flatMap(([key, value]) => (value === undefined ? [] : [{ key, values: valuesOf(value) }])),
    },
  },
})

const valuesOf = (value: ContextValue): Json => ({
  items: [value].flat().map(item => ({ value: item instanceof Date ? item.toISOString() : String(item) })),
})
