import { inflateSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { takeMfaCode } from '../../../src/identity/mfa.ts'
import { isPassword } from '../../../src/identity/passwords.ts'
import { codeOf, stepAt } from '../../../src/identity/totp.ts'
import { account, type House } from '../call.ts'
import { allow, arnOf, iamHouse } from './house.ts'

let house: House
beforeEach(async () => {
  house = await iamHouse()
  await house.call('CreateUser', { UserName: 'Bob' })
})
afterEach(() => house.close())

describe('login profiles', () => {
  test('a life', async () => {
    const { LoginProfile } = await house.call('CreateLoginProfile', {
      UserName: 'Bob',
      Password: 'Correct-Horse-1',
      PasswordResetRequired: true,
    })
    expect(LoginProfile).toEqual({ UserName: 'Bob', CreateDate: new Date(house.now), PasswordResetRequired: true })
    expect(await house.refusal('CreateLoginProfile', { UserName: 'Bob', Password: 'Correct-Horse-1' })).toEqual({
      code: 'EntityAlreadyExists',
      message: 'Login Profile for user Bob already exists.',
    })
    expect((await house.refusal('DeleteUser', { UserName: 'Bob' })).message).toBe('Cannot delete entity, must delete login profile first.')
    await house.call('UpdateLoginProfile', { UserName: 'Bob', Password: 'Battery-Staple-2', PasswordResetRequired: false })
    expect((await house.call('GetLoginProfile', { UserName: 'Bob' })).LoginProfile.PasswordResetRequired).toBe(false)
    await house.call('DeleteLoginProfile', { UserName: 'Bob' })
    expect(await house.refusal('GetLoginProfile', { UserName: 'Bob' })).toEqual({
      code: 'NoSuchEntity',
      message: 'Login Profile for User Bob cannot be found.',
    })
  })

  test('passwords are kept as hashes', async () => {
    await house.call('CreateLoginProfile', { UserName: 'Bob', Password: 'Correct-Horse-1' })
    const row = await house.world.store.read(tx => tx.selectFrom('loginProfiles').selectAll().executeTakeFirstOrThrow())
    expect(row.passwordHash).toMatch(/^scrypt\$/)
    expect(JSON.stringify(row)).not.toContain('Correct-Horse')
  })

  test('a password has up to 128 characters, and all of them count', async () => {
    const Password = `Aa1-${'é'.repeat(124)}`
    await house.call('CreateLoginProfile', { UserName: 'Bob', Password })
    const { passwordHash } = await house.world.store.read(tx => tx.selectFrom('loginProfiles').selectAll().executeTakeFirstOrThrow())
    expect(await isPassword(Password, passwordHash)).toBe(true)
    expect(await isPassword(Password.slice(0, -1), passwordHash)).toBe(false)
    expect((await house.refusal('UpdateLoginProfile', { UserName: 'Bob', Password: `${Password}a` })).code).toBe('ValidationError')
  })

  test.each([
    ['short1A', 'Password should have a minimum length of 8'],
    [
      'onlylowercaseletters',
      'Password should meet 2 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one number, Password should have at least one symbol',
    ],
    [
      'lowercase-and-symbols',
      'Password should meet 1 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one number',
    ],
  ])('the default policy refuses %s', async (Password, message) => {
    expect(await house.refusal('CreateLoginProfile', { UserName: 'Bob', Password })).toEqual({ code: 'PasswordPolicyViolation', message })
  })

  test('users change their own, against the policy of reuse', async () => {
    await house.call('UpdateAccountPasswordPolicy', {
      MinimumPasswordLength: 8,
      PasswordReusePrevention: 2,
      AllowUsersToChangePassword: true,
    })
    await house.call('CreateLoginProfile', { UserName: 'Bob', Password: 'password-one' })
    const as = await house.user('Bob')
    expect((await house.refusal('ChangePassword', { OldPassword: 'wrong', NewPassword: 'password-two' }, { as })).code).toBe('AccessDenied')
    await house.call('ChangePassword', { OldPassword: 'password-one', NewPassword: 'password-two' }, { as })
    expect((await house.refusal('ChangePassword', { OldPassword: 'password-two', NewPassword: 'password-one' }, { as })).code).toBe(
      'PasswordPolicyViolation',
    )
    await house.call('ChangePassword', { OldPassword: 'password-two', NewPassword: 'password-three' }, { as })
    expect((await house.refusal('ChangePassword', { OldPassword: 'password-three', NewPassword: 'password-one' }, { as })).code).toBe(
      'PasswordPolicyViolation',
    )
    await house.call('ChangePassword', { OldPassword: 'password-three', NewPassword: 'password-four' }, { as })
    await house.call('ChangePassword', { OldPassword: 'password-four', NewPassword: 'password-one' }, { as })
  })

  test('changing one’s password needs permission, unless the account’s policy gives it', async () => {
    await house.call('CreateLoginProfile', { UserName: 'Bob', Password: 'Password-1' })
    const as = await house.user('Bob')
    const change = { OldPassword: 'Password-1', NewPassword: 'Password-2' }
    expect((await house.refusal('ChangePassword', change, { as })).code).toBe('AccessDenied')
    await house.call('AttachUserPolicy', { UserName: 'Bob', PolicyArn: 'arn:aws:iam::aws:policy/IAMUserChangePassword' })
    await house.call('ChangePassword', change, { as })
    expect((await house.refusal('ChangePassword', change)).code).toBe('InvalidUserType')
  })
})

describe('the account’s password policy', () => {
  test('is absent at first', async () => {
    expect(await house.refusal('GetAccountPasswordPolicy')).toEqual({
      code: 'NoSuchEntity',
      message: `The Password Policy with domain name ${account} cannot be found.`,
    })
    expect(await house.refusal('DeleteAccountPasswordPolicy')).toEqual({
      code: 'NoSuchEntity',
      message: 'The account policy with name PasswordPolicy cannot be found.',
    })
  })

  test('is replaced as a whole', async () => {
    await house.call('UpdateAccountPasswordPolicy', {
      MinimumPasswordLength: 14,
      RequireSymbols: true,
      MaxPasswordAge: 90,
      HardExpiry: true,
    })
    expect((await house.call('GetAccountPasswordPolicy')).PasswordPolicy).toEqual({
      MinimumPasswordLength: 14,
      RequireSymbols: true,
      RequireNumbers: false,
      RequireUppercaseCharacters: false,
      RequireLowercaseCharacters: false,
      AllowUsersToChangePassword: false,
      ExpirePasswords: true,
      MaxPasswordAge: 90,
      HardExpiry: true,
    })
    await house.call('UpdateAccountPasswordPolicy', {})
    expect((await house.call('GetAccountPasswordPolicy')).PasswordPolicy).toMatchObject({
      MinimumPasswordLength: 6,
      ExpirePasswords: false,
    })
    await house.call('DeleteAccountPasswordPolicy')
  })
})

describe('virtual MFA devices', () => {
  let seed: Buffer
  const SerialNumber = arnOf('mfa/Bob')
  const codes = (step = stepAt(house.now)) => ({ AuthenticationCode1: codeOf(seed, step - 1), AuthenticationCode2: codeOf(seed, step) })

  beforeEach(async () => {
    const { VirtualMFADevice } = await house.call('CreateVirtualMFADevice', { VirtualMFADeviceName: 'Bob' })
    expect(VirtualMFADevice.SerialNumber).toBe(SerialNumber)
    const text = Buffer.from(VirtualMFADevice.Base32StringSeed).toString()
    expect(text).toMatch(/^[A-Z2-7]{64}$/)
    seed = fromBase32(text)
    expect(Buffer.from(VirtualMFADevice.QRCodePNG).subarray(1, 4).toString()).toBe('PNG')
  })

  test('a life', async () => {
    expect((await house.refusal('CreateVirtualMFADevice', { VirtualMFADeviceName: 'bob' })).code).toBe('EntityAlreadyExists')
    expect(
      await house.refusal('EnableMFADevice', {
        UserName: 'Bob',
        SerialNumber,
        AuthenticationCode1: '000000',
        AuthenticationCode2: '111111',
      }),
    ).toEqual({
      code: 'InvalidAuthenticationCode',
      message: 'Authentication code for device is not valid.',
    })
    await house.call('EnableMFADevice', { UserName: 'Bob', SerialNumber, ...codes() })
    expect((await house.call('ListMFADevices', { UserName: 'Bob' })).MFADevices).toEqual([
      { UserName: 'Bob', SerialNumber, EnableDate: new Date(house.now) },
    ])
    expect((await house.call('ListVirtualMFADevices', { AssignmentStatus: 'Unassigned' })).VirtualMFADevices).toEqual([])
    expect((await house.call('ListVirtualMFADevices', { AssignmentStatus: 'Assigned' })).VirtualMFADevices[0].User.UserName).toBe('Bob')
    expect(await house.refusal('DeleteVirtualMFADevice', { SerialNumber })).toEqual({
      code: 'DeleteConflict',
      message: 'MFA VirtualDevice in use. Must deactivate first.',
    })
    expect((await house.refusal('DeleteUser', { UserName: 'Bob' })).message).toBe('Cannot delete entity, must delete MFA device first.')
    await house.call('DeactivateMFADevice', { UserName: 'Bob', SerialNumber })
    await house.call('DeleteVirtualMFADevice', { SerialNumber })
    expect(await house.refusal('DeleteVirtualMFADevice', { SerialNumber })).toEqual({
      code: 'NoSuchEntity',
      message: `VirtualMFADevice with serial number ${SerialNumber} does not exist.`,
    })
  })

  test('two codes must be of steps in a row', async () => {
    const { AuthenticationCode2 } = codes()
    expect(
      (
        await house.refusal('EnableMFADevice', {
          UserName: 'Bob',
          SerialNumber,
          AuthenticationCode1: AuthenticationCode2,
          AuthenticationCode2,
        })
      ).code,
    ).toBe('InvalidAuthenticationCode')
  })

  test('a code is taken once, and by its owner only', async () => {
    await house.call('EnableMFADevice', { UserName: 'Bob', SerialNumber, ...codes() })
    const bob = await house.user('Bob')
    const take = (ownerId: string, code: string) =>
      house.world.store.write(tx => takeMfaCode(tx, house.world.secrets, { serial: SerialNumber, ownerId, code, now: house.now }))
    const ownerId = 'userId' in bob ? bob.userId : ''
    // Enabling has used the codes of this step and the one before.
    expect(await take(ownerId, codeOf(seed, stepAt(house.now)))).toBe(false)
    house.now += 30_000
    const code = codeOf(seed, stepAt(house.now))
    expect(await take(account, code)).toBe(false)
    expect(await take(ownerId, code)).toBe(true)
    expect(await take(ownerId, code)).toBe(false)
  })

  test('resynchronization follows a clock that is an hour off', async () => {
    await house.call('EnableMFADevice', { UserName: 'Bob', SerialNumber, ...codes() })
    const bob = await house.user('Bob')
    const ownerId = 'userId' in bob ? bob.userId : ''
    const ahead = stepAt(house.now) + 120
    await house.call('ResyncMFADevice', { UserName: 'Bob', SerialNumber, ...codes(ahead) })
    house.now += 30_000
    const code = codeOf(seed, ahead + 1)
    expect(
      await house.world.store.write(tx => takeMfaCode(tx, house.world.secrets, { serial: SerialNumber, ownerId, code, now: house.now })),
    ).toBe(true)
  })

  test('root has its own', async () => {
    await house.call('EnableMFADevice', { UserName: 'root', SerialNumber, ...codes() })
    expect((await house.call('GetAccountSummary')).SummaryMap.AccountMFAEnabled).toBe(1)
    expect((await house.call('ListMFADevices')).MFADevices).toHaveLength(1)
  })
})

function fromBase32(text: string): Buffer {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...text].map(letter => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map(byte => Number.parseInt(byte, 2)))
}

