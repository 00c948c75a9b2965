import { operations } from '../../../src/services/iam/index.ts'
import { account, type House, openHouse } from '../call.ts'

/** A house that serves IAM. */
export const iamHouse = (): Promise<House> => openHouse(operations)

/** A policy that allows some actions on everything. */
export const allow = (...actions: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] })

/** A trust policy for a principal element's value. */
export const trusting = (principal: unknown, action = 'sts:AssumeRole') =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: principal, Action: action }] })

export const trustsEc2 = trusting({ Service: 'ec2.amazonaws.com' })

export const arnOf = (resource: string) => `arn:aws:iam::${account}:${resource}`

/** All pages of a list operation, followed by their markers. */
export async function allPages<Item>(house: House, name: string, input: object, member: string, pageSize: number): Promise<Item[][]> {
  const pages: Item[][] = []
  let marker: string | undefined
  do {
    const page = await house.call(name, { ...input, MaxItems: pageSize, Marker: marker })
    pages.push(page[member])
    marker = page.Marker
    if (page.IsTruncated !== (marker !== undefined)) throw new Error('IsTruncated and Marker disagree')
  } while (marker !== undefined)
  return pages
}
