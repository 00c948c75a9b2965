import type { Migration } from './migration.ts'

/** What people and programs sign in with besides access keys, and an account's settings. */
export const iamCredentials: Migration = {
  name: '0007-iam-credentials',
  statements: [
    'CREATE TABLE "accountSettings" ("account" text NOT NULL, "name" text NOT NULL, "value" text NOT NULL, PRIMARY KEY ("account", "name"))',
    'CREATE TABLE "loginProfiles" ("userId" text NOT NULL, "account" text NOT NULL, "passwordHash" text NOT NULL, "createdAt" bigint NOT NULL, "changedAt" bigint NOT NULL, "resetRequired" bigint NOT NULL, "earlierHashes" text NOT NULL, PRIMARY KEY ("userId"))',
    'CREATE TABLE "mfaDevices" ("serial" text NOT NULL, "account" text NOT NULL, "path" text NOT NULL, "name" text NOT NULL, "nameKey" text NOT NULL, "seed" text NOT NULL, "createdAt" bigint NOT NULL, "ownerId" text, "enabledAt" bigint, "lastStep" bigint NOT NULL, "drift" bigint NOT NULL, PRIMARY KEY ("serial"))',
    'CREATE UNIQUE INDEX "mfaDevicesByAccountAndName" ON "mfaDevices" ("account", "path", "nameKey")',
    'CREATE INDEX "mfaDevicesByOwner" ON "mfaDevices" ("ownerId")',
    'CREATE TABLE "sshPublicKeys" ("id" text NOT NULL, "account" text NOT NULL, "userId" text NOT NULL, "body" text NOT NULL, "fingerprint" text NOT NULL, "status" text NOT NULL, "uploadedAt" bigint NOT NULL, PRIMARY KEY ("id"))',
    'CREATE INDEX "sshPublicKeysByUser" ON "sshPublicKeys" ("userId")',
    'CREATE TABLE "signingCertificates" ("id" text NOT NULL, "account" text NOT NULL, "userId" text NOT NULL, "body" text NOT NULL, "status" text NOT NULL, "uploadedAt" bigint NOT NULL, PRIMARY KEY ("id"))',
    'CREATE INDEX "signingCertificatesByUser" ON "signingCertificates" ("userId")',
    'CREATE TABLE "serverCertificates" ("id" text NOT NULL, "account" text NOT NULL, "name" text NOT NULL, "nameKey" text NOT NULL, "path" text NOT NULL, "body" text NOT NULL, "chain" text, "privateKey" text NOT NULL, "uploadedAt" bigint NOT NULL, "expiresAt" bigint NOT NULL, PRIMARY KEY ("id"))',
    'CREATE UNIQUE INDEX "serverCertificatesByName" ON "serverCertificates" ("account", "nameKey")',
    'CREATE INDEX "serverCertificatesByPath" ON "serverCertificates" ("account", "path", "nameKey")',
    'CREATE TABLE "serviceCredentials" ("id" text NOT NULL, "account" text NOT NULL, "userId" text NOT NULL, "service" text NOT NULL, "serviceUserName" text NOT NULL, "passwordHash" text NOT NULL, "status" text NOT NULL, "createdAt" bigint NOT NULL, "expiresAt" bigint, PRIMARY KEY ("id"))',
    'CREATE INDEX "serviceCredentialsByUser" ON "serviceCredentials" ("userId")',
    'CREATE INDEX "serviceCredentialsByAccount" ON "serviceCredentials" ("account", "id")',
    'CREATE TABLE "samlProviders" ("arn" text NOT NULL, "account" text NOT NULL, "name" text NOT NULL, "uuid" text NOT NULL, "metadata" text NOT NULL, "createdAt" bigint NOT NULL, "validUntil" bigint NOT NULL, "encryptionMode" text, "privateKeys" text NOT NULL, PRIMARY KEY ("arn"))',
    'CREATE INDEX "samlProvidersByAccount" ON "samlProviders" ("account")',
    'CREATE TABLE "iamJobs" ("id" text NOT NULL, "account" text NOT NULL, "kind" text NOT NULL, "createdAt" bigint NOT NULL, "value" text NOT NULL, PRIMARY KEY ("id"))',
  ],
}
