import type { Migration } from './migration.ts'

/** Imports of log files to event data stores, and where a query's results are delivered to. */
export const lakeImports: Migration = {
  name: '0320-lake-imports',
  statements: [
    'CREATE TABLE "lakeImports" ("id" text NOT NULL, "account" text NOT NULL, "storeArn" text NOT NULL, "location" text NOT NULL, "bucketRegion" text NOT NULL, "roleArn" text NOT NULL, "startEventAt" bigint, "endEventAt" bigint, "status" text NOT NULL, "lastKey" text, "prefixesFound" bigint NOT NULL, "prefixesCompleted" bigint NOT NULL, "filesCompleted" bigint NOT NULL, "eventsCompleted" bigint NOT NULL, "failedEntries" bigint NOT NULL, "createdAt" bigint NOT NULL, "updatedAt" bigint NOT NULL, PRIMARY KEY ("id"))',
    'CREATE INDEX "lakeImportsByAccount" ON "lakeImports" ("account", "createdAt", "id")',
    'CREATE INDEX "lakeImportsByStore" ON "lakeImports" ("storeArn", "status")',
    'CREATE TABLE "lakeImportFailures" ("importId" text NOT NULL, "key" text NOT NULL, "location" text NOT NULL, "status" text NOT NULL, "errorType" text NOT NULL, "errorMessage" text NOT NULL, "updatedAt" bigint NOT NULL, PRIMARY KEY ("importId", "key"))',
    'CREATE TABLE "importedRecords" ("storeArn" text NOT NULL, "eventId" text NOT NULL, "at" bigint NOT NULL, "json" text NOT NULL, PRIMARY KEY ("storeArn", "eventId"))',
    'CREATE INDEX "importedRecordsByStoreAndAt" ON "importedRecords" ("storeArn", "at")',
    'ALTER TABLE "lakeQueries" ADD COLUMN "deliveryUri" text',
    'ALTER TABLE "lakeQueries" ADD COLUMN "deliveryStatus" text',
  ],
}