test('a QR code image is a whole PNG', async () => {
  const { VirtualMFADevice } = await house.call('CreateVirtualMFADevice', { VirtualMFADeviceName: 'x' })
  const png = Buffer.from(VirtualMFADevice.QRCodePNG)
  const size = png.readUInt32BE(16)
  const length = png.readUInt32BE(33)
  const pixels = inflateSync(png.subarray(41, 41 + length))
  expect(pixels.length).toBe(size * (1 + Math.ceil(size / 8)))
})

test('account aliases: one, unique, replaced', async () => {
  await house.call('CreateAccountAlias', { AccountAlias: 'finance-corp' })
  await house.call('CreateAccountAlias', { AccountAlias: 'finance2' })
  expect((await house.call('ListAccountAliases')).AccountAliases).toEqual(['finance2'])
  const other = await house.addAccount('999999999999')
  expect(await house.refusal('CreateAccountAlias', { AccountAlias: 'finance2' }, { as: other })).toEqual({
    code: 'EntityAlreadyExists',
    message: 'The account alias finance2 already exists.',
  })
  expect((await house.refusal('DeleteAccountAlias', { AccountAlias: 'finance-corp' })).code).toBe('NoSuchEntity')
  await house.call('DeleteAccountAlias', { AccountAlias: 'finance2' })
  expect((await house.call('ListAccountAliases')).AccountAliases).toEqual([])
})

