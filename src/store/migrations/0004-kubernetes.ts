import type { Migration } from './migration.ts'

export const kubernetesTables: Migration = {
  name: '0004-kubernetes',
  statements: [
    'CREATE TABLE "kubernetesObjects" ("clusterId" text NOT NULL, "resource" text NOT NULL, "namespace" text NOT NULL, "name" text NOT NULL, "resourceVersion" bigint NOT NULL, "json" text NOT NULL, PRIMARY KEY ("clusterId", "resource", "namespace", "name"))',
    'CREATE TABLE "kubernetesRevisions" ("clusterId" text NOT NULL, "revision" bigint NOT NULL, PRIMARY KEY ("clusterId"))',
  ],
}
