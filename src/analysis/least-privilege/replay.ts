import { compilePolicy, decide, parsePolicy, type PolicyPrincipal, type RequestContext } from '../../policy/index.ts'
import type { PolicyDocumentJson } from './policy.ts'
import { type CallRecord, textAt } from './record.ts'
import { type ArnOfName, asRequested } from './resources.ts'
import { usesOf } from './uses.ts'

/** A recorded call that a policy does not allow. */
export interface Refusal {
  readonly eventId: string
  readonly action: string
  readonly resource: string
}

/**
 * Replays recorded calls through the engine under a policy alone.
 * @returns the calls that were allowed then and would not be now, and how many were replayed
 */
export function replay(
  records: Iterable<CallRecord>,
  document: PolicyDocumentJson,
  principal: PolicyPrincipal,
  arnOfName: ArnOfName = () => undefined,
): { readonly replayed: number; readonly refused: readonly Refusal[] } {
  // Of calls that need nothing there is nothing to replay, and a policy has one statement at least.
  if (document.Statement.length === 0) return { replayed: 0, refused: [] }
  const policy = compilePolicy(parsePolicy(JSON.stringify(document), 'identity'), { id: 'least privilege', type: 'inline' })
  const refused: Refusal[] = []
  let replayed = 0
  for (const record of records) {
    const found = usesOf(record, arnOfName)
    if ('reason' in found) continue
    replayed++
    for (const { action, resources, conditions } of found.uses) {
      for (const resource of resources) {
        const request = {
          principal,
          action,
          resource: asRequested(resource),
          context: { ...contextOf(record), ...conditions },
          resourceAccount: principal.account,
        }
        if (decide(request, { identity: [policy] }).effect !== 'allowed')
          refused.push({ eventId: textAt(record, 'eventID') ?? '', action, resource })
      }
    }
  }
  return { replayed, refused }
}

/** Keys of the request that a record tells. IAM User Guide, "AWS global condition context keys". */
export function contextOf(record: CallRecord): RequestContext {
  const region = textAt(record, 'awsRegion')
  const address = textAt(record, 'sourceIPAddress')
  const mfa = textAt(record, 'userIdentity', 'sessionContext', 'attributes', 'mfaAuthenticated')
  return {
    ...(region !== undefined && { 'aws:RequestedRegion': region }),
    ...(address !== undefined && { 'aws:SourceIp': address }),
    ...(mfa !== undefined && { 'aws:MultiFactorAuthPresent': mfa }),
    'aws:CurrentTime': textAt(record, 'eventTime') ?? '',
    'aws:SecureTransport': String(record['tlsDetails'] !== undefined),
  }
}
