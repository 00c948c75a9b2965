import type { Selectable } from 'kysely'
import { userArn } from '../../identity/arns.ts'
import { base32, stepAt, stepOfCode } from '../../identity/totp.ts'
import { type Database, recordChange, type Transaction } from '../../store/index.ts'
import type { VirtualMFADevice } from '../../wire/models/iam.ts'
import type { AccessContext, CallContext } from '../operation.ts'
import { anyResource, mfaDeviceAccess, namedUser, ownerAccess, requestTagKeys, rootAccess, userAccess } from './access.ts'
import { nameKeyOf, requireUser } from './entities.ts'
import { pageOf, pageThrough, rowsWanted, startAfter } from './paging.ts'
import { qrCodePng } from './qr-code.ts'
import { checkQuota } from './quotas.ts'
import { requireRecentSignIn } from './recent-sign-in.ts'
import { iam } from './service.ts'
import { userShape } from './shapes.ts'
import { addTags, dropTags } from './tagging.ts'

type DeviceRow = Selectable<Database['mfaDevices']>
type Context = CallContext & { readonly tx: Transaction }

const mfaArn = (account: string, path: string, name: string) => `arn:aws:iam::${account}:mfa${path}${name}`

/** As long as AWS's seeds: 64 letters in base 32. */
const seedSize = 40
/** ResyncMFADevice looks for a device's clock this many time steps around: three hours. */
const resyncWindow = 360
/** EnableMFADevice takes codes of devices whose clock is this many time steps off. */
const enableWindow = 10

/** CreateVirtualMFADevice: the only time that the seed is told. IAM API Reference, "CreateVirtualMFADevice". */
export const CreateVirtualMFADevice = iam.operation('CreateVirtualMFADevice', {
  access: ({ VirtualMFADeviceName, Path = '/', Tags }, { account }) => ({
    resource: mfaArn(account, Path, VirtualMFADeviceName),
    keys: requestTagKeys(Tags),
  }),

  async handle({ VirtualMFADeviceName, Path = '/', Tags = [] }, { tx, account, now, world }) {
    const taken = await tx
      .selectFrom('mfaDevices')
      .select('serial')
      .where('account', '=', account)
      .where('path', '=', Path)
      .where('nameKey', '=', nameKeyOf(VirtualMFADeviceName))
      .executeTakeFirst()
    if (taken) throw new iam.EntityAlreadyExists('MFADevice entity at the same path and name already exists.')
    const serial = mfaArn(account, Path, VirtualMFADeviceName)
    const seed = world.random.bytes(seedSize)
    await tx
      .insertInto('mfaDevices')
      .values({
        serial,
        account,
        path: Path,
        name: VirtualMFADeviceName,
        nameKey: nameKeyOf(VirtualMFADeviceName),
        seed: world.secrets.encrypt(seed, serial),
        createdAt: now,
        ownerId: null,
        enabledAt: null,
        lastStep: 0,
        drift: 0,
      })
      .execute()
    await addTags(tx, { kind: 'mfaDevice', id: serial }, Tags)
    const secret = base32(seed)
    const row = await tx.selectFrom('accounts').select('alias').where('id', '=', account).executeTakeFirst()
    const uri = `otpauth://totp/${encodeURIComponent(VirtualMFADeviceName)}@${row?.alias ?? account}?secret=${secret}`
    return {
      VirtualMFADevice: {
        SerialNumber: serial,
        Base32StringSeed: Buffer.from(secret),
        QRCodePNG: qrCodePng(uri),
        ...(Tags.length > 0 ? { Tags } : {}),
      },
    }
  },
})

/** Whose devices an operation is about: a user, or the caller's account when root calls. */
export interface Owner {
  readonly id: string
  readonly name: string
}

export async function ownerOf(name: string | undefined, context: Context): Promise<Owner> {
  const { principal, tx, account } = context
  if (principal.type === 'root' && (name === undefined || name === 'root')) return { id: account, name: 'root' }
  const user = await requireUser(tx, account, namedUser(name, context))
  return { id: user.id, name: user.name }
}

type DeviceKind = 'any' | 'virtual' | 'securityKey'

const kindOf = ({ securityKey }: DeviceRow): DeviceKind => (securityKey === null ? 'virtual' : 'securityKey')

/** @throws NoSuchEntity */
export async function requireDevice(tx: Transaction, account: string, serial: string, kind: DeviceKind = 'any'): Promise<DeviceRow> {
  const device = await tx
    .selectFrom('mfaDevices')
    .selectAll()
    .where('serial', '=', serial)
    .where('account', '=', account)
    .executeTakeFirst()
  if (!device || (kind !== 'any' && kind !== kindOf(device)))
    throw new iam.NoSuchEntity(`${kind === 'securityKey' ? 'MFADevice' : 'VirtualMFADevice'} with serial number ${serial} does not exist.`)
  return device
}

