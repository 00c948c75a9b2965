import type { SnapshotCredentials } from '../snapshot.ts'
import { fieldsOf, objectsOf, textOf, timeAs } from './fields.ts'
import { CallRefused } from './call-refused.ts'

type Call = (operation: string, input: { readonly [member: string]: unknown }) => Promise<{ readonly [name: string]: unknown }>

/** A user's credentials as they are, in the members of a credential report, which may be four hours old. */
export async function credentialsOfNow(call: Call, UserName: string): Promise<SnapshotCredentials> {
  const { User } = await call('GetUser', { UserName })
  const devices = objectsOf((await call('ListMFADevices', { UserName }))['MFADevices'])
  const keys = objectsOf((await call('ListAccessKeys', { UserName }))['AccessKeyMetadata']).filter(({ Status }) => Status === 'Active')
  const password = await passwordOf(call, UserName)
  return {
    user: UserName,
    hasPassword: password !== undefined,
    ...timeAs('passwordUsedAt', fieldsOf(User)['PasswordLastUsed']),
    ...timeAs('passwordChangedAt', password),
    hasMfa: devices.length > 0,
    keys: await Promise.all(
      keys.map(async ({ AccessKeyId, CreateDate }) => {
        const { AccessKeyLastUsed } = await call('GetAccessKeyLastUsed', { AccessKeyId: textOf(AccessKeyId) })
        return { ...timeAs('rotatedAt', CreateDate), ...timeAs('usedAt', fieldsOf(AccessKeyLastUsed)['LastUsedDate']) }
      }),
    ),
  }
}

/** Since when a user has the password; undefined when there is none. */
async function passwordOf(call: Call, UserName: string): Promise<unknown> {
  try {
    return fieldsOf((await call('GetLoginProfile', { UserName }))['LoginProfile'])['CreateDate'] ?? ''
  } catch (problem) {
    if (problem instanceof CallRefused && problem.code.startsWith('NoSuchEntity')) return undefined
    throw problem
  }
}
