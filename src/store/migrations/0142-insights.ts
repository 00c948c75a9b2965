import type { Migration } from './migration.ts'

export const insightTables: Migration = {
  name: '0142-insights',
  statements: [
    'CREATE TABLE "insightRecords" ("seq" integer PRIMARY KEY AUTOINCREMENT, "eventId" text NOT NULL, "account" text NOT NULL, "region" text NOT NULL, "at" bigint NOT NULL, "eventName" text NOT NULL, "eventSource" text NOT NULL, "json" text NOT NULL)',
    'CREATE INDEX "insightRecordsByAccountAndRegionAndAt" ON "insightRecords" ("account", "region", "at", "seq")',
    'CREATE TABLE "callCounts" ("account" text NOT NULL, "region" text NOT NULL, "eventSource" text NOT NULL, "eventName" text NOT NULL, "errorCode" text NOT NULL, "minute" bigint NOT NULL, "readOnly" bigint NOT NULL, "calls" bigint NOT NULL, PRIMARY KEY ("account", "region", "eventSource", "eventName", "errorCode", "minute"))',
    'CREATE INDEX "callCountsByMinute" ON "callCounts" ("minute")',
    'CREATE TABLE "openInsights" ("account" text NOT NULL, "region" text NOT NULL, "eventSource" text NOT NULL, "eventName" text NOT NULL, "type" text NOT NULL, "sharedEventId" text NOT NULL, "startedAt" bigint NOT NULL, "baseline" double precision NOT NULL, "baselineMinutes" bigint NOT NULL, PRIMARY KEY ("account", "region", "eventSource", "eventName", "type"))',
  ],
}
