import type { Migration } from './migration.ts'

export const eksUpdates: Migration = {
  name: '0020-eks-updates',
  statements: [
    'CREATE TABLE "eksUpdates" ("id" text NOT NULL, "clusterId" text NOT NULL, "type" text NOT NULL, "status" text NOT NULL, "params" text NOT NULL, "createdAt" bigint NOT NULL, PRIMARY KEY ("id"))',
    'CREATE INDEX "eksUpdatesByCluster" ON "eksUpdates" ("clusterId")',
  ],
}
