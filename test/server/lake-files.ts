import { gzipSync } from 'node:zlib'
import type { Principal } from '../../src/identity/principal.ts'
import { ownLogBuckets } from '../../src/server/log-buckets.ts'
import { openPipelineHouse, type PipelineHouse } from './house.ts'

export const account = '123456789012'
export const root: Principal = {
  type: 'root',
  account,
  arn: `arn:aws:iam::${account}:root`,
  principalId: account,
  accessKeyId: `ASIA${account}`,
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests compare with what they expect
type Answer = any

/** The whole pipeline, with log files in our own S3. */
export interface LakeFilesHouse extends PipelineHouse {
  call(service: string, operation: string, input: object, as?: Principal): Promise<Answer>
  /** The name of the error that a call of CloudTrail is refused with, or `none`. */
  codeOf(operation: string, input: object, as?: Principal): Promise<string>
  /** Asks an event data store, `$1` in the statement. @returns rows as lists of texts */
  ask(storeArn: string, statement: string): Promise<string[][]>
  /** Puts a log file of such records. */
  putLog(bucket: string, key: string, records: readonly object[]): Promise<void>
}

export async function openLakeFilesHouse(): Promise<LakeFilesHouse> {
  const house = await openPipelineHouse()
  const { world } = house
  Object.assign(world, { logBuckets: ownLogBuckets(world.calls) })
  const call = (service: string, operation: string, input: object, as: Principal = root) =>
    world.calls.onBehalfOf(as, 'cloudformation.amazonaws.com', { service, operation, input: { ...input } })
  return Object.assign(house, {
    call,
    codeOf: (operation: string, input: object, as?: Principal) =>
      call('cloudtrail', operation, input, as).then(
        () => 'none',
        (problem: Error) => problem.name,
      ),
    async ask(storeArn: string, statement: string) {
      const QueryStatement = statement.replaceAll('$1', storeArn.slice(storeArn.lastIndexOf('/') + 1))
      const { QueryId } = (await call('cloudtrail', 'StartQuery', { QueryStatement })) as Answer
      const { QueryStatus, QueryResultRows, ErrorMessage } = await until(
        () => call('cloudtrail', 'GetQueryResults', { QueryId }) as Promise<Answer>,
        ({ QueryStatus: status }) => status !== 'QUEUED' && status !== 'RUNNING',
      )
      if (QueryStatus !== 'FINISHED') throw new Error(`${QueryStatus}: ${ErrorMessage}`)
      return QueryResultRows.map((row: object[]) => row.flatMap(pair => Object.values(pair)))
    },
    async putLog(Bucket: string, Key: string, records: readonly object[]) {
      const Body = gzipSync(JSON.stringify({ Records: records }))
      await call('s3', 'PutObject', { Bucket, Key, Body })
    },
  })
}

/** Looks again and again until it holds. */
export async function until<Value>(look: () => Promise<Value>, holds: (value: Value) => boolean): Promise<Value> {
  for (let attempts = 0; attempts < 400; attempts++) {
    const value = await look()
    if (holds(value)) return value
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  throw new Error('did not come to be')
}