/** @throws NoSuchEntity when the device is not the owner's */
async function requireOwnDevice(
  tx: Transaction,
  account: string,
  serial: string,
  owner: Owner,
  kind: DeviceKind = 'any',
): Promise<DeviceRow> {
  const device = await requireDevice(tx, account, serial, kind)
  if (device.ownerId !== owner.id) throw new iam.NoSuchEntity('MFADevice does not exist for the given user.')
  return device
}

/**
 * Two codes in a row, which tell how far off the device's clock is.
 * @throws InvalidAuthenticationCode
 */
function twoCodes(seed: Uint8Array, first: string, second: string, now: number, window: number, after: number) {
  const center = stepAt(now)
  const step = stepOfCode(seed, first, center, window, after)
  if (step === undefined || stepOfCode(seed, second, step + 1, 0, after) === undefined) {
    throw new iam.InvalidAuthenticationCode('Authentication code for device is not valid.')
  }
  // The second code is of about now: what it is ahead is the clock's error.
  const drift = step + 1 - center
  return { lastStep: step + 1, drift: Math.abs(drift) <= 1 ? 0 : drift }
}

/** Access to whoever devices are of: `root`, said by root, is root itself. */
const deviceOwnerAccess = (name: string | undefined, context: AccessContext) =>
  context.principal.type === 'root' && name === 'root' ? rootAccess(context) : ownerAccess(name, context)

/** EnableMFADevice. IAM API Reference, "EnableMFADevice". */
export const EnableMFADevice = iam.operation('EnableMFADevice', {
  access: ({ UserName }, context) => deviceOwnerAccess(UserName, context),

  async handle({ UserName, SerialNumber, AuthenticationCode1, AuthenticationCode2 }, context) {
    const { tx, account, now, world } = context
    const owner = await ownerOf(UserName, context)
    await requireRecentSignIn(owner.id, context)
    const device = await requireDevice(tx, account, SerialNumber, 'virtual')
    if (device.ownerId !== null) throw new iam.EntityAlreadyExists('MFA Device is already in use.')
    const others = await tx.selectFrom('mfaDevices').select('serial').where('ownerId', '=', owner.id).execute()
    checkQuota(world, 'MFADevicesPerUser', others.length)
    const seed = world.secrets.decrypt(device.seed, device.serial)
    const clock = twoCodes(seed, AuthenticationCode1, AuthenticationCode2, now, enableWindow, 0)
    await tx
      .updateTable('mfaDevices')
      .set({ ownerId: owner.id, enabledAt: now, ...clock })
      .where('serial', '=', device.serial)
      .execute()
    await recordChange(tx, { account, kind: 'mfaDevice', id: device.serial, at: now })
    return {}
  },
})

/** ResyncMFADevice: by two codes in a row. IAM API Reference, "ResyncMFADevice". */
export const ResyncMFADevice = iam.operation('ResyncMFADevice', {
  access: ({ UserName }, context) => deviceOwnerAccess(UserName, context),

  async handle({ UserName, SerialNumber, AuthenticationCode1, AuthenticationCode2 }, context) {
    const { tx, account, now, world } = context
    const owner = await ownerOf(UserName, context)
    await requireRecentSignIn(owner.id, context)
    const device = await requireOwnDevice(tx, account, SerialNumber, owner, 'virtual')
    const seed = world.secrets.decrypt(device.seed, device.serial)
    const clock = twoCodes(seed, AuthenticationCode1, AuthenticationCode2, now, resyncWindow, device.lastStep)
    await tx.updateTable('mfaDevices').set(clock).where('serial', '=', device.serial).execute()
    return {}
  },
})

/** DeactivateMFADevice: takes the device from its user. IAM API Reference, "DeactivateMFADevice". */
export const DeactivateMFADevice = iam.operation('DeactivateMFADevice', {
  access: ({ UserName }, context) => deviceOwnerAccess(UserName, context),

  async handle({ UserName, SerialNumber }, context) {
    const { tx, account, now } = context
    const owner = await ownerOf(UserName, context)
    await requireRecentSignIn(owner.id, context)
    const device = await requireOwnDevice(tx, account, SerialNumber, owner)
    // A security key is somebody's or is not there: it is registered anew.
    if (device.securityKey !== null) await tx.deleteFrom('mfaDevices').where('serial', '=', device.serial).execute()
    else await tx.updateTable('mfaDevices').set({ ownerId: null, enabledAt: null }).where('serial', '=', device.serial).execute()
    await recordChange(tx, { account, kind: 'mfaDevice', id: device.serial, at: now })
    return {}
  },
})

