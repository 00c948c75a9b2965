import { operationsOf } from '../operation.ts'
import * as events from './events.ts'

/** The operations of CloudTrail that are served. */
export const operations = operationsOf(events)
