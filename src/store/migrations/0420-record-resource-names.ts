import type { Migration } from './migration.ts'

/** A record may refer to two resources of one name, such as a role and a policy: the name alone is no key. */
export const recordResourceNames: Migration = {
  name: '0420-record-resource-names',
  statements: [
    'DROP INDEX "recordResourcesByPlaceAndType"',
    'ALTER TABLE "recordResources" RENAME TO "formerRecordResources"',
    'CREATE TABLE "recordResources" ("seq" bigint NOT NULL, "account" text NOT NULL, "region" text NOT NULL, "type" text, "name" text NOT NULL, "at" bigint NOT NULL)',
    'INSERT INTO "recordResources" ("seq", "account", "region", "type", "name", "at") SELECT "seq", "account", "region", "type", "name", "at" FROM "formerRecordResources"',
    'DROP TABLE "formerRecordResources"',
    'CREATE INDEX "recordResourcesByPlaceAndName" ON "recordResources" ("account", "region", "name", "at", "seq")',
    'CREATE INDEX "recordResourcesByPlaceAndType" ON "recordResources" ("account", "region", "type", "at", "seq")',
  ],
}
