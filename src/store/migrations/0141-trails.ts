import type { Migration } from './migration.ts'

export const trailTables: Migration = {
  name: '0141-trails',
  statements: [
    'CREATE TABLE "trails" ("arn" text NOT NULL, "account" text NOT NULL, "name" text NOT NULL, "region" text NOT NULL, "organizationId" text, "bucket" text NOT NULL, "prefix" text, "multiRegion" bigint NOT NULL, "globalEvents" bigint NOT NULL, "fileValidation" bigint NOT NULL, "validatedSince" bigint, "recursive" bigint NOT NULL, "eventSelectors" text, "advancedSelectors" text, "insightSelectors" text, "createdAt" bigint NOT NULL, "startedAt" bigint, "stoppedAt" bigint, "logging" bigint NOT NULL, "deliveredAt" bigint, "attemptedAt" bigint, "deliveryError" text, "digestedAt" bigint, "digestError" text, PRIMARY KEY ("arn"))',
    'CREATE INDEX "trailsByAccount" ON "trails" ("account", "name")',
    'CREATE INDEX "trailsByOrganization" ON "trails" ("organizationId", "name")',
    'CREATE TABLE "trailCursors" ("trailArn" text NOT NULL, "startedAt" bigint NOT NULL, "source" text NOT NULL, "afterSeq" bigint NOT NULL, "untilSeq" bigint, PRIMARY KEY ("trailArn", "source", "startedAt"))',
    'CREATE TABLE "trailFiles" ("key" text NOT NULL, "bucket" text NOT NULL, "trailArn" text NOT NULL, "source" text NOT NULL, "account" text NOT NULL, "region" text NOT NULL, "afterSeq" bigint NOT NULL, "untilSeq" bigint NOT NULL, "namedAt" bigint NOT NULL, "deliveredAt" bigint, "hash" text, "oldestAt" bigint, "newestAt" bigint, "digestKey" text, PRIMARY KEY ("bucket", "key"))',
    'CREATE INDEX "trailFilesByTrail" ON "trailFiles" ("trailArn", "deliveredAt")',
    'CREATE TABLE "trailDigests" ("trailArn" text NOT NULL, "account" text NOT NULL, "region" text NOT NULL, "endAt" bigint NOT NULL, "startAt" bigint NOT NULL, "bucket" text NOT NULL, "key" text NOT NULL, "hash" text, "signature" text, PRIMARY KEY ("trailArn", "account", "region", "endAt"))',
    'CREATE TABLE "digestKeys" ("fingerprint" text NOT NULL, "region" text NOT NULL, "publicKey" text NOT NULL, "privateKey" text, "startAt" bigint NOT NULL, "endAt" bigint NOT NULL, PRIMARY KEY ("fingerprint"))',
    'CREATE INDEX "digestKeysByRegionAndEnd" ON "digestKeys" ("region", "endAt")',
  ],
}
