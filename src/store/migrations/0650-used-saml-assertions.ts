import type { Migration } from './migration.ts'

/** Assertions that are good once, by the hash of their provider and ID. */
export const usedSamlAssertions: Migration = {
  name: '0650-used-saml-assertions',
  statements: [
    'CREATE TABLE "usedSamlAssertions" ("idHash" text NOT NULL, "expiresAt" bigint NOT NULL, PRIMARY KEY ("idHash"))',
    'CREATE INDEX "usedSamlAssertionsByEnd" ON "usedSamlAssertions" ("expiresAt")',
  ],
}
