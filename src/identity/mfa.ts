import type { Secrets, Transaction } from '../store/index.ts'
import { stepAt, stepOfCode } from './totp.ts'

/** A device's clock may be this many time steps off: the code before and the code after count as well. */
const tolerance = 1

/**
 * Takes a code of a device that is enabled for a user, or an account's root user; a code is taken once.
 * @param ownerId  the user's unique id, or the account's number for root
 * @param now      epoch milliseconds
 * @returns        false for a device that is not the owner's, and for a code that is wrong, too old, or used
 * @see            STS API Reference, "GetSessionToken", SerialNumber and TokenCode; RFC 6238, section 5.2
 */
export async function takeMfaCode(
  tx: Transaction,
  secrets: Pick<Secrets, 'decrypt'>,
  { serial, ownerId, code, now }: { readonly serial: string; readonly ownerId: string; readonly code: string; readonly now: number },
): Promise<boolean> {
  const device = await tx
    .selectFrom('mfaDevices')
    .selectAll()
    .where('serial', '=', serial)
    .where('ownerId', '=', ownerId)
    .executeTakeFirst()
  if (!device) return false
  const seed = secrets.decrypt(device.seed, device.serial)
  const step = stepOfCode(seed, code, stepAt(now) + device.drift, tolerance, device.lastStep)
  if (step === undefined) return false
  await tx.updateTable('mfaDevices').set({ lastStep: step }).where('serial', '=', serial).execute()
  return true
}
