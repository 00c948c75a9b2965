import type { Migration } from './migration.ts'

export const attachedClusters: Migration = {
  name: '0120-attached-clusters',
  statements: [
    'CREATE TABLE "attachedClusters" ("clusterId" text NOT NULL, "credentials" text NOT NULL, "publicKeys" text NOT NULL, "tlsServerName" text, PRIMARY KEY ("clusterId"))',
  ],
}
