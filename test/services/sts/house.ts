import { createCredentialDirectory } from '../../../src/identity/credentials.ts'
import type { CredentialedPrincipal } from '../../../src/identity/principal.ts'
import { codeOf, stepAt } from '../../../src/identity/totp.ts'
import { operations as iam } from '../../../src/services/iam/index.ts'
import { operations as sts } from '../../../src/services/sts/index.ts'
import type { World } from '../../../src/services/world.ts'
import { account, type House, openHouse } from '../call.ts'

/** A house that serves IAM and STS. */
export const stsHouse = (parts: Partial<World> = {}): Promise<House> => openHouse([...iam, ...sts], parts)

interface Credentials {
  readonly AccessKeyId: string
  readonly SessionToken: string
}

/** Who session credentials make their holder, as the pipeline finds out. @throws CredentialError */
export async function principalOf(house: House, { AccessKeyId, SessionToken }: Credentials): Promise<CredentialedPrincipal> {
  const { store, secrets, sessions } = house.world
  return (await createCredentialDirectory(store, secrets, sessions).find(AccessKeyId, SessionToken, house.now)).principal
}

/** A policy of one statement. */
export const policy = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
export const allowing = (...Action: string[]) => policy({ Effect: 'Allow', Action, Resource: '*' })
export const trusting = (Principal: unknown, more: object = {}) => policy({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...more })

export const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`

/** Makes a role. @param more  members of CreateRole */
export async function makeRole(house: House, name: string, trust: string, permissions?: string, more: object = {}): Promise<string> {
  await house.call('CreateRole', { RoleName: name, AssumeRolePolicyDocument: trust, ...more })
  if (permissions) await house.call('PutRolePolicy', { RoleName: name, PolicyName: 'permissions', PolicyDocument: permissions })
  return roleArn(name)
}

/** Makes a user who may do everything, or what a policy says. */
export async function makeUser(house: House, name: string, permissions = allowing('*')): Promise<void> {
  await house.call('CreateUser', { UserName: name })
  await house.call('PutUserPolicy', { UserName: name, PolicyName: 'permissions', PolicyDocument: permissions })
}

/** An MFA device, enabled for a user, or for root without one. */
export async function makeDevice(house: House, userName?: string, as = house.root): Promise<{ serial: string; code(): string }> {
  const { VirtualMFADevice } = await house.call('CreateVirtualMFADevice', { VirtualMFADeviceName: userName ?? 'root' }, { as })
  const seed = fromBase32(Buffer.from(VirtualMFADevice.Base32StringSeed).toString())
  const serial = VirtualMFADevice.SerialNumber as string
  const step = stepAt(house.now)
  const codes = { AuthenticationCode1: codeOf(seed, step - 1), AuthenticationCode2: codeOf(seed, step) }
  await house.call('EnableMFADevice', { UserName: userName ?? 'root', SerialNumber: serial, ...codes }, { as })
  return { serial, code: () => codeOf(seed, stepAt(house.now)) }
}

/** RFC 4648, section 6. */
export function fromBase32(text: string): Buffer {
  let bits = ''
  for (const letter of text) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map(byte => Number.parseInt(byte, 2)))
}

const minute = 60_000
export const hour = 60 * minute
/** Longer than a code of an MFA device is good for. */
export const nextCode = minute
