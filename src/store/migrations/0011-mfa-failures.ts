import type { Migration } from './migration.ts'

/** Wrong codes in a row of an MFA device, so that guessing takes longer than codes last. */
export const mfaFailures: Migration = {
  name: '0011-mfa-failures',
  statements: [
    'ALTER TABLE "mfaDevices" ADD COLUMN "failedCodes" integer NOT NULL DEFAULT 0',
    'ALTER TABLE "mfaDevices" ADD COLUMN "failedAt" bigint NOT NULL DEFAULT 0',
  ],
}
