import type { Migration } from './migration.ts'

/** Indexes that keep IAM's lists flat however many entities there are: by path, by boundary, and by attached policy. */
export const iamLists: Migration = {
  name: '0006-iam-lists',
  statements: [
    'CREATE INDEX "usersByAccountAndPath" ON "users" ("account", "path", "nameKey")',
    'CREATE INDEX "groupsByAccountAndPath" ON "groups" ("account", "path", "nameKey")',
    'CREATE INDEX "rolesByAccountAndPath" ON "roles" ("account", "path", "nameKey")',
    'CREATE INDEX "instanceProfilesByAccountAndPath" ON "instanceProfiles" ("account", "path", "nameKey")',
    'CREATE INDEX "policiesByAccountAndPath" ON "policies" ("account", "path", "nameKey")',
    'CREATE INDEX "usersByBoundary" ON "users" ("account", "boundaryArn", "id")',
    'CREATE INDEX "rolesByBoundary" ON "roles" ("account", "boundaryArn", "id")',
    'CREATE INDEX "policyAttachmentsByPolicyAndOwner" ON "policyAttachments" ("account", "policyArn", "ownerKind", "ownerId")',
  ],
}
