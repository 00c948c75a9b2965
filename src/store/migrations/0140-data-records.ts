import type { Migration } from './migration.ts'

export const dataRecords: Migration = {
  name: '0140-data-records',
  statements: [
    'CREATE TABLE "dataRecords" ("seq" integer PRIMARY KEY AUTOINCREMENT, "eventId" text NOT NULL, "account" text NOT NULL, "region" text NOT NULL, "at" bigint NOT NULL, "json" text NOT NULL)',
    'CREATE INDEX "dataRecordsByAt" ON "dataRecords" ("at", "seq")',
  ],
}
