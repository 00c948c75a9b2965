import { eventIdAt } from '../../audit/event-id.ts'
import { buildRecord } from '../../audit/record.ts'
import type { NewRecord } from '../../audit/records.ts'
import { globalRegion } from '../../types/global-region.ts'
import type { JsonObject } from '../../types/json.ts'
import type { World } from '../world.ts'
import type { Person } from './people.ts'
import type { Visit } from './visit.ts'

/** Who a sign-in event is about: its userIdentity, and the name that event history finds it by. */
export interface Subject {
  readonly account: string
  readonly identity: JsonObject
  readonly username: string
}

interface SigninEvent {
  readonly eventName: 'ConsoleLogin' | 'CheckMfa' | 'PasswordUpdated' | 'SwitchRole' | 'ExitRole' | 'GetSigninToken'
  readonly subject: Subject
  /** Absent for a success. */
  readonly errorMessage?: string
  readonly additionalEventData?: JsonObject
}

/** The record of a sign-in event. CloudTrail User Guide, "AWS Management Console sign-in events". */
export function signinRecord(
  { random, settings }: Pick<World, 'random' | 'settings'>,
  { facts, tls, now }: Visit,
  { eventName, subject, errorMessage, additionalEventData }: SigninEvent,
): NewRecord {
  const record = buildRecord({
    eventId: eventIdAt(now, random.uuid()),
    at: now,
    eventSource: 'signin.amazonaws.com',
    eventName,
    // The root user signs in to the global region.
    region: subject.identity['type'] === 'Root' ? globalRegion : settings.region,
    account: subject.account,
    userIdentity: subject.identity,
    sourceIp: facts.sourceIp,
    userAgent: facts.userAgent,
    readOnly: false,
    requestParameters: null,
    responseElements: { [eventName]: errorMessage === undefined ? 'Success' : 'Failure' },
    ...(errorMessage !== undefined && { error: { message: errorMessage } }),
    ...(additionalEventData && { additionalEventData }),
    eventType: 'AwsConsoleSignIn',
    tls,
    host: facts.host,
  })
  return { record, username: subject.username }
}

/** Somebody who got in. */
export function signedIn(person: Person): Subject {
  const { kind, account, ownerId, arn, name } = person
  if (kind === 'root') return rootSubject(person)
  return { account, identity: { type: 'IAMUser', principalId: ownerId, arn, accountId: account, userName: name }, username: name }
}

/** Somebody who did not, or not yet. */
export function signingIn(person: Person): Subject {
  const { kind, account, ownerId, name } = person
  if (kind === 'root') return rootSubject(person)
  const identity = { type: 'IAMUser', principalId: ownerId, accountId: account, accessKeyId: '', userName: name }
  return { account, identity, username: name }
}

const rootSubject = ({ account, arn, alias }: Person): Subject => ({
  account,
  identity: {
    type: 'Root',
    principalId: account,
    arn,
    accountId: account,
    accessKeyId: '',
    ...(alias !== undefined && { userName: alias }),
  },
  username: 'root',
})

/** What was typed may be a password: IAM User Guide, "Example sign-in failure event caused by incorrect user name". */
const hiddenName = 'HIDDEN_DUE_TO_SECURITY_REASONS'

/** A name that no user of the account has. */
export const nobody = (account: string): Subject => ({
  account,
  identity: { type: 'IAMUser', accountId: account, accessKeyId: '', userName: hiddenName },
  username: hiddenName,
})

/** Where a sign-in leads, and whether by a second factor. */
export function loginData({ facts, origin }: Visit, mfaSerial: string | undefined, mfaUsed = mfaSerial !== undefined): JsonObject {
  const { referer } = facts
  return {
    LoginTo: referer?.startsWith(`${origin}/console/`) ? referer.slice(0, longestLoginTo) : `${origin}/console/`,
    MobileVersion: 'No',
    ...(mfaSerial !== undefined && { MFAIdentifier: mfaSerial }),
    MFAUsed: mfaUsed ? 'Yes' : 'No',
  }
}

const longestLoginTo = 1_024
