import type { Migration } from './migration.ts'

export const eksTables: Migration = {
  name: '0003-eks',
  statements: [
    'CREATE TABLE "clusters" ("id" text NOT NULL, "account" text NOT NULL, "region" text NOT NULL, "name" text NOT NULL, "arn" text NOT NULL, "status" text NOT NULL, "kind" text NOT NULL, "version" text NOT NULL, "roleArn" text NOT NULL, "authenticationMode" text NOT NULL, "creatorArn" text, "creatorId" text, "issuerUrl" text NOT NULL, "endpoint" text, "certificateAuthority" text, "webhookToken" text NOT NULL, "details" text NOT NULL, "createdAt" bigint NOT NULL, PRIMARY KEY ("id"))',
    'CREATE UNIQUE INDEX "clustersByAccountAndRegionAndName" ON "clusters" ("account", "region", "name")',
    'CREATE UNIQUE INDEX "clustersByArn" ON "clusters" ("arn")',
    'CREATE TABLE "accessEntries" ("clusterId" text NOT NULL, "principalArn" text NOT NULL, "principalId" text NOT NULL, "entryId" text NOT NULL, "type" text NOT NULL, "username" text NOT NULL, "groups" text NOT NULL, "createdAt" bigint NOT NULL, "modifiedAt" bigint NOT NULL, PRIMARY KEY ("clusterId", "principalArn"))',
    'CREATE TABLE "accessPolicyAssociations" ("clusterId" text NOT NULL, "principalArn" text NOT NULL, "policyArn" text NOT NULL, "scope" text NOT NULL, "namespaces" text NOT NULL, "associatedAt" bigint NOT NULL, "modifiedAt" bigint NOT NULL, PRIMARY KEY ("clusterId", "principalArn", "policyArn"))',
    'CREATE TABLE "issuerKeys" ("clusterId" text NOT NULL, "keyId" text NOT NULL, "privateKey" text NOT NULL, "publicKey" text NOT NULL, "createdAt" bigint NOT NULL, "retiredAt" bigint, "publishedUntil" bigint, PRIMARY KEY ("clusterId", "keyId"))',
  ],
}
