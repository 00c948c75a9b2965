import type { Migration } from './migration.ts'

export const stackTables: Migration = {
  name: '0210-stacks',
  statements: [
    'CREATE TABLE "stacks" ("id" text NOT NULL, "account" text NOT NULL, "region" text NOT NULL, "name" text NOT NULL, "description" text, "status" text NOT NULL, "statusReason" text, "content" text NOT NULL, "previous" text, "outputs" text NOT NULL, "terminationProtection" integer NOT NULL, "changeSetId" text, "token" text, "createdAt" bigint NOT NULL, "updatedAt" bigint, "deletedAt" bigint, PRIMARY KEY ("id"))',
    'CREATE UNIQUE INDEX "stacksByName" ON "stacks" ("account", "region", "name") WHERE "deletedAt" IS NULL',
    'CREATE INDEX "stacksByAccount" ON "stacks" ("account", "region", "createdAt")',
    'CREATE TABLE "stackResources" ("stackId" text NOT NULL, "logicalId" text NOT NULL, "place" integer NOT NULL, "physicalId" text, "type" text NOT NULL, "status" text NOT NULL, "statusReason" text, "content" text NOT NULL, "updatedAt" bigint NOT NULL, PRIMARY KEY ("stackId", "logicalId"))',
    'CREATE INDEX "stackResourcesByPhysicalId" ON "stackResources" ("physicalId")',
    'CREATE TABLE "stackEvents" ("seq" integer PRIMARY KEY AUTOINCREMENT, "id" text NOT NULL, "stackId" text NOT NULL, "logicalId" text NOT NULL, "physicalId" text NOT NULL, "type" text NOT NULL, "status" text NOT NULL, "statusReason" text, "properties" text, "token" text, "at" bigint NOT NULL)',
    'CREATE INDEX "stackEventsByStack" ON "stackEvents" ("stackId", "seq")',
    'CREATE TABLE "stackExports" ("account" text NOT NULL, "region" text NOT NULL, "name" text NOT NULL, "value" text NOT NULL, "stackId" text NOT NULL, PRIMARY KEY ("account", "region", "name"))',
    'CREATE INDEX "stackExportsByStack" ON "stackExports" ("stackId")',
    'CREATE TABLE "stackImports" ("stackId" text NOT NULL, "account" text NOT NULL, "region" text NOT NULL, "exportName" text NOT NULL, PRIMARY KEY ("stackId", "exportName"))',
    'CREATE INDEX "stackImportsByExport" ON "stackImports" ("account", "region", "exportName")',
    'CREATE TABLE "changeSets" ("id" text NOT NULL, "stackId" text NOT NULL, "name" text NOT NULL, "type" text NOT NULL, "description" text, "status" text NOT NULL, "statusReason" text, "executionStatus" text NOT NULL, "content" text NOT NULL, "changes" text NOT NULL, "token" text, "createdAt" bigint NOT NULL, PRIMARY KEY ("id"))',
    'CREATE UNIQUE INDEX "changeSetsByName" ON "changeSets" ("stackId", "name")',
  ],
}
