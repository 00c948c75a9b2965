import type { Migration } from './migration.ts'

export const accessAnalyzerTables: Migration = {
  name: '0060-access-analyzer',
  statements: [
    'CREATE TABLE "analyzers" ("arn" text NOT NULL, "account" text NOT NULL, "region" text NOT NULL, "name" text NOT NULL, "type" text NOT NULL, "configuration" text, "createdAt" bigint NOT NULL, "lastAnalyzedAt" bigint, "lastAnalyzedResource" text, PRIMARY KEY ("arn"))',
    'CREATE INDEX "analyzersByAccount" ON "analyzers" ("account", "region")',
    'CREATE TABLE "archiveRules" ("analyzerArn" text NOT NULL, "name" text NOT NULL, "filter" text NOT NULL, "createdAt" bigint NOT NULL, "updatedAt" bigint NOT NULL, PRIMARY KEY ("analyzerArn", "name"))',
    'CREATE TABLE "analyzerFindings" ("id" text NOT NULL, "analyzerArn" text NOT NULL, "identity" text NOT NULL, "type" text NOT NULL, "resource" text NOT NULL, "resourceType" text NOT NULL, "resourceOwner" text NOT NULL, "status" text NOT NULL, "detail" text NOT NULL, "createdAt" bigint NOT NULL, "analyzedAt" bigint NOT NULL, "updatedAt" bigint NOT NULL, PRIMARY KEY ("id"))',
    'CREATE UNIQUE INDEX "analyzerFindingsByIdentity" ON "analyzerFindings" ("analyzerArn", "identity")',
    'CREATE TABLE "accessPreviews" ("id" text NOT NULL, "analyzerArn" text NOT NULL, "configurations" text NOT NULL, "findings" text NOT NULL, "createdAt" bigint NOT NULL, PRIMARY KEY ("id"))',
    'CREATE INDEX "accessPreviewsByAnalyzer" ON "accessPreviews" ("analyzerArn")',
  ],
}
