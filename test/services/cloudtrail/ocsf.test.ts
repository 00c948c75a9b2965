import { describe, expect, test } from 'vitest'
import { ocsfEvent } from '../../../src/services/cloudtrail/ocsf.ts'
import { ocsfProblems } from './ocsf-schema.ts'
import type { JsonObject } from '../../../src/types/json.ts'

const role = 'arn:aws:iam::123456789012:role/Deployer'
const record: JsonObject = {
  eventVersion: '1.11',
  userIdentity: {
    type: 'AssumedRole',
    principalId: 'AROAEXAMPLE:session',
    arn: 'arn:aws:sts::123456789012:assumed-role/Deployer/session',
    accountId: '123456789012',
    accessKeyId: 'ASIAEXAMPLE',
    sessionContext: {
      sessionIssuer: { type: 'Role', principalId: 'AROAEXAMPLE', arn: role, accountId: '123456789012', userName: 'Deployer' },
      attributes: { creationDate: '2026-01-15T11:00:00Z', mfaAuthenticated: 'true' },
      webIdFederationData: { federatedProvider: 'arn:aws:iam::123456789012:oidc-provider/issuer', attributes: {} },
    },
  },
  eventTime: '2026-01-15T12:00:00Z',
  eventSource: 'iam.amazonaws.com',
  eventName: 'CreateUser',
  awsRegion: 'us-east-1',
  sourceIPAddress: '203.0.113.7',
  userAgent: 'aws-cli',
  requestParameters: { userName: 'bob', tags: [{ key: 'a', value: 'b' }] },
  responseElements: null,
  requestID: 'request-1',
  eventID: 'event-1',
  readOnly: false,
  resources: [{ ARN: 'arn:aws:iam::123456789012:user/bob', type: 'AWS::IAM::User', accountId: '123456789012' }],
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: '123456789012',
  eventCategory: 'Management',
  tlsDetails: { tlsVersion: 'TLSv1.3' },
}

test('a call is API Activity of OCSF 1.1.0', () => {
  expect(ocsfEvent(record)).toEqual({
    category_uid: 6,
    category_name: 'Application Activity',
    class_uid: 6003,
    class_name: 'API Activity',
    activity_id: 1,
    activity_name: 'Create',
    type_uid: 600301,
    type_name: 'API Activity: Create',
    severity_id: 1,
    severity: 'Informational',
    status_id: 1,
    status: 'Success',
    time: Date.UTC(2026, 0, 15, 12),
    time_dt: '2026-01-15T12:00:00.000Z',
    metadata: {
      version: '1.1.0',
      profiles: ['cloud', 'datetime'],
      product: { name: 'CloudTrail', vendor_name: 'AWS', version: '1.11', feature: { name: 'Management' } },
      uid: 'event-1',
      event_code: 'AwsApiCall',
    },
    cloud: { provider: 'AWS', region: 'us-east-1', account: { uid: '123456789012' } },
    api: { operation: 'CreateUser', service: { name: 'iam.amazonaws.com' }, request: { uid: 'request-1' } },
    actor: {
      user: {
        type: 'AssumedRole',
        type_id: 99,
        name: 'Deployer',
        uid: 'arn:aws:sts::123456789012:assumed-role/Deployer/session',
        uid_alt: 'AROAEXAMPLE:session',
        credential_uid: 'ASIAEXAMPLE',
        account: { uid: '123456789012' },
      },
      session: { created_time: Date.UTC(2026, 0, 15, 11), created_time_dt: '2026-01-15T11:00:00Z', is_mfa: true, issuer: role },
      idp: { name: 'arn:aws:iam::123456789012:oidc-provider/issuer' },
    },
    src_endpoint: { ip: '203.0.113.7' },
    http_request: { user_agent: 'aws-cli' },
    resources: [{ uid: 'arn:aws:iam::123456789012:user/bob', type: 'AWS::IAM::User', owner: { account: { uid: '123456789012' } } }],
    unmapped: {
      'requestParameters.userName': 'bob',
      'requestParameters.tags': '[{"key":"a","value":"b"}]',
      readOnly: 'false',
      managementEvent: 'true',
      'tlsDetails.tlsVersion': 'TLSv1.3',
      'userIdentity.sessionContext.sessionIssuer.type': 'Role',
      'userIdentity.sessionContext.sessionIssuer.principalId': 'AROAEXAMPLE',
      'userIdentity.sessionContext.sessionIssuer.arn': role,
      'userIdentity.sessionContext.sessionIssuer.accountId': '123456789012',
      'userIdentity.sessionContext.sessionIssuer.userName': 'Deployer',
      'userIdentity.sessionContext.attributes.creationDate': '2026-01-15T11:00:00Z',
      'userIdentity.sessionContext.attributes.mfaAuthenticated': 'true',
      'userIdentity.sessionContext.webIdFederationData.federatedProvider': 'arn:aws:iam::123456789012:oidc-provider/issuer',
    },
  })
})

