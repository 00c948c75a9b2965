import type { Selectable } from 'kysely'
import { uniqueId } from '../../identity/identifiers.ts'
import { type Database, recordChange, type Transaction } from '../../store/index.ts'
import { namedUser, userAccess } from './access.ts'
import { settableStatus } from './credential-status.ts'
import { requireUser } from './entities.ts'
import { pageThrough } from './paging.ts'
import { checkQuota } from './quotas.ts'
import { iam } from './service.ts'
import { readSshPublicKey } from './ssh-public-key.ts'

type KeyRow = Selectable<Database['sshPublicKeys']>

const keysOf = (tx: Transaction, userId: string): Promise<KeyRow[]> =>
  tx.selectFrom('sshPublicKeys').selectAll().where('userId', '=', userId).orderBy('id').execute()

/** @throws NoSuchEntity */
async function requireKey(tx: Transaction, userId: string, id: string): Promise<KeyRow> {
  const key = await tx.selectFrom('sshPublicKeys').selectAll().where('id', '=', id).where('userId', '=', userId).executeTakeFirst()
  if (!key) throw new iam.NoSuchEntity(`The Public Key with id ${id} cannot be found.`)
  return key
}

/** UploadSSHPublicKey. IAM API Reference, "UploadSSHPublicKey". */
export const UploadSSHPublicKey = iam.operation('UploadSSHPublicKey', {
  access: ({ UserName }, context) => userAccess(context, UserName),

  async handle({ UserName, SSHPublicKeyBody }, { tx, account, now, world }) {
    const user = await requireUser(tx, account, UserName)
    const { fingerprint } = readSshPublicKey(SSHPublicKeyBody)
    const keys = await keysOf(tx, user.id)
    if (keys.some(key => key.fingerprint === fingerprint)) {
      throw new iam.DuplicateSSHPublicKey('The SSH public key is already associated with the specified IAM user.')
    }
    checkQuota(world, 'SSHPublicKeysPerUser', keys.length)
    const row: KeyRow = {
      id: uniqueId('publicKey', world.random),
      account,
      userId: user.id,
      body: SSHPublicKeyBody,
      fingerprint,
      status: 'Active',
      uploadedAt: now,
    }
    await tx.insertInto('sshPublicKeys').values(row).execute()
    await recordChange(tx, { account, kind: 'sshPublicKey', id: row.id, at: now })
    return { SSHPublicKey: { ...metadata(row, user.name), Fingerprint: fingerprint, SSHPublicKeyBody } }
  },
})

const metadata = (row: KeyRow, userName: string) => ({
  UserName: userName,
  SSHPublicKeyId: row.id,
  Status: row.status,
  UploadDate: new Date(row.uploadedAt),
})

/** GetSSHPublicKey: in the encoding asked for. IAM API Reference, "GetSSHPublicKey". */
export const GetSSHPublicKey = iam.operation('GetSSHPublicKey', {
  access: ({ UserName }, context) => userAccess(context, UserName),

  async handle({ UserName, SSHPublicKeyId, Encoding }, { tx, account }) {
    const user = await requireUser(tx, account, UserName)
    const row = await requireKey(tx, user.id, SSHPublicKeyId)
    const key = readSshPublicKey(row.body)
    return {
      SSHPublicKey: { ...metadata(row, user.name), Fingerprint: row.fingerprint, SSHPublicKeyBody: Encoding === 'PEM' ? key.pem : key.ssh },
    }
  },
})

/** ListSSHPublicKeys. IAM API Reference, "ListSSHPublicKeys". */
export const ListSSHPublicKeys = iam.operation('ListSSHPublicKeys', {
  access: ({ UserName }, context) => userAccess(context, namedUser(UserName, context)),

  async handle(input, context) {
    const user = await requireUser(context.tx, context.account, namedUser(input.UserName, context))
    const { items, end } = pageThrough(await keysOf(context.tx, user.id), input, ({ id }) => id)
    return { SSHPublicKeys: items.map(row => metadata(row, user.name)), ...end }
  },
})

/** UpdateSSHPublicKey: activates or deactivates. IAM API Reference, "UpdateSSHPublicKey". */
export const UpdateSSHPublicKey = iam.operation('UpdateSSHPublicKey', {
  access: ({ UserName }, context) => userAccess(context, UserName),

  async handle({ UserName, SSHPublicKeyId, Status }, { tx, account, now }) {
    const user = await requireUser(tx, account, UserName)
    const key = await requireKey(tx, user.id, SSHPublicKeyId)
    await tx
      .updateTable('sshPublicKeys')
      .set({ status: settableStatus(Status) })
      .where('id', '=', key.id)
      .execute()
    await recordChange(tx, { account, kind: 'sshPublicKey', id: key.id, at: now })
    return {}
  },
})

/** DeleteSSHPublicKey. IAM API Reference, "DeleteSSHPublicKey". */
export const DeleteSSHPublicKey = iam.operation('DeleteSSHPublicKey', {
  access: ({ UserName }, context) => userAccess(context, UserName),

  async handle({ UserName, SSHPublicKeyId }, { tx, account, now }) {
    const user = await requireUser(tx, account, UserName)
    const key = await requireKey(tx, user.id, SSHPublicKeyId)
    await tx.deleteFrom('sshPublicKeys').where('id', '=', key.id).execute()
    await recordChange(tx, { account, kind: 'sshPublicKey', id: key.id, at: now })
    return {}
  },
})
