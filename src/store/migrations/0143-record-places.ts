import type { Migration } from './migration.ts'

/** Look-ups are of one account and region: an index without the region passes over the records of all others. */
export const recordPlaces: Migration = {
  name: '0143-record-places',
  statements: [
    'DROP INDEX "recordsByAccountAndAtAndSeq"',
    'DROP INDEX "recordsByAccountAndEventNameAndAtAndSeq"',
    'DROP INDEX "recordsByAccountAndUsernameAndAtAndSeq"',
    'DROP INDEX "recordsByAccountAndAccessKeyIdAndAtAndSeq"',
    'DROP INDEX "recordsByAccountAndEventSourceAndAtAndSeq"',
    'DROP INDEX "recordsOfWritesByAccountAndAtAndSeq"',
    'CREATE INDEX "recordsByPlace" ON "records" ("account", "region", "at", "seq")',
    'CREATE INDEX "recordsByPlaceAndEventName" ON "records" ("account", "region", "eventName", "at", "seq")',
    'CREATE INDEX "recordsByPlaceAndUsername" ON "records" ("account", "region", "username", "at", "seq")',
    'CREATE INDEX "recordsByPlaceAndAccessKeyId" ON "records" ("account", "region", "accessKeyId", "at", "seq")',
    'CREATE INDEX "recordsByPlaceAndEventSource" ON "records" ("account", "region", "eventSource", "at", "seq")',
    'CREATE INDEX "recordsOfWritesByPlace" ON "records" ("account", "region", "at", "seq") WHERE "readOnly" = 0',
    'DROP INDEX "recordResourcesByAccountAndTypeAndSeq"',
    'ALTER TABLE "recordResources" RENAME TO "formerRecordResources"',
    'CREATE TABLE "recordResources" ("seq" bigint NOT NULL, "account" text NOT NULL, "region" text NOT NULL, "type" text, "name" text NOT NULL, "at" bigint NOT NULL, PRIMARY KEY ("account", "region", "name", "at", "seq"))',
    'INSERT INTO "recordResources" ("seq", "account", "region", "type", "name", "at") SELECT "former"."seq", "former"."account", "records"."region", "former"."type", "former"."name", "records"."at" FROM "formerRecordResources" AS "former" INNER JOIN "records" ON "records"."seq" = "former"."seq"',
    'DROP TABLE "formerRecordResources"',
    'CREATE INDEX "recordResourcesByPlaceAndType" ON "recordResources" ("account", "region", "type", "at", "seq")',
  ],
}