describe('the schema of OCSF 1.1.0 takes events of every kind', () => {
  const signIn = {
    ...record,
    eventType: 'AwsConsoleSignIn',
    eventSource: 'signin.amazonaws.com',
    requestID: undefined,
    resources: undefined,
  }
  test.each<{ of: string; given: JsonObject }>([
    { of: 'a role session', given: record },
    {
      of: 'a service',
      given: { ...record, userIdentity: { type: 'AWSService', invokedBy: 'eks.amazonaws.com' }, sourceIPAddress: 'eks.amazonaws.com' },
    },
    { of: 'nobody', given: { ...record, userIdentity: { type: 'Unknown', principalId: 'Anonymous' } } },
    { of: 'another account', given: { ...record, userIdentity: { type: 'AWSAccount', principalId: 'AIDA', accountId: '111122223333' } } },
    {
      of: 'a web identity',
      given: {
        ...record,
        userIdentity: { type: 'WebIdentityUser', principalId: 'p', userName: 'u', identityProvider: 'accounts.google.com' },
      },
    },
    { of: 'a refusal', given: { ...record, errorCode: 'AccessDenied', errorMessage: 'no' } },
    { of: 'a sign-in', given: { ...signIn, eventName: 'ConsoleLogin', responseElements: { ConsoleLogin: 'Success' } } },
    { of: 'a switch of roles', given: { ...signIn, eventName: 'SwitchRole' } },
    { of: 'the end of one', given: { ...signIn, eventName: 'ExitRole' } },
    { of: 'a decision of a cluster', given: { ...record, eventType: 'AwsServiceEvent', eventName: 'TokenReview', requestID: undefined } },
  ])('$of', ({ given }) => {
    expect(ocsfProblems(ocsfEvent(JSON.parse(JSON.stringify(given)) as JsonObject))).toEqual([])
  })

  test('and says what is wrong with others', () => {
    const { api: _api, ...without } = ocsfEvent(record)
    expect(ocsfProblems({ ...without, src_endpoint: { domain: 'x' }, color: 'red', severity_id: 7 })).toEqual([
      'api: is required',
      'severity_id: 7 is no value of it',
      expect.stringContaining('src_endpoint.: has none of ip'),
      'color: is not an attribute',
    ])
  })
})

describe('the activity is told by the name of the operation', () => {
  test.each([
    ['GetUser', true, 2],
    ['AssumeRole', true, 2],
    ['DeleteUser', false, 4],
    ['AttachRolePolicy', false, 3],
    ['UpdateUser', false, 3],
    ['ResyncMFADevice', false, 99],
  ])('%s', (eventName, readOnly, activity) => {
    expect(ocsfEvent({ ...record, eventName, readOnly })).toMatchObject({ activity_id: activity, type_uid: 600300 + activity })
  })
})

test('a refusal is a failure with its reason', () => {
  expect(ocsfEvent({ ...record, errorCode: 'AccessDenied', errorMessage: 'no' })).toMatchObject({
    status_id: 2,
    status_code: 'AccessDenied',
    status_detail: 'no',
    api: { response: { error: 'AccessDenied', message: 'no' } },
  })
})

test('a sign-in is Authentication', () => {
  const signIn = {
    ...record,
    eventName: 'ConsoleLogin',
    eventType: 'AwsConsoleSignIn',
    eventSource: 'signin.amazonaws.com',
    additionalEventData: { MFAUsed: 'Yes' },
  }
  expect(ocsfEvent({ ...signIn, responseElements: { ConsoleLogin: 'Failure' } })).toMatchObject({
    class_uid: 3002,
    category_uid: 3,
    activity_id: 1,
    type_uid: 300201,
    is_mfa: true,
    status_id: 2,
    user: { name: 'Deployer' },
  })
  expect(ocsfEvent({ ...signIn, responseElements: { ConsoleLogin: 'Success' } })).toMatchObject({ status_id: 1 })
})

test('a service that calls has a name, not an address', () => {
  expect(ocsfEvent({ ...record, sourceIPAddress: 'eks.amazonaws.com' })).toMatchObject({
    src_endpoint: { domain: 'eks.amazonaws.com', svc_name: 'eks.amazonaws.com' },
  })
  expect(ocsfEvent({ ...record, sourceIPAddress: '::1' })).toMatchObject({ src_endpoint: { ip: '::1' } })
})
