import type { TrailRecord } from '../../audit/record.ts'
import type { AuthorizationQuestion } from '../../identity/authorizer.ts'
import { plainExplanation } from '../../policy/index.ts'
import type { Call, PipelineParts } from './call.ts'

/** Characters of an explanation that is kept; larger ones are told from the record, as it is then. */
const longest = 65_536

/** Keeps why a call was denied beside its record, with the policies as they were: whoever asks later asks about then. */
export async function keepExplanation(
  { world, authorizer, log }: PipelineParts,
  { principal, requestId, now }: Call,
  question: AuthorizationQuestion,
  { eventID, recipientAccountId }: TrailRecord,
): Promise<void> {
  try {
    const json = JSON.stringify(plainExplanation(await authorizer.explain(principal, question)))
    if (json.length <= longest)
      await world.store.append('denialExplanations', { eventId: eventID, account: recipientAccountId, at: now, json })
  } catch (problem) {
    // The denial stands, and is on record.
    log.error({ requestId, problem }, 'why a call was denied could not be kept')
  }
}
