import type { Migration } from './migration.ts'

/** Rates of errors are those of one code: what goes on is told apart by it. Those that went on before end as they began. */
export const insightErrorCodes: Migration = {
  name: '0501-insight-error-codes',
  statements: [
    'ALTER TABLE "openInsights" RENAME TO "openInsightsBefore"',
    'CREATE TABLE "openInsights" ("account" text NOT NULL, "region" text NOT NULL, "eventSource" text NOT NULL, "eventName" text NOT NULL, "type" text NOT NULL, "errorCode" text NOT NULL, "sharedEventId" text NOT NULL, "startedAt" bigint NOT NULL, "baseline" double precision NOT NULL, "baselineMinutes" bigint NOT NULL, PRIMARY KEY ("account", "region", "eventSource", "eventName", "type", "errorCode"))',
    `INSERT INTO "openInsights" SELECT "account", "region", "eventSource", "eventName", "type", '', "sharedEventId", "startedAt", "baseline", "baselineMinutes" FROM "openInsightsBefore"`,
    'DROP TABLE "openInsightsBefore"',
  ],
}
