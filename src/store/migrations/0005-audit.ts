import type { Migration } from './migration.ts'

export const auditTables: Migration = {
  name: '0005-audit',
  statements: [
    'CREATE TABLE "records" ("seq" integer PRIMARY KEY AUTOINCREMENT, "eventId" text NOT NULL, "account" text NOT NULL, "region" text NOT NULL, "at" bigint NOT NULL, "eventName" text NOT NULL, "eventSource" text NOT NULL, "username" text, "accessKeyId" text, "readOnly" bigint NOT NULL, "json" text NOT NULL)',
    'CREATE UNIQUE INDEX "recordsByEventId" ON "records" ("eventId")',
    'CREATE INDEX "recordsByAccountAndAtAndSeq" ON "records" ("account", "at", "seq")',
    'CREATE INDEX "recordsByAccountAndEventNameAndAtAndSeq" ON "records" ("account", "eventName", "at", "seq")',
    'CREATE INDEX "recordsByAccountAndUsernameAndAtAndSeq" ON "records" ("account", "username", "at", "seq")',
    'CREATE INDEX "recordsByAccountAndAccessKeyIdAndAtAndSeq" ON "records" ("account", "accessKeyId", "at", "seq")',
    'CREATE INDEX "recordsByAccountAndEventSourceAndAtAndSeq" ON "records" ("account", "eventSource", "at", "seq")',
    'CREATE INDEX "recordsOfWritesByAccountAndAtAndSeq" ON "records" ("account", "at", "seq") WHERE "readOnly" = 0',
    'CREATE TABLE "recordResources" ("seq" bigint NOT NULL, "account" text NOT NULL, "type" text, "name" text NOT NULL, PRIMARY KEY ("account", "name", "seq"))',
    'CREATE INDEX "recordResourcesByAccountAndTypeAndSeq" ON "recordResources" ("account", "type", "seq")',
  ],
}
