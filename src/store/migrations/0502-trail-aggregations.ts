import type { Migration } from './migration.ts'

/** How a trail sums its data events up, and up to when it has. */
export const trailAggregations: Migration = {
  name: '0502-trail-aggregations',
  statements: ['ALTER TABLE "trails" ADD COLUMN "aggregations" text', 'ALTER TABLE "trails" ADD COLUMN "aggregatedUntil" bigint'],
}
