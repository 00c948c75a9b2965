import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPipelineHouse, type PipelineHouse, signedRequest } from './house.ts'

let house: PipelineHouse
beforeAll(async () => {
  house = await openPipelineHouse()
})
afterAll(() => house.close())

const headers = { 'content-type': 'application/x-www-form-urlencoded' }
const answer = async (service: string, body: string) => {
  const { status, body: text } = await house.send(signedRequest({ headers, body }, house, { region: 'us-east-1', service }))
  return `${status} ${
    /<Code>.*<\/Message>/s
      .exec(String(text))?.[0]
      .replace(/<[^>]+>/g, ' ')
      .trim() ?? ''
  }`.trim()
}

describe('a request of the query protocol names the version of the API', () => {
  test.each([
    ['iam', 'Action=ListUsers&Version=2010-05-08', '200'],
    ['iam', 'Action=ListUsers', '400 InvalidAction  Could not find operation ListUsers for version NO_VERSION_SPECIFIED'],
    ['iam', 'Action=ListUsers&Version=', '400 InvalidAction  Could not find operation ListUsers for version NO_VERSION_SPECIFIED'],
    ['iam', 'Action=ListUsers&Version=2011-06-15', '400 InvalidAction  Could not find operation ListUsers for version 2011-06-15'],
    ['iam', 'Action=Nothing&Version=2010-05-08', '400 InvalidAction  Could not find operation Nothing for version 2010-05-08'],
    ['iam', 'Version=2010-05-08', '400 MissingAction  The request must contain the parameter Action.'],
    ['sts', 'Action=GetCallerIdentity&Version=2011-06-15', '200'],
    [
      'sts',
      'Action=GetCallerIdentity&Version=2010-05-08',
      '400 InvalidAction  Could not find operation GetCallerIdentity for version 2010-05-08',
    ],
    // EC2 takes versions older than its model's: clients of every age are about.
    ['ec2', 'Action=DescribeInstances&Version=2014-10-01', '200'],
  ])('%s takes %s with %s', async (service, body, expected) => {
    expect(await answer(service, body)).toBe(expected)
  })
})
