import type { Migration } from './migration.ts'

export const eksResources: Migration = {
  name: '0110-eks-resources',
  statements: [
    'CREATE TABLE "eksResources" ("arn" text NOT NULL, "kind" text NOT NULL, "scope" text NOT NULL, "name" text NOT NULL, "details" text NOT NULL, "clientRequestToken" text, "createdAt" bigint NOT NULL, "modifiedAt" bigint NOT NULL, PRIMARY KEY ("arn"))',
    'CREATE UNIQUE INDEX "eksResourcesByName" ON "eksResources" ("scope", "kind", "name")',
    'ALTER TABLE "eksUpdates" ADD COLUMN "targetArn" text',
    'ALTER TABLE "podIdentityAssociations" ADD COLUMN "ownerArn" text',
    'CREATE TABLE "eksInsights" ("clusterId" text NOT NULL, "insight" text NOT NULL, "id" text NOT NULL, "outcome" text NOT NULL, "refreshedAt" bigint NOT NULL, "transitionedAt" bigint NOT NULL, PRIMARY KEY ("clusterId", "insight"))',
    'CREATE TABLE "eksInsightRefreshes" ("clusterId" text NOT NULL, "startedAt" bigint NOT NULL, "endedAt" bigint NOT NULL, PRIMARY KEY ("clusterId"))',
  ],
}
