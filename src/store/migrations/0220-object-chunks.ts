import type { Migration } from './migration.ts'

/** Contents of S3's objects where nodes share a database and no folder. Empty where they are files. */
export const objectChunks: Migration = {
  name: '0220-object-chunks',
  statements: [
    'CREATE TABLE "objectChunks" ("file" text NOT NULL, "number" bigint NOT NULL, "content" blob NOT NULL, "writtenAt" bigint NOT NULL, PRIMARY KEY ("file", "number"))',
    'CREATE TABLE "kubernetesEvents" ("clusterId" text NOT NULL, "revision" bigint NOT NULL, "type" text NOT NULL, "resource" text NOT NULL, "json" text NOT NULL, PRIMARY KEY ("clusterId", "revision"))',
  ],
}
