import type { Migration } from './migration.ts'

/** What control planes' API servers have their keys of what is in etcd sealed with. */
export const etcdKeys: Migration = {
  name: '0520-etcd-keys',
  statements: ['CREATE TABLE "etcdKeys" ("clusterId" text NOT NULL, "key" text NOT NULL, PRIMARY KEY ("clusterId"))'],
}
