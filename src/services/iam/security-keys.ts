import type { SecurityKey } from '../../identity/security-keys.ts'
import { base32 } from '../../identity/totp.ts'
import { recordChange } from '../../store/index.ts'
import type { ServiceModel } from '../../wire/model.ts'
import { defineService } from '../operation.ts'
import { nameKeyOf } from './entities.ts'
import { ownerAccess } from './access.ts'
import { ownerOf } from './mfa-devices.ts'
import { checkQuota } from './quotas.ts'
import { requireRecentSignIn } from './recent-sign-in.ts'
import { iam } from './service.ts'

interface Operations {
  readonly EnableMFADevice: { readonly input: EnableSecurityKeyRequest; readonly output: { readonly serialNumber: string } }
}

interface EnableSecurityKeyRequest {
  /** Left out, the caller's own. */
  readonly userName?: string
  readonly name: string
  readonly credentialId: string
  readonly publicKey: string
  readonly counter: number
  readonly transports: readonly string[]
  readonly rpId: string
}

const model: ServiceModel = {
  service: 'gatehouse-security-keys',
  serviceId: 'Gatehouse Security Keys',
  apiVersion: '2026-11-26',
  protocol: 'rest-json',
  endpointPrefix: 'gatehouse-security-keys',
  signingName: 'gatehouse-security-keys',
  operations: {
    EnableMFADevice: { method: 'POST', uri: '/security-keys', input: 'EnableMFADeviceRequest', output: 'EnableMFADeviceResponse' },
  },
  shapes: {
    String: { type: 'string' },
    UserName: { type: 'string', min: 1, max: 128, pattern: '[\\w+=,.@-]+' },
    Name: { type: 'string', min: 1, max: 64, pattern: '[\\w+=,.@-]+' },
    Bytes: { type: 'string', min: 1, max: 4_096, pattern: '[A-Za-z0-9_-]+' },
    Counter: { type: 'long', min: 0, max: 4_294_967_295 },
    Transports: { type: 'list', member: { shape: 'Name' }, max: 10 },
    HostName: { type: 'string', min: 1, max: 253 },
    EnableMFADeviceRequest: {
      type: 'structure',
      members: {
        userName: { shape: 'UserName' },
        name: { shape: 'Name' },
        credentialId: { shape: 'Bytes' },
        publicKey: { shape: 'Bytes' },
        counter: { shape: 'Counter' },
        transports: { shape: 'Transports' },
        rpId: { shape: 'HostName' },
      },
      required: ['name', 'credentialId', 'publicKey', 'counter', 'transports', 'rpId'],
    },
    EnableMFADeviceResponse: { type: 'structure', members: { serialNumber: { shape: 'String' } } },
  },
}

/**
 * FIDO security keys. IAM's API has no operation that takes one: on AWS only the console registers them, on record as EnableMFADevice and by that permission.
 */
export const securityKeys = defineService<Operations, never>({
  name: 'gatehouse-security-keys',
  model,
  actionPrefix: 'iam',
  eventSource: iam.eventSource,
  accessDenied: iam.accessDenied,
  global: true,
})

/** As long as AWS's: 26 letters in base 32. AWS CLI reference, "list-mfa-devices". */
const serialSize = 16

/**
 * EnableMFADevice of a security key whose answer the console has verified.
 * @see IAM User Guide, "Assign a passkey or security key in the AWS Management Console"
 */
export const EnableSecurityKey = securityKeys.operation('EnableMFADevice', {
  // First the key is made known, then it is put to use: policies may tell the two apart. IAM User Guide, "Available keys for IAM", iam:RegisterSecurityKey.
  async access({ userName }, context) {
    const statement = await ownerAccess(userName, context)
    return ['Create', 'Activate'].map(step => ({
      ...statement,
      keys: { ...('keys' in statement && statement.keys), 'iam:RegisterSecurityKey': step },
    }))
  },

  async handle({ userName, name, ...key }, context) {
    const { tx, account, now, world } = context
    const owner = await ownerOf(userName, context)
    await requireRecentSignIn(owner.id, context)
    const others = await tx.selectFrom('mfaDevices').select('serial').where('ownerId', '=', owner.id).execute()
    checkQuota(world, 'MFADevicesPerUser', others.length)
    const path = owner.id === account ? '/root-account/' : `/user/${owner.name}/`
    const fullName = `${name}-${base32(world.random.bytes(serialSize))}`
    const serial = `arn:aws:iam::${account}:u2f${path}${fullName}`
    const securityKey: SecurityKey = key
    await tx
      .insertInto('mfaDevices')
      .values({
        serial,
        account,
        path: `/u2f${path}`,
        name: fullName,
        nameKey: nameKeyOf(fullName),
        seed: '',
        createdAt: now,
        ownerId: owner.id,
        enabledAt: now,
        lastStep: 0,
        drift: 0,
        securityKey: JSON.stringify(securityKey),
      })
      .execute()
    await recordChange(tx, { account, kind: 'mfaDevice', id: serial, at: now })
    return { serialNumber: serial }
  },

  trail: ({ userName }, output, { principal }) => ({
    requestParameters: {
      userName: userName ?? (principal.type === 'root' ? 'AWS ROOT USER' : principal.type === 'user' ? principal.userName : undefined),
      ...(output && { serialNumber: output.serialNumber }),
    },
    responseElements: null,
  }),
})
