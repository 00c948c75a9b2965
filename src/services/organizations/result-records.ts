import { eventIdAt } from '../../audit/event-id.ts'
import { buildRecord } from '../../audit/record.ts'
import type { NewRecord } from '../../audit/records.ts'
import { globalRegion } from '../../types/global-region.ts'
import type { JsonObject } from '../../types/json.ts'
import type { CreateAccountRequestsTable } from '../../store/tables/organizations.ts'
import type { CallContext, TrailDetails } from '../operation.ts'
import { trailTime } from '../trail-values.ts'
import type { CreateAccountRequest, CreateAccountStatus } from '../../wire/models/organizations.ts'
import { organizations } from './service.ts'

/** What stands on record for whoever of AWS does what was asked for. The same page, CreateAccount, of an account that could not be made. */
const internal = 'AWS Internal'
/** What stands on record for names and addresses of people. */
const masked = '****'

type Ended = Pick<CreateAccountRequestsTable, 'id' | 'accountId' | 'state' | 'failureReason' | 'requestedAt'>

/**
 * The event of an account that was made, or was not, beside that of the call that asked for it.
 * Organizations User Guide, "Logging API calls with AWS CloudTrail", CreateAccount.
 */
export const createAccountResult = ({ id, accountId, state, failureReason, requestedAt }: Ended, context: CallContext): NewRecord =>
  resultRecord('CreateAccountResult', context, {
    createAccountStatus: {
      id,
      state,
      accountName: masked,
      ...(accountId !== null && { accountId }),
      ...(failureReason !== null && { failureReason }),
      ...timesOf(requestedAt, context),
    },
  })

/** The event of an account that was closed. Organizations User Guide, the same page, CloseAccount. */
export const closeAccountResult = (accountId: string, context: CallContext): NewRecord =>
  resultRecord('CloseAccountResult', context, {
    closeAccountStatus: { accountId, state: 'SUCCEEDED', ...timesOf(context.now, context) },
  })

const timesOf = (requestedAt: number, { now }: CallContext) => ({
  requestedTimestamp: trailTime(new Date(requestedAt)),
  completedTimestamp: trailTime(new Date(now)),
})

function resultRecord(eventName: string, { account, now, world }: CallContext, serviceEventDetails: JsonObject): NewRecord {
  const record = buildRecord({
    eventId: eventIdAt(now, world.random.uuid()),
    at: now,
    eventSource: organizations.eventSource,
    eventName,
    eventType: 'AwsServiceEvent',
    region: globalRegion,
    account,
    userIdentity: { accountId: account, invokedBy: internal },
    sourceIp: internal,
    userAgent: internal,
    readOnly: false,
    requestParameters: null,
    responseElements: null,
    serviceEventDetails,
  })
  return { record, username: undefined }
}

/** The call that asks for an account: neither its name nor its owner's address is on record. */
export const createAccountTrail = (
  { RoleName, IamUserAccessToBilling, Tags = [] }: CreateAccountRequest,
  output: { readonly CreateAccountStatus?: CreateAccountStatus } | undefined,
): TrailDetails => {
  const status = output?.CreateAccountStatus
  return {
    requestParameters: {
      tags: Tags.map(({ Key, Value }) => ({ key: Key, value: Value })),
      email: masked,
      accountName: masked,
      ...(RoleName !== undefined && { roleName: RoleName }),
      ...(IamUserAccessToBilling !== undefined && { iamUserAccessToBilling: IamUserAccessToBilling }),
    },
    ...(status && {
      responseElements: {
        createAccountStatus: {
          accountName: masked,
          ...(status.State !== undefined && { state: status.State }),
          ...(status.Id !== undefined && { id: status.Id }),
          ...(status.RequestedTimestamp && { requestedTimestamp: trailTime(status.RequestedTimestamp) }),
        },
      },
    }),
  }
}
