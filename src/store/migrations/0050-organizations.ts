import type { Migration } from './migration.ts'

export const organizationsTables: Migration = {
  name: '0050-organizations',
  statements: [
    'CREATE TABLE "organizations" ("id" text NOT NULL, "managementAccount" text NOT NULL, "rootId" text NOT NULL, "featureSet" text NOT NULL, "policyTypes" text NOT NULL, "createdAt" bigint NOT NULL, PRIMARY KEY ("id"))',
    'CREATE TABLE "organizationAccounts" ("accountId" text NOT NULL, "organizationId" text NOT NULL, "parentId" text NOT NULL, "name" text NOT NULL, "email" text NOT NULL, "joinedMethod" text NOT NULL, "joinedAt" bigint NOT NULL, "status" text NOT NULL, PRIMARY KEY ("accountId"))',
    'CREATE INDEX "organizationAccountsByOrganization" ON "organizationAccounts" ("organizationId", "accountId")',
    'CREATE INDEX "organizationAccountsByParent" ON "organizationAccounts" ("parentId", "accountId")',
    'CREATE TABLE "organizationalUnits" ("id" text NOT NULL, "organizationId" text NOT NULL, "parentId" text NOT NULL, "name" text NOT NULL, PRIMARY KEY ("id"))',
    'CREATE UNIQUE INDEX "organizationalUnitsByParentAndName" ON "organizationalUnits" ("parentId", "name")',
    'CREATE INDEX "organizationalUnitsByParent" ON "organizationalUnits" ("parentId", "id")',
    'CREATE INDEX "organizationalUnitsByOrganization" ON "organizationalUnits" ("organizationId", "id")',
    'CREATE TABLE "organizationPolicies" ("id" text NOT NULL, "organizationId" text NOT NULL, "type" text NOT NULL, "name" text NOT NULL, "description" text NOT NULL, "content" text NOT NULL, PRIMARY KEY ("id"))',
    'CREATE UNIQUE INDEX "organizationPoliciesByTypeAndName" ON "organizationPolicies" ("organizationId", "type", "name")',
    'CREATE INDEX "organizationPoliciesByType" ON "organizationPolicies" ("organizationId", "type", "id")',
    'CREATE TABLE "organizationPolicyTargets" ("organizationId" text NOT NULL, "targetId" text NOT NULL, "policyId" text NOT NULL, PRIMARY KEY ("targetId", "policyId"))',
    'CREATE INDEX "organizationPolicyTargetsByPolicy" ON "organizationPolicyTargets" ("organizationId", "policyId", "targetId")',
    'CREATE TABLE "createAccountRequests" ("id" text NOT NULL, "organizationId" text NOT NULL, "name" text NOT NULL, "accountId" text, "state" text NOT NULL, "failureReason" text, "requestedAt" bigint NOT NULL, PRIMARY KEY ("id"))',
    'CREATE INDEX "createAccountRequestsByOrganization" ON "createAccountRequests" ("organizationId", "id")',
    'CREATE TABLE "organizationServices" ("organizationId" text NOT NULL, "service" text NOT NULL, "enabledAt" bigint NOT NULL, PRIMARY KEY ("organizationId", "service"))',
    'CREATE TABLE "delegatedAdministrators" ("organizationId" text NOT NULL, "accountId" text NOT NULL, "service" text NOT NULL, "enabledAt" bigint NOT NULL, PRIMARY KEY ("organizationId", "accountId", "service"))',
  ],
}
