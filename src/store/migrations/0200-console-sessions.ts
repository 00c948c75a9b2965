import type { Migration } from './migration.ts'

/** Who is signed in to the console, sign-in tokens that were used, and FIDO security keys. */
export const consoleSessions: Migration = {
  name: '0200-console-sessions',
  statements: [
    'CREATE TABLE "consoleSessions" ("idHash" text NOT NULL, "account" text NOT NULL, "ownerId" text NOT NULL, "facts" text NOT NULL, "signedInAt" bigint NOT NULL, "expiresAt" bigint NOT NULL, "usedAt" bigint NOT NULL, "switched" text, "roleHistory" text NOT NULL, PRIMARY KEY ("idHash"))',
    'CREATE INDEX "consoleSessionsByOwner" ON "consoleSessions" ("ownerId")',
    'CREATE INDEX "consoleSessionsByEnd" ON "consoleSessions" ("expiresAt")',
    'CREATE TABLE "usedSigninTokens" ("tokenId" text NOT NULL, "expiresAt" bigint NOT NULL, PRIMARY KEY ("tokenId"))',
    'CREATE INDEX "usedSigninTokensByEnd" ON "usedSigninTokens" ("expiresAt")',
    'ALTER TABLE "mfaDevices" ADD COLUMN "securityKey" text',
  ],
}
