import type { Migration } from './migration.ts'

/** How large events of an event data store may be, what they are enriched with, and where its insights go. */
export const enrichedEvents: Migration = {
  name: '0500-enriched-events',
  statements: [
    `ALTER TABLE "eventDataStores" ADD COLUMN "maxEventSize" text NOT NULL DEFAULT 'Standard'`,
    `ALTER TABLE "eventDataStores" ADD COLUMN "contextKeys" text NOT NULL DEFAULT '[]'`,
    'ALTER TABLE "eventDataStores" ADD COLUMN "enrichedSince" bigint',
    'ALTER TABLE "eventDataStores" ADD COLUMN "insightSelectors" text',
    'ALTER TABLE "eventDataStores" ADD COLUMN "insightsDestination" text',
    'ALTER TABLE "dashboards" ADD COLUMN "nextRefreshAt" bigint',
  ],
}
