import { buildRecord, type RecordFacts } from '../../../src/audit/record.ts'
import { insertRecord } from '../../../src/audit/records.ts'
import { operations } from '../../../src/services/cloudtrail/index.ts'
import { PutAuditEvents } from '../../../src/services/cloudtrail/put-audit-events.ts'
import { account, type Answer, type House, openHouse } from '../call.ts'

/** A house whose event data stores can be filled. */
export interface LakeHouse extends House {
  /** Records a call at the house's time. */
  record(facts?: Partial<RecordFacts>): Promise<void>
  /** Makes an event data store; `$1` in `ask` is its id. */
  makeStore(input?: object): Promise<string>
  /** Runs a statement to its end; the rows as lists of texts. */
  ask(storeArn: string, statement: string): Promise<string[][]>
}

let made = 0

export async function openLakeHouse(): Promise<LakeHouse> {
  const house = await openHouse([...operations, PutAuditEvents])
  const idOf = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1)
  return Object.assign(house, {
    async record(facts: Partial<RecordFacts> = {}) {
      const record = buildRecord({
        eventId: `event-${made++}`,
        requestId: 'request',
        at: house.now,
        eventSource: 'iam.amazonaws.com',
        eventName: 'GetUser',
        region: 'us-east-1',
        account,
        userIdentity: { type: 'IAMUser', userName: 'alice' },
        sourceIp: '203.0.113.7',
        userAgent: 'test',
        readOnly: true,
        requestParameters: null,
        responseElements: null,
        ...facts,
      } as RecordFacts)
      await house.world.store.write(tx => insertRecord(tx, { record, username: undefined }))
    },
    async makeStore(input: object = {}) {
      const { EventDataStoreArn } = await house.call('CreateEventDataStore', {
        Name: `store-${made++}`,
        TerminationProtectionEnabled: false,
        ...input,
      })
      return EventDataStoreArn as string
    },
    async ask(storeArn: string, statement: string) {
      const { QueryId } = await house.call('StartQuery', { QueryStatement: statement.replaceAll('$1', idOf(storeArn)) })
      const { QueryStatus, QueryResultRows, ErrorMessage } = await house.call('GetQueryResults', { QueryId })
      if (QueryStatus !== 'FINISHED') throw new Error(`${QueryStatus}: ${ErrorMessage}`)
      return QueryResultRows.map((row: Answer[]) => row.flatMap(pair => Object.values(pair)))
    },
  })
}