test('the credential report has a line for root and one for each user', async () => {
  await house.call('CreateAccessKey', { UserName: 'Bob' })
  await house.call('CreateLoginProfile', { UserName: 'Bob', Password: 'Correct-Horse-1' })
  expect((await house.refusal('GetCredentialReport')).code).toBe('ReportNotPresent')
  expect((await house.call('GenerateCredentialReport')).State).toBe('STARTED')
  expect((await house.call('GenerateCredentialReport')).State).toBe('COMPLETE')
  const report = await house.call('GetCredentialReport')
  const [header, root, bob] = Buffer.from(report.Content).toString().split('\n')
  expect(header).toBe(
    'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated,additional_credentials_info',
  )
  // This root user has no password, as those of new member accounts.
  expect(root).toMatch(/^<root_account>,arn:aws:iam::123456789012:root,[^,]*,false,N\/A,N\/A,not_supported,false,/)
  expect(bob).toBe(
    `Bob,${arnOf('user/Bob')},2026-01-15T12:00:00+00:00,true,no_information,2026-01-15T12:00:00+00:00,N/A,false,true,2026-01-15T12:00:00+00:00,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A,N/A`,
  )
  house.now += 4 * 3_600_000
  expect((await house.refusal('GetCredentialReport')).code).toBe('ReportExpired')
  expect((await house.call('GenerateCredentialReport')).State).toBe('STARTED')
})

test('what is not active was never rotated, says the credential report', async () => {
  const { AccessKey } = await house.call('CreateAccessKey', { UserName: 'Bob' })
  await house.call('UpdateAccessKey', { UserName: 'Bob', AccessKeyId: AccessKey.AccessKeyId, Status: 'Inactive' })
  await house.call('GenerateCredentialReport')
  const [, , bob = ''] = Buffer.from((await house.call('GetCredentialReport')).Content)
    .toString()
    .split('\n')
  expect(bob.split(',').slice(8, 10)).toEqual(['false', 'N/A'])
})

test('GetAccountSummary counts', async () => {
  await house.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: allow('s3:*') })
  expect((await house.call('GetAccountSummary')).SummaryMap).toMatchObject({
    Users: 1,
    UsersQuota: 5000,
    Policies: 1,
    PolicyVersionsInUse: 1,
    AccountMFAEnabled: 0,
    GlobalEndpointTokenVersion: 1,
  })
  await house.call('SetSecurityTokenServicePreferences', { GlobalEndpointTokenVersion: 'v2Token' })
  expect((await house.call('GetAccountSummary')).SummaryMap.GlobalEndpointTokenVersion).toBe(2)
})
