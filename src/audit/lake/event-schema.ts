import { arrayOf, bigint, boolean, double, type Fields, map, timestamp, type Type, varchar } from './types.ts'

const struct = (fields: Fields): Type => ({ name: 'struct', fields })

const sessionIssuer = struct({ type: varchar, principalId: varchar, arn: varchar, accountId: varchar, userName: varchar })

const userIdentity = struct({
  type: varchar,
  principalId: varchar,
  arn: varchar,
  accountId: varchar,
  accessKeyId: varchar,
  userName: varchar,
  sessionContext: struct({
    attributes: struct({ creationDate: timestamp, mfaAuthenticated: varchar }),
    sessionIssuer,
    webIdFederationData: struct({ federatedProvider: varchar, attributes: map }),
    sourceIdentity: varchar,
    ec2RoleDelivery: varchar,
    ec2IssuedInVpc: varchar,
  }),
  onBehalfOf: struct({ userId: varchar, identityStoreArn: varchar }),
  inScopeOf: struct({ sourceArn: varchar, sourceAccount: varchar, issuerType: varchar, credentialsIssuedTo: varchar }),
  invokedBy: varchar,
  identityProvider: varchar,
})

/** The columns of an event data store, in order. CloudTrail User Guide, "Supported schema for CloudTrail event record fields". */
export const eventColumns: Fields = {
  eventVersion: varchar,
  userIdentity,
  eventTime: timestamp,
  eventSource: varchar,
  eventName: varchar,
  awsRegion: varchar,
  sourceIPAddress: varchar,
  userAgent: varchar,
  errorCode: varchar,
  errorMessage: varchar,
  requestParameters: map,
  responseElements: map,
  additionalEventData: map,
  requestID: varchar,
  eventID: varchar,
  readOnly: boolean,
  resources: arrayOf(struct({ accountId: varchar, type: varchar, ARN: varchar, ARNPrefix: varchar })),
  eventType: varchar,
  apiVersion: varchar,
  managementEvent: boolean,
  recipientAccountId: varchar,
  sharedEventID: varchar,
  annotation: varchar,
  vpcEndpointId: varchar,
  vpcEndpointAccountId: varchar,
  serviceEventDetails: map,
  addendum: map,
  edgeDeviceDetails: map,
  insightDetails: map,
  eventCategory: varchar,
  tlsDetails: struct({ tlsVersion: varchar, cipherSuite: varchar, clientProvidedHostHeader: varchar }),
  sessionCredentialFromConsole: varchar,
  eventContext: struct({
    requestContext: map,
    tagContext: struct({ resourceTags: arrayOf(struct({ arn: varchar, tags: map })), principalTags: map }),
  }),
}

/** Columns that `*` leaves out, and that are absent of every event here. */
export const absentColumns = ['eventJsonChecksum']

/** The columns of an event data store for events from outside AWS. CloudTrail User Guide, "CloudTrail Lake integrations event schema". */
const outsideColumns: Fields = {
  eventVersion: varchar,
  eventCategory: varchar,
  eventType: varchar,
  eventID: varchar,
  eventTime: timestamp,
  awsRegion: varchar,
  recipientAccountId: varchar,
  addendum: struct({ reason: varchar, updatedFields: varchar, originalUID: varchar, originalEventID: varchar }),
  metadata: struct({ ingestionTime: timestamp, channelARN: varchar }),
  eventData: struct({
    version: varchar,
    userIdentity: struct({ type: varchar, principalId: varchar, details: map }),
    userAgent: varchar,
    eventSource: varchar,
    eventName: varchar,
    eventTime: timestamp,
    UID: varchar,
    requestParameters: map,
    responseElements: map,
    errorCode: varchar,
    errorMessage: varchar,
    sourceIPAddress: varchar,
    recipientAccountId: varchar,
    additionalEventData: map,
  }),
}

const attributed = arrayOf(struct({ value: varchar, average: double }))

/** The columns of an event data store for insights. CloudTrail User Guide, "Supported schema for CloudTrail Insights event record fields". */
const insightColumns: Fields = {
  eventVersion: varchar,
  eventCategory: varchar,
  eventType: varchar,
  eventID: varchar,
  eventTime: timestamp,
  awsRegion: varchar,
  recipientAccountId: varchar,
  sharedEventID: varchar,
  addendum: map,
  insightSource: varchar,
  insightState: varchar,
  insightEventSource: varchar,
  insightEventName: varchar,
  insightErrorCode: varchar,
  insightType: varchar,
  insightContext: struct({
    baselineAverage: double,
    insightAverage: double,
    baselineDuration: bigint,
    insightDuration: bigint,
    attributions: arrayOf(struct({ attribute: varchar, insight: attributed, baseline: attributed })),
  }),
}

/** What an event data store has events of, each with columns of its own. */
export type EventKind = 'calls' | 'outside' | 'insights'
export const columnsOf: { readonly [kind in EventKind]: Fields } = {
  calls: eventColumns,
  outside: outsideColumns,
  insights: insightColumns,
}

/** The whole record as JSON text. */
export const eventJson = 'eventJson'
