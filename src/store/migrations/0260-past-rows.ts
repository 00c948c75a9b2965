import type { Migration } from './migration.ts'

/** What rows were before they changed, and since when it is kept. Empty at first: the present needs no copy. */
export const pastRows: Migration = {
  name: '0260-past-rows',
  statements: [
    'CREATE TABLE "pastRows" ("seq" integer PRIMARY KEY AUTOINCREMENT, "at" bigint NOT NULL, "of" text NOT NULL, "key" text NOT NULL, "before" text)',
    'CREATE TABLE "pastKept" ("since" bigint NOT NULL)',
  ],
}
