import type { Selectable } from 'kysely'
import type { Secrets, Transaction } from '../store/index.ts'
import type { MfaDevicesTable } from '../store/tables/iam-credentials.ts'
import { stepAt, stepOfCode } from './totp.ts'

/** A device's clock may be this many time steps off: the code before and the code after count as well. */
const tolerance = 1

/** After so many wrong codes in a row none is taken for a while: a million guesses must not be a matter of minutes. RFC 6238, section 5.2. */
const mostWrongCodes = 5
const lockMilliseconds = 300_000

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

type MfaAnswer = { readonly problem: 'device' | 'code' | 'locked' } | { readonly step: number; readonly problem?: undefined }

/**
 * What a code of a device that is enabled for a user, or an account's root user, is worth. A good one stays unused; wrong ones are counted, in the
 * transaction that looks, so that many at once count as many.
 * @returns the time step of a good code, or what is wrong: the device is not the owner's; the code is wrong, too old, or used; there were too
 *          many wrong ones
 * @see     STS API Reference, "GetSessionToken", SerialNumber and TokenCode; RFC 6238, section 5.2
 */
export async function tryMfaCode(
  tx: Transaction,
  secrets: Pick<Secrets, 'decrypt'>,
  { serial, ownerId, code, now }: MfaProof,
): Promise<MfaAnswer> {
  const device = await tx
    .selectFrom('mfaDevices')
    .selectAll()
    .where('serial', '=', serial)
    .where('ownerId', '=', ownerId)
    .where('securityKey', 'is', null)
    .executeTakeFirst()
  if (!device) return { problem: 'device' }
  if (isLocked(device, now)) return { problem: 'locked' }
  const step = stepOf(device, secrets, code, now)
  if (step !== undefined) return { step }
  await noteWrongCode(tx, device, now)
  return { problem: 'code' }
}

/**
 * Takes a code: it is good once, and none of an earlier step is good after it.
 * @returns false for a device that is not the owner's, and for a code that is wrong, too old, or used
 */
export async function takeMfaCode(tx: Transaction, secrets: Pick<Secrets, 'decrypt'>, proof: MfaProof): Promise<boolean> {
  const { step } = { step: undefined, ...(await tryMfaCode(tx, secrets, proof)) }
  if (step === undefined) return false
  await tx.updateTable('mfaDevices').set({ lastStep: step, failedCodes: 0 }).where('serial', '=', proof.serial).execute()
  return true
}

/**
 * Takes a code of whichever of somebody's virtual devices it is of, as the console does, which does not ask which one. A wrong code counts for each.
 * @returns the device's serial number; undefined when the code is of none
 */
export async function takeCodeOfAnyDevice(
  tx: Transaction,
  secrets: Pick<Secrets, 'decrypt'>,
  { ownerId, code, now }: Omit<MfaProof, 'serial'>,
): Promise<string | undefined> {
  const devices = await tx.selectFrom('mfaDevices').selectAll().where('ownerId', '=', ownerId).where('securityKey', 'is', null).execute()
  const open = devices.filter(device => !isLocked(device, now))
  for (const device of open) {
    const step = stepOf(device, secrets, code, now)
    if (step === undefined) continue
    await tx.updateTable('mfaDevices').set({ lastStep: step, failedCodes: 0 }).where('serial', '=', device.serial).execute()
    return device.serial
  }
  for (const device of open) await noteWrongCode(tx, device, now)
  return undefined
}

const isLocked = ({ failedCodes, failedAt }: DeviceRow, now: number) => failedCodes >= mostWrongCodes && now < failedAt + lockMilliseconds

const stepOf = (device: DeviceRow, secrets: Pick<Secrets, 'decrypt'>, code: string, now: number) =>
  stepOfCode(secrets.decrypt(device.seed, device.serial), code, stepAt(now) + device.drift, tolerance, device.lastStep)

type DeviceRow = Selectable<MfaDevicesTable>

async function noteWrongCode(tx: Transaction, device: DeviceRow, now: number): Promise<void> {
  // Failures of long ago do not count on.
  const failedCodes = now < device.failedAt + lockMilliseconds ? device.failedCodes + 1 : 1
  await tx.updateTable('mfaDevices').set({ failedCodes, failedAt: now }).where('serial', '=', device.serial).execute()
}
