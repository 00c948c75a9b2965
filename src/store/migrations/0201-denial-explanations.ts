import type { Migration } from './migration.ts'

/** Why calls were denied, as it was then. */
export const denialExplanations: Migration = {
  name: '0201-denial-explanations',
  statements: [
    'CREATE TABLE "denialExplanations" ("eventId" text NOT NULL, "account" text NOT NULL, "at" bigint NOT NULL, "json" text NOT NULL, PRIMARY KEY ("eventId"))',
    'CREATE INDEX "denialExplanationsByTime" ON "denialExplanations" ("at")',
  ],
}
