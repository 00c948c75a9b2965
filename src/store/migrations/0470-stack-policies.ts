import type { Migration } from './migration.ts'

/** What updates may change of a stack, and what the one that goes on may. */
export const stackPolicies: Migration = {
  name: '0470-stack-policies',
  statements: ['ALTER TABLE "stacks" ADD COLUMN "policy" text', 'ALTER TABLE "stacks" ADD COLUMN "updatePolicy" text'],
}
