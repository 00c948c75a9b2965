import type { Migration } from './migration.ts'

export const s3Tables: Migration = {
  name: '0130-s3',
  statements: [
    'CREATE TABLE "s3Buckets" ("name" text NOT NULL, "account" text NOT NULL, "region" text NOT NULL, "createdAt" bigint NOT NULL, "policy" text, "publicAccessBlock" text, "ownership" text, "encryption" text, "tags" text, PRIMARY KEY ("name"))',
    'CREATE INDEX "s3BucketsByAccount" ON "s3Buckets" ("account", "name")',
    'CREATE TABLE "s3Objects" ("bucket" text NOT NULL, "key" text NOT NULL, "pieces" text NOT NULL, "size" bigint NOT NULL, "etag" text NOT NULL, "modifiedAt" bigint NOT NULL, "headers" text NOT NULL, "checksum" text, "tags" text, PRIMARY KEY ("bucket", "key"))',
    'CREATE TABLE "s3Uploads" ("id" text NOT NULL, "bucket" text NOT NULL, "key" text NOT NULL, "initiatedAt" bigint NOT NULL, "initiatorArn" text NOT NULL, "initiatorId" text NOT NULL, "headers" text NOT NULL, "tags" text, "checksum" text, PRIMARY KEY ("id"))',
    'CREATE INDEX "s3UploadsByKey" ON "s3Uploads" ("bucket", "key", "initiatedAt", "id")',
    'CREATE TABLE "s3Parts" ("uploadId" text NOT NULL, "number" integer NOT NULL, "file" text, "size" bigint NOT NULL, "etag" text NOT NULL, "modifiedAt" bigint NOT NULL, "checksum" text, PRIMARY KEY ("uploadId", "number"))',
    'CREATE TABLE "s3Files" ("id" text NOT NULL, PRIMARY KEY ("id"))',
  ],
}
