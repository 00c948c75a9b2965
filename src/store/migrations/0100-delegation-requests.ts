import type { Migration } from './migration.ts'

/** Requests of product providers for temporary access, and what roles and providers keep beside. */
export const delegationRequests: Migration = {
  name: '0100-delegation-requests',
  statements: [
    'CREATE TABLE "delegationRequests" ("id" text NOT NULL, "requestor" text NOT NULL, "workflowId" text NOT NULL, "ownerAccount" text, "ownerId" text, "state" text NOT NULL, "createdAt" bigint NOT NULL, "updatedAt" bigint NOT NULL, "expiresAt" bigint NOT NULL, "value" text NOT NULL, PRIMARY KEY ("id"))',
    'CREATE UNIQUE INDEX "delegationRequestsByWorkflow" ON "delegationRequests" ("requestor", "workflowId")',
    'CREATE INDEX "delegationRequestsByOwner" ON "delegationRequests" ("ownerAccount", "ownerId", "id")',
    'CREATE INDEX "delegationRequestsByAccount" ON "delegationRequests" ("ownerAccount", "id")',
    'CREATE INDEX "serviceUsesByAccount" ON "serviceUses" ("account", "service", "lastAt")',
    'ALTER TABLE "roles" ADD COLUMN "signinSessionSeconds" integer',
    'ALTER TABLE "roles" ADD COLUMN "sourceTemplate" text',
    'ALTER TABLE "loginProfiles" ADD COLUMN "signinSessionSeconds" integer',
    'ALTER TABLE "oidcProviders" ADD COLUMN "contextProvider" text',
    'ALTER TABLE "oidcProviders" ADD COLUMN "identityCenterInstanceArn" text',
    'ALTER TABLE "samlProviders" ADD COLUMN "contextProvider" text',
    'ALTER TABLE "samlProviders" ADD COLUMN "identityCenterInstanceArn" text',
  ],
}
