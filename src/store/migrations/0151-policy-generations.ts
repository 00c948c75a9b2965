import type { Migration } from './migration.ts'

export const policyGenerationTables: Migration = {
  name: '0151-policy-generations',
  statements: [
    'CREATE TABLE "policyGenerations" ("id" text NOT NULL, "account" text NOT NULL, "region" text NOT NULL, "principalArn" text NOT NULL, "clientToken" text, "cloudTrail" text, "status" text NOT NULL, "uses" text NOT NULL, "services" text NOT NULL, "complete" bigint NOT NULL, "errorCode" text, "errorMessage" text, "startedAt" bigint NOT NULL, "completedAt" bigint, PRIMARY KEY ("id"))',
    'CREATE INDEX "policyGenerationsByAccount" ON "policyGenerations" ("account", "region", "startedAt")',
    'CREATE TABLE "findingRecommendations" ("findingId" text NOT NULL, "analyzerArn" text NOT NULL, "steps" text NOT NULL, "startedAt" bigint NOT NULL, PRIMARY KEY ("findingId", "analyzerArn"))',
  ],
}
