import type { Migration } from './migration.ts'

/** Keys of accounts' own issuers, which GetWebIdentityToken's tokens are signed with. */
export const outboundTokens: Migration = {
  name: '0010-outbound-tokens',
  statements: [
    'CREATE TABLE "outboundTokenKeys" ("account" text NOT NULL, "algorithm" text NOT NULL, "keyId" text NOT NULL, "privateKey" text NOT NULL, "publicKey" text NOT NULL, "createdAt" bigint NOT NULL, PRIMARY KEY ("account", "algorithm"))',
  ],
}
