import { operationsOf } from '../operation.ts'
import * as channels from './channels.ts'
import * as dashboards from './dashboards.ts'
import * as delegatedAdministrators from './delegated-administrators.ts'
import * as eventConfiguration from './event-configuration.ts'
import * as eventDataStores from './event-data-stores.ts'
import * as eventSelectors from './event-selectors.ts'
import * as events from './events.ts'
import * as federation from './federation.ts'
import * as imports from './imports.ts'
import * as insightSelectors from './insight-selectors.ts'
import * as insightsData from './insights-data.ts'
import * as logging from './logging.ts'
import * as publicKeys from './public-keys.ts'
import * as queries from './queries.ts'
import * as resourcePolicies from './resource-policies.ts'
import * as sampleQueries from './sample-queries.ts'
import * as tags from './tags.ts'
import * as trails from './trails.ts'

/** The operations of CloudTrail that are served. */
export const operations = operationsOf(
  channels,
  dashboards,
  delegatedAdministrators,
  eventConfiguration,
  eventDataStores,
  eventSelectors,
  events,
  federation,
  imports,
  insightSelectors,
  insightsData,
  logging,
  publicKeys,
  queries,
  resourcePolicies,
  sampleQueries,
  tags,
  trails,
)
