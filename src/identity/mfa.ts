import type { Secrets, Transaction } from '../store/index.ts'
import { stepAt, stepOfCode } from './totp.ts'

/** A device's clock may be this many time steps off: the code before and the code after count as well. */
const tolerance = 1

/** A code that somebody gives as proof. */
export interface MfaProof {
  readonly serial: string
  /** The user's unique id, or the account's number for root. */
  readonly ownerId: string
  /** As typed. */
  readonly code: string
  /** Epoch milliseconds. */
  readonly now: number
}

type MfaAnswer = { readonly problem: 'device' | 'code' } | { readonly step: number; readonly problem?: undefined }

/**
 * What a code of a device that is enabled for a user, or an account's root user, is worth; it stays unused.
 * @returns the time step of a good code, or what is wrong: the device is not the owner's; the code is wrong, too old, or used
 * @see     STS API Reference, "GetSessionToken", SerialNumber and TokenCode; RFC 6238, section 5.2
 */
export async function readMfaCode(
  tx: Transaction,
  secrets: Pick<Secrets, 'decrypt'>,
  { serial, ownerId, code, now }: MfaProof,
): Promise<MfaAnswer> {
  const device = await tx
    .selectFrom('mfaDevices')
    .selectAll()
    .where('serial', '=', serial)
    .where('ownerId', '=', ownerId)
    .executeTakeFirst()
  if (!device) return { problem: 'device' }
  const seed = secrets.decrypt(device.seed, device.serial)
  const step = stepOfCode(seed, code, stepAt(now) + device.drift, tolerance, device.lastStep)
  return step === undefined ? { problem: 'code' } : { step }
}

/**
 * Takes a code: it is good once, and none of an earlier step is good after it.
 * @returns false for a device that is not the owner's, and for a code that is wrong, too old, or used
 */
export async function takeMfaCode(tx: Transaction, secrets: Pick<Secrets, 'decrypt'>, proof: MfaProof): Promise<boolean> {
  const { step } = { step: undefined, ...(await readMfaCode(tx, secrets, proof)) }
  if (step === undefined) return false
  await tx.updateTable('mfaDevices').set({ lastStep: step }).where('serial', '=', proof.serial).execute()
  return true
}
