import { operationsOf } from '../operation.ts'
import * as delegatedAdministrators from './delegated-administrators.ts'
import * as eventSelectors from './event-selectors.ts'
import * as events from './events.ts'
import * as insightSelectors from './insight-selectors.ts'
import * as logging from './logging.ts'
import * as publicKeys from './public-keys.ts'
import * as tags from './tags.ts'
import * as trails from './trails.ts'

/** The operations of CloudTrail that are served. */
export const operations = operationsOf(events, trails, logging, publicKeys, tags, eventSelectors, insightSelectors, delegatedAdministrators)
