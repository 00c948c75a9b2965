import type { Migration } from './migration.ts'

/** Invitations and approvals, and the policies that let others manage organizations. */
export const organizationHandshakes: Migration = {
  name: '0101-organization-handshakes',
  statements: [
    'CREATE TABLE "handshakes" ("id" text NOT NULL, "organizationId" text NOT NULL, "action" text NOT NULL, "account" text NOT NULL, "parentId" text, "state" text NOT NULL, "requestedAt" bigint NOT NULL, "expiresAt" bigint NOT NULL, "endedAt" bigint, "value" text NOT NULL, PRIMARY KEY ("id"))',
    'CREATE INDEX "handshakesByOrganization" ON "handshakes" ("organizationId", "id")',
    'CREATE INDEX "handshakesByAccount" ON "handshakes" ("account", "id")',
    'CREATE TABLE "organizationResourcePolicies" ("organizationId" text NOT NULL, "id" text NOT NULL, "content" text NOT NULL, PRIMARY KEY ("organizationId"))',
  ],
}
