import type { Principal, UserPrincipal } from '../../../src/identity/principal.ts'
import type { JsonObject } from '../../../src/types/json.ts'
import { ServiceError } from '../../../src/wire/errors.ts'
import { openPipelineHouse, type PipelineHouse } from '../../server/house.ts'
import { clustersAtOnce } from '../eks/house.ts'

export const account = '123456789012'
export const cloudformation = 'cloudformation.amazonaws.com'

/** What a test reads of an answer without more ado. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests compare with what they expect
type Answer = any

/** The whole pipeline, called as the services' clients call it, and stacks that end before a test goes on. */
export interface StackHouse {
  readonly house: PipelineHouse
  readonly root: Principal
  /** Calls CloudFormation, and waits until no stack is in motion. */
  stacks(operation: string, input: object, as?: Principal): Promise<Answer>
  /** Calls CloudFormation and leaves stacks in motion. */
  begin(operation: string, input: object, as?: Principal): Promise<Answer>
  call(service: string, operation: string, input: object, as?: Principal): Promise<Answer>
  /** `CODE: message` of a call that is refused. */
  refusal(call: Promise<unknown>): Promise<string>
  /** `LOGICAL STATUS`, and the reason after a colon, oldest first. */
  events(StackName: string): Promise<string[]>
  statusOf(StackName: string): Promise<string>
  user(name: string, statements: readonly object[]): Promise<UserPrincipal>
  close(): Promise<void>
}

export async function openStackHouse(clock?: () => number): Promise<StackHouse> {
  const house = await openPipelineHouse(clock)
  Object.assign(house.world.clusters, clustersAtOnce(house.world.store))
  const root: Principal = { type: 'root', account, arn: `arn:aws:iam::${account}:root`, principalId: account, accessKeyId: 'ASIAROOT' }
  const facts = { sourceIp: '203.0.113.7', userAgent: 'test', secure: true, host: 'localhost:4443' }
  const call = (service: string, operation: string, input: object, as: Principal = root): Promise<Answer> =>
    house.world.calls.asCaller(as, facts, { service, operation, input: input as JsonObject })
  const begin = (operation: string, input: object, as: Principal = root) => call('cloudformation', operation, input, as)
  const events = async (StackName: string): Promise<Answer[]> =>
    (await begin('DescribeStackEvents', { StackName })).StackEvents.toReversed()
  return {
    house,
    root,
    call,
    begin,
    async stacks(operation, input, as) {
      const answer = await begin(operation, input, as)
      await house.world.stackRuns.idle()
      return answer
    },
    async refusal(refused) {
      try {
        await refused
      } catch (problem) {
        if (problem instanceof ServiceError) return `${problem.code}: ${problem.message}`
        throw problem
      }
      return 'not refused'
    },
    events: async name =>
      (await events(name)).map(
        ({ LogicalResourceId, ResourceStatus, ResourceStatusReason }) =>
          `${LogicalResourceId} ${ResourceStatus}${ResourceStatusReason === undefined ? '' : `: ${ResourceStatusReason}`}`,
      ),
    statusOf: async StackName => (await begin('DescribeStacks', { StackName })).Stacks[0].StackStatus,
    async user(name, Statement) {
      const { User } = await call('iam', 'CreateUser', { UserName: name })
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
      await call('iam', 'PutUserPolicy', { UserName: name, PolicyName: 'all', PolicyDocument })
      return {
        type: 'user',
        account,
        arn: User.Arn,
        principalId: User.UserId,
        accessKeyId: `AKIA${name}`,
        userId: User.UserId,
        userName: name,
      }
    },
    close: () => house.close(),
  }
}

/** A role that EC2 assumes, in a template. */
export const role = (more: object = {}) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
    ...more,
  },
})

/** A group, the simplest of resources. */
export const group = (more: object = {}) => ({ Type: 'AWS::IAM::Group', Properties: more })

export const body = (Resources: object, more: object = {}) => JSON.stringify({ AWSTemplateFormatVersion: '2010-09-09', Resources, ...more })

/** What acknowledges every IAM resource. */
export const acknowledged = { Capabilities: ['CAPABILITY_NAMED_IAM'] }
