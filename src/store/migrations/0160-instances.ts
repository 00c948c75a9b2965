import type { Migration } from './migration.ts'

export const instanceTables: Migration = {
  name: '0160-instances',
  statements: [
    'CREATE TABLE "instances" ("id" text NOT NULL, "account" text NOT NULL, "region" text NOT NULL, "reservationId" text NOT NULL, "launchIndex" integer NOT NULL, "clientToken" text, "requestHash" text NOT NULL, "imageId" text NOT NULL, "instanceType" text NOT NULL, "keyName" text, "subnetId" text NOT NULL, "availabilityZone" text NOT NULL, "privateIp" text NOT NULL, "privateDnsName" text NOT NULL, "hostnameType" text NOT NULL, "userData" text, "metadataOptions" text NOT NULL, "launchedAt" bigint NOT NULL, "terminatedAt" bigint, PRIMARY KEY ("id"))',
    'CREATE INDEX "instancesByAccount" ON "instances" ("account", "region", "id")',
    'CREATE TABLE "instanceProfileAssociations" ("id" text NOT NULL, "account" text NOT NULL, "instanceId" text NOT NULL, "profileId" text NOT NULL, "profileArn" text NOT NULL, "associatedAt" bigint NOT NULL, PRIMARY KEY ("id"))',
    'CREATE UNIQUE INDEX "instanceProfileAssociationsByInstance" ON "instanceProfileAssociations" ("instanceId")',
    'CREATE TABLE "instanceMetadataDefaults" ("account" text NOT NULL, "region" text NOT NULL, "options" text NOT NULL, PRIMARY KEY ("account", "region"))',
  ],
}
