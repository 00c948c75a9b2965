import type { Migration } from './migration.ts'

export const eventDataStoreTables: Migration = {
  name: '0150-event-data-stores',
  statements: [
    'CREATE TABLE "eventDataStores" ("arn" text NOT NULL, "id" text NOT NULL, "account" text NOT NULL, "region" text NOT NULL, "organizationId" text, "name" text NOT NULL, "status" text NOT NULL, "selectors" text NOT NULL, "multiRegion" bigint NOT NULL, "retentionDays" bigint NOT NULL, "terminationProtected" bigint NOT NULL, "billingMode" text NOT NULL, "federationRoleArn" text, "createdAt" bigint NOT NULL, "updatedAt" bigint NOT NULL, "deletedAt" bigint, PRIMARY KEY ("arn"))',
    'CREATE UNIQUE INDEX "eventDataStoresById" ON "eventDataStores" ("id")',
    'CREATE INDEX "eventDataStoresByAccount" ON "eventDataStores" ("account", "region", "name")',
    'CREATE TABLE "eventDataStoreWindows" ("storeArn" text NOT NULL, "source" text NOT NULL, "afterSeq" bigint NOT NULL, "untilSeq" bigint, "selectors" text NOT NULL, PRIMARY KEY ("storeArn", "source", "afterSeq"))',
    'CREATE TABLE "lakeQueries" ("id" text NOT NULL, "storeArn" text NOT NULL, "account" text NOT NULL, "statement" text NOT NULL, "dashboardArn" text, "refreshId" text, "status" text NOT NULL, "errorMessage" text, "columns" text NOT NULL, "rowCount" bigint NOT NULL, "scanned" bigint NOT NULL, "matched" bigint NOT NULL, "bytes" bigint NOT NULL, "milliseconds" bigint NOT NULL, "createdAt" bigint NOT NULL, PRIMARY KEY ("id"))',
    'CREATE INDEX "lakeQueriesByStore" ON "lakeQueries" ("storeArn", "createdAt", "id")',
    'CREATE INDEX "lakeQueriesByStatus" ON "lakeQueries" ("status", "account")',
    'CREATE TABLE "lakeQueryPages" ("queryId" text NOT NULL, "page" bigint NOT NULL, "rows" text NOT NULL, PRIMARY KEY ("queryId", "page"))',
    'CREATE TABLE "channels" ("arn" text NOT NULL, "account" text NOT NULL, "region" text NOT NULL, "name" text NOT NULL, "source" text NOT NULL, "destinations" text NOT NULL, "createdAt" bigint NOT NULL, PRIMARY KEY ("arn"))',
    'CREATE INDEX "channelsByAccount" ON "channels" ("account", "region", "name")',
    'CREATE TABLE "dashboards" ("arn" text NOT NULL, "account" text NOT NULL, "region" text NOT NULL, "name" text NOT NULL, "type" text NOT NULL, "status" text NOT NULL, "widgets" text NOT NULL, "refreshSchedule" text, "terminationProtected" bigint NOT NULL, "lastRefreshId" text, "createdAt" bigint NOT NULL, "updatedAt" bigint NOT NULL, PRIMARY KEY ("arn"))',
    'CREATE INDEX "dashboardsByAccount" ON "dashboards" ("account", "region", "name")',
    'CREATE TABLE "lakeResourcePolicies" ("resourceArn" text NOT NULL, "policy" text NOT NULL, PRIMARY KEY ("resourceArn"))',
  ],
}
