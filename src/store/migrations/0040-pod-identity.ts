import type { Migration } from './migration.ts'

export const podIdentityTables: Migration = {
  name: '0040-pod-identity',
  statements: [
    'CREATE TABLE "podIdentityAssociations" ("id" text NOT NULL, "clusterId" text NOT NULL, "arn" text NOT NULL, "namespace" text NOT NULL, "serviceAccount" text NOT NULL, "roleArn" text NOT NULL, "targetRoleArn" text, "disableSessionTags" integer NOT NULL, "policy" text, "clientRequestToken" text, "createdAt" bigint NOT NULL, "modifiedAt" bigint NOT NULL, PRIMARY KEY ("id"))',
    'CREATE UNIQUE INDEX "podIdentityAssociationsByServiceAccount" ON "podIdentityAssociations" ("clusterId", "namespace", "serviceAccount")',
  ],
}
