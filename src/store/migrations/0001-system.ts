import type { Migration } from './migration.ts'

export const systemTables: Migration = {
  name: '0001-system',
  statements: [
    'CREATE TABLE "settings" ("name" text NOT NULL, "value" text NOT NULL, PRIMARY KEY ("name"))',
    'CREATE TABLE "changes" ("seq" integer PRIMARY KEY AUTOINCREMENT, "at" bigint NOT NULL, "account" text NOT NULL, "kind" text NOT NULL, "id" text NOT NULL)',
  ],
}
