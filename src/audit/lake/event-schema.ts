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

const texts = (...names: readonly string[]): Fields => Object.fromEntries(names.map(name => [name, varchar]))

/** What all events begin with but those of calls. */
const beginning: Fields = {
  ...texts('eventVersion', 'eventCategory', 'eventType', 'eventID'),
  eventTime: timestamp,
  ...texts('awsRegion', 'recipientAccountId'),
}

/** The columns of an event data store for events from outside AWS. CloudTrail User Guide, "CloudTrail Lake integrations event schema". */
const outsideColumns: Fields = {
  ...beginning,
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
  ...beginning,
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

/** The columns of an event data store for configuration items. The same page, "Supported schema for AWS Config configuration item record fields". */
const configurationColumns: Fields = {
  ...beginning,
  addendum: map,
  eventData: struct({
    ...texts('configurationItemVersion', 'configurationItemCaptureTime', 'configurationItemStatus', 'configurationItemStateId'),
    ...texts('accountId', 'resourceType', 'resourceId', 'resourceName', 'arn', 'awsRegion', 'availabilityZone', 'resourceCreationTime'),
    configuration: map,
    supplementaryConfiguration: map,
    relatedEvents: varchar,
    relationships: struct(texts('name', 'resourceType', 'resourceId', 'resourceName')),
    tags: map,
  }),
}

/** The columns of an event data store for evidence. The same page, "Supported schema for AWS Audit Manager evidence record fields". */
const evidenceColumns: Fields = {
  ...beginning,
  addendum: map,
  eventData: struct({
    attributes: map,
    ...texts('awsAccountId', 'awsOrganization', 'complianceCheck', 'dataSource', 'eventName', 'eventSource', 'evidenceAwsAccountId'),
    ...texts('evidenceByType', 'iamId', 'evidenceId'),
    time: timestamp,
    ...texts('assessmentId', 'controlSetId', 'controlId', 'controlName', 'controlDomainName', 'frameworkName', 'frameworkId', 'service'),
    ...texts('serviceCategory', 'resourceArn', 'resourceType', 'evidenceFolderId', 'description', 'manualEvidenceS3ResourcePath'),
    ...texts('evidenceFolderName', 'resourceComplianceCheck'),
  }),
}

/** What an event data store has events of, each with columns of its own; of configuration items and evidence there are none here. */
export type EventKind = 'calls' | 'outside' | 'insights' | 'configuration' | 'evidence'
export const columnsOf: { readonly [kind in EventKind]: Fields } = {
  calls: eventColumns,
  outside: outsideColumns,
  insights: insightColumns,
  configuration: configurationColumns,
  evidence: evidenceColumns,
}

/** The whole record as JSON text. */
export const eventJson = 'eventJson'