/** DeleteVirtualMFADevice: unassigned ones only. IAM API Reference, "DeleteVirtualMFADevice". */
export const DeleteVirtualMFADevice = iam.operation('DeleteVirtualMFADevice', {
  access: ({ SerialNumber }, context) => mfaDeviceAccess(context, SerialNumber),

  async handle({ SerialNumber }, { tx, account, now }) {
    const device = await requireDevice(tx, account, SerialNumber, 'virtual')
    if (device.ownerId !== null) throw new iam.DeleteConflict('MFA VirtualDevice in use. Must deactivate first.')
    await tx.deleteFrom('mfaDevices').where('serial', '=', device.serial).execute()
    await dropTags(tx, { kind: 'mfaDevice', id: device.serial })
    await recordChange(tx, { account, kind: 'mfaDevice', id: device.serial, at: now })
    return {}
  },
})

/** ListMFADevices: one user's. IAM API Reference, "ListMFADevices". */
export const ListMFADevices = iam.operation('ListMFADevices', {
  access: ({ UserName }, context) => deviceOwnerAccess(UserName, context),

  async handle(input, context) {
    const owner = await ownerOf(input.UserName, context)
    const rows = await context.tx.selectFrom('mfaDevices').selectAll().where('ownerId', '=', owner.id).orderBy('serial').execute()
    const { items, end } = pageThrough(rows, input, ({ serial }) => serial)
    return {
      MFADevices: items.map(row => ({ UserName: owner.name, SerialNumber: row.serial, EnableDate: new Date(row.enabledAt ?? 0) })),
      ...end,
    }
  },
})

/** ListVirtualMFADevices: the account's, assigned or not. IAM API Reference, "ListVirtualMFADevices". */
export const ListVirtualMFADevices = iam.operation('ListVirtualMFADevices', {
  access: (_, { account }) => ({ resource: mfaArn(account, '/', '') }),

  async handle(input, { tx, account }) {
    const { AssignmentStatus = 'Any' } = input
    const [after] = startAfter(input, 1) ?? []
    const rows = await tx
      .selectFrom('mfaDevices')
      .selectAll()
      .where('account', '=', account)
      .where('securityKey', 'is', null)
      .$if(after !== undefined, query => query.where('serial', '>', after ?? ''))
      .$if(AssignmentStatus === 'Assigned', query => query.where('ownerId', 'is not', null))
      .$if(AssignmentStatus === 'Unassigned', query => query.where('ownerId', 'is', null))
      .orderBy('serial')
      .limit(rowsWanted(input))
      .execute()
    const { items, end } = pageOf(rows, input, ({ serial }) => [serial])
    return { VirtualMFADevices: await Promise.all(items.map(device => deviceShape(tx, device))), ...end }
  },
})

async function deviceShape(tx: Transaction, device: DeviceRow): Promise<VirtualMFADevice> {
  if (device.ownerId === null || device.enabledAt === null) return { SerialNumber: device.serial }
  const EnableDate = new Date(device.enabledAt)
  if (device.ownerId === device.account) {
    const row = await tx.selectFrom('accounts').select('createdAt').where('id', '=', device.account).executeTakeFirst()
    const root = { UserId: device.account, Arn: `arn:aws:iam::${device.account}:root`, CreateDate: new Date(row?.createdAt ?? 0) }
    return { SerialNumber: device.serial, User: { Path: '/', UserName: 'root', ...root }, EnableDate }
  }
  const user = await tx.selectFrom('users').selectAll().where('id', '=', device.ownerId).executeTakeFirst()
  return { SerialNumber: device.serial, ...(user ? { User: userShape(user) } : {}), EnableDate }
}

/** GetMFADevice, of security keys alone: "For this API, we only accept FIDO security key ARNs." IAM API Reference, "GetMFADevice". */
export const GetMFADevice = iam.operation('GetMFADevice', {
  async access({ SerialNumber, UserName }, context) {
    if (UserName !== undefined) return userAccess(context, UserName)
    const owner = await context.tx
      .selectFrom('mfaDevices')
      .innerJoin('users', 'users.id', 'mfaDevices.ownerId')
      .select(['users.path', 'users.name'])
      .where('serial', '=', SerialNumber)
      .where('mfaDevices.account', '=', context.account)
      .executeTakeFirst()
    return owner ? { resource: userArn(context.account, owner.path, owner.name), resourceName: `user ${owner.name}` } : anyResource
  },

  async handle({ SerialNumber, UserName }, context) {
    const { tx, account } = context
    const device = UserName
      ? await requireOwnDevice(tx, account, SerialNumber, await ownerOf(UserName, context), 'securityKey')
      : await requireDevice(tx, account, SerialNumber, 'securityKey')
    const { User, EnableDate } = await deviceShape(tx, device)
    return { SerialNumber: device.serial, ...(User ? { UserName: User.UserName } : {}), ...(EnableDate ? { EnableDate } : {}) }
  },
})
