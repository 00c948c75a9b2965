import type { Migration } from './migration.ts'

/** When users and roles last called which operation: what last-accessed information is told from. */
export const serviceUses: Migration = {
  name: '0008-service-uses',
  statements: [
    'CREATE TABLE "serviceUses" ("entityId" text NOT NULL, "account" text NOT NULL, "service" text NOT NULL, "action" text NOT NULL, "lastAt" bigint NOT NULL, "region" text NOT NULL, PRIMARY KEY ("entityId", "service", "action"))',
  ],
}
