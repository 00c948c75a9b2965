import { usesOf } from '../../analysis/least-privilege/uses.ts'
import { asRequested } from '../../analysis/least-privilege/resources.ts'
import { contextOf } from '../../analysis/least-privilege/replay.ts'
import { type CallRecord, textAt } from '../../analysis/least-privilege/record.ts'
import { roleOfArn } from '../../identity/assumable-role.ts'
import { CredentialError, sessionPrincipal } from '../../identity/credentials.ts'
import type { Principal } from '../../identity/principal.ts'
import type { SessionFacts } from '../../identity/sessions.ts'
import { type Explanation, plainExplanation, renderExplanation } from '../../policy/index.ts'
import type { StoredRecord, Transaction } from '../../store/index.ts'
import type { JsonObject } from '../../types/json.ts'
import type { CallContext } from '../operation.ts'
import { type ExplainEventResponse, plain } from './model.ts'
import { analysis, anyResource } from './service.ts'

/**
 * ExplainEvent: why the call of a record was allowed or denied: the statements and policies that decided, the type of policy that allows nothing, keys that were
 * missing. Of a denied call, as it was then; of one that was allowed, what the record shows is asked again of the policies of now.
 */
export const ExplainEvent = analysis.operation('ExplainEvent', {
  access: () => anyResource,
  async reach({ eventId }, { account, region, world }) {
    const attribute = { key: 'EventId', value: eventId.toLowerCase() }
    return (await world.store.archive?.find({ account, region, attribute, limit: 1 }))?.[0]
  },
  async handle({ eventId }, context, archived: StoredRecord | undefined) {
    const { tx, account } = context
    const held = await tx
      .selectFrom('records')
      .select('json')
      .where('eventId', '=', eventId.toLowerCase())
      .where('account', '=', account)
      .executeTakeFirst()
    const row = held ?? archived
    if (!row) throw new analysis.ResourceNotFoundException(`There is no event ${eventId} in the event history of account ${account}.`)
    const record = JSON.parse(row.json) as CallRecord
    const about = { eventId, eventName: textAt(record, 'eventName') ?? '' }
    const kept = await tx.selectFrom('denialExplanations').select('json').where('eventId', '=', eventId.toLowerCase()).executeTakeFirst()
    if (kept) return { ...about, ...recorded(JSON.parse(kept.json) as JsonObject, record) }
    return { ...about, ...(await replayed(tx, record, context)) }
  },
  transaction: 'read',
})

type Told = Omit<ExplainEventResponse, 'eventId' | 'eventName'>

const recorded = (explanation: JsonObject, record: CallRecord): Told => ({
  basis: 'recorded',
  explanations: [explanation],
  text: textAt(record, 'errorMessage') ?? '',
})

const none = (text: string): Told => ({ basis: 'none', explanations: [], text })

async function replayed(tx: Transaction, record: CallRecord, { world, now }: CallContext): Promise<Told> {
  if (textAt(record, 'eventType') !== 'AwsApiCall') return none('The event is no call of an API: no policy decided about it.')
  const principal = await principalOf(tx, record, now)
  if (!principal)
    return none('Who called is not there any more, or was no principal of this account: what it may do cannot be asked again.')
  const found = usesOf(record, () => undefined)
  if ('reason' in found) return none(`No policy decided about the call: ${found.reason}.`)
  const explanations: Explanation[] = []
  for (const { action, resources, conditions } of found.uses) {
    for (const resource of resources) {
      const role = action.startsWith('sts:Assume') ? await roleOfArn(tx, resource) : undefined
      explanations.push(
        await world.authorizer.explain(principal, {
          action,
          resource: asRequested(resource),
          context: { ...contextOf(record), ...conditions },
          ...(role && { resourcePolicy: role.trustPolicy, resourceMustAllow: true }),
        }),
      )
    }
  }
  return {
    basis: 'replayed',
    explanations: explanations.map(explanation => plain(plainExplanation(explanation))),
    text: explanations.map(explanation => renderExplanation(explanation)).join('\n\n'),
  }
}

/** The caller of a record, as far as it tells; session policies are not on record. */
async function principalOf(tx: Transaction, record: CallRecord, now: number): Promise<Principal | undefined> {
  const identity = (...path: string[]) => textAt(record, 'userIdentity', ...path)
  const account = identity('accountId') ?? ''
  const accessKeyId = identity('accessKeyId') ?? ''
  const principalId = identity('principalId') ?? ''
  const life = { issuedAt: now, expiresAt: now + 1_000 }
  const factsBy: { readonly [type: string]: SessionFacts | undefined } = {
    Root: { kind: 'root', account, ...life },
    IAMUser: { kind: 'user', account, ownerId: principalId, ...life },
    AssumedRole: { kind: 'role', account, ownerId: principalId.split(':')[0] ?? '', name: principalId.split(':')[1] ?? '', ...life },
  }
  const facts = factsBy[identity('type') ?? '']
  if (!facts) return undefined
  try {
    return await sessionPrincipal(tx, facts, accessKeyId)
  } catch (problem) {
    if (problem instanceof CredentialError) return undefined
    throw problem
  }
}
