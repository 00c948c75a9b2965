import { operations as iam } from '../../../src/services/iam/index.ts'
import { operations } from '../../../src/services/s3/index.ts'
import { type House, openHouse } from '../call.ts'

export const openS3 = (): Promise<House> => openHouse([...iam, ...operations])

/** The text of an object's answer. */
export async function textOf({ Body }: { Body: AsyncIterable<Uint8Array> }): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of Body) parts.push(part)
  return Buffer.concat(parts).toString()
}

export const allow = (Action: string, Resource: string, more: object = {}) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource, ...more }] })
