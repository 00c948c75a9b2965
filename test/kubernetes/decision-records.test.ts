import { describe, expect, test } from 'vitest'
import { type ClusterDecision, decisionRecord, isIamUser } from '../../src/kubernetes/decision-records.ts'
import { reviewToken } from '../../src/kubernetes/token-review/token-review.ts'
import { reviewAccess } from '../../src/kubernetes/access-review/access-review.ts'
import { reviewPod } from '../../src/kubernetes/pod-identity-webhook/admission-review.ts'
import { eksDefaults } from '../../src/kubernetes/pod-identity-webhook/configuration.ts'
import { account, clusterRow, testLog } from './support/cluster.ts'

const cluster = clusterRow({ id: 'C' })
const facts = { cluster, eventId: 'event', requestId: 'request', at: Date.UTC(2026, 0, 15, 12) }
const alice = {
  username: 'alice',
  groups: ['developers'],
  extra: {
    accessKeyId: ['ASIAALICE'],
    arn: [`arn:aws:sts::${account}:assumed-role/Developer/alice@example.com`],
    principalId: ['AROADEVELOPER'],
    sessionName: ['alice@example.com'],
  },
}
const session = {
  type: 'AssumedRole',
  principalId: 'AROADEVELOPER:alice@example.com',
  arn: `arn:aws:sts::${account}:assumed-role/Developer/alice@example.com`,
  accountId: account,
  accessKeyId: 'ASIAALICE',
}
const getPods = { kind: 'resource', verb: 'get', apiGroup: '', resource: 'pods', namespace: 'shop', name: '' } as const
const bob = {
  username: 'bob',
  groups: [],
  extra: { arn: [`arn:aws:iam::${account}:user/staff/bob`], principalId: ['AIDABOB'], accesskeyid: ['AKIABOB'] },
}
const robot = { username: 'system:serviceaccount:shop:cart', groups: [], extra: {} }

describe('the record of a decision is an event of EKS that the access key finds', () => {
  test.each<{ of: string; decision: ClusterDecision; username: string | undefined; parts: object }>([
    {
      of: 'a token that was taken',
      decision: { webhook: 'token-review', user: alice },
      username: 'alice@example.com',
      parts: {
        eventName: 'TokenReview',
        userIdentity: session,
        serviceEventDetails: { decision: 'authenticated', kubernetesUser: 'alice', kubernetesGroups: ['developers'] },
      },
    },
    {
      of: 'a token that was refused',
      decision: { webhook: 'token-review', refused: 'the token has expired', claimedAccessKeyId: 'ASIAALICE' },
      username: undefined,
      parts: {
        eventName: 'TokenReview',
        userIdentity: { type: 'Unknown', principalId: '', accessKeyId: 'ASIAALICE' },
        errorCode: 'AccessDenied',
        errorMessage: 'the token has expired',
        serviceEventDetails: { decision: 'refused' },
      },
    },
    {
      of: 'access that a policy allows',
      decision: { webhook: 'access-review', user: alice, attributes: getPods, allowed: true, reason: 'EKS Access Policy' },
      username: 'alice@example.com',
      parts: {
        eventName: 'SubjectAccessReview',
        userIdentity: session,
        serviceEventDetails: {
          decision: 'allowed',
          reason: 'EKS Access Policy',
          kubernetesUser: 'alice',
          request: { kind: 'resource', verb: 'get', resource: 'pods', namespace: 'shop' },
        },
      },
    },
    {
      of: 'access that is left to RBAC',
      decision: { webhook: 'access-review', user: bob, attributes: getPods, allowed: false, reason: '' },
      username: 'bob',
      parts: {
        eventName: 'SubjectAccessReview',
        userIdentity: {
          type: 'IAMUser',
          principalId: 'AIDABOB',
          arn: `arn:aws:iam::${account}:user/staff/bob`,
          accountId: account,
          accessKeyId: 'AKIABOB',
          userName: 'bob',
        },
        serviceEventDetails: {
          decision: 'noOpinion',
          kubernetesUser: 'bob',
          request: { kind: 'resource', verb: 'get', resource: 'pods', namespace: 'shop' },
        },
      },
    },
    {
      of: 'a pod that gets credentials',
      decision: { webhook: 'pod-identity', namespace: 'shop', serviceAccount: 'cart', pod: 'cart-', mutated: true },
      username: undefined,
      parts: {
        eventName: 'MutatePodIdentity',
        userIdentity: { type: 'AWSService', invokedBy: 'eks.amazonaws.com' },
        serviceEventDetails: { decision: 'mutated', namespace: 'shop', serviceAccount: 'cart', pod: 'cart-' },
      },
    },
  ])('$of', ({ decision, username, parts }) => {
    const { serviceEventDetails, ...rest } = parts as { serviceEventDetails: object }
    expect(decisionRecord(decision, facts)).toEqual({
      username,
      record: {
        eventVersion: '1.11',
        eventTime: '2026-01-15T12:00:00Z',
        eventSource: 'eks.amazonaws.com',
        awsRegion: 'us-west-2',
        sourceIPAddress: 'eks.amazonaws.com',
        userAgent: 'eks.amazonaws.com',
        requestParameters: null,
        responseElements: null,
        requestID: 'request',
        eventID: 'event',
        readOnly: true,
        eventType: 'AwsServiceEvent',
        managementEvent: true,
        recipientAccountId: account,
        eventCategory: 'Management',
        ...rest,
        serviceEventDetails: { clusterArn: cluster.arn, clusterName: 'demo', ...serviceEventDetails },
      },
    })
  })

  test('who came by no IAM principal is told apart', () => {
    expect([alice, bob, robot].map(isIamUser)).toEqual([true, true, false])
  })
})

describe('a decision that cannot be recorded is not answered', () => {
  const full = async () => {
    throw new Error('the disk is full')
  }
  test.each([
    {
      webhook: 'token review',
      review: () =>
        reviewToken(
          JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 'k8s-aws-v1.x' } }),
          { cluster: { id: 'C', name: 'demo' } as never, origins: [], verifyPresigned: async () => ({ refused: 'no' }), now: 0 },
          testLog(),
          full,
        ),
    },
    {
      webhook: 'access review',
      review: () =>
        reviewAccess(
          JSON.stringify({
            apiVersion: 'authorization.k8s.io/v1',
            kind: 'SubjectAccessReview',
            spec: { user: 'alice', nonResourceAttributes: { verb: 'get', path: '/' } },
          }),
          { cluster: { id: 'C', name: 'demo' }, directory: async () => [], tell: full },
          testLog(),
        ),
    },
    {
      webhook: 'pod identity',
      review: () =>
        reviewPod(
          JSON.stringify({
            apiVersion: 'admission.k8s.io/v1',
            kind: 'AdmissionReview',
            request: {
              uid: 'u',
              operation: 'CREATE',
              namespace: 'shop',
              resource: { group: '', version: 'v1', resource: 'pods' },
              object: { metadata: { name: 'cart' }, spec: { containers: [{ name: 'app' }] } },
            },
          }),
          {
            cluster: { name: 'demo' },
            configuration: { ...eksDefaults, region: 'us-west-2' },
            serviceAccount: async () => ({ annotations: {}, podIdentityAssociation: true }),
            tell: full,
          },
          testLog(),
        ),
    },
  ])('$webhook', async ({ review }) => {
    await expect(review()).rejects.toThrow('the disk is full')
  })
})
