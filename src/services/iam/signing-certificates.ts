import { createHash, type X509Certificate } from 'node:crypto'
import type { Selectable } from 'kysely'
import { base32 } from '../../identity/totp.ts'
import { type Database, recordChange, type Transaction } from '../../store/index.ts'
import type { CallContext } from '../operation.ts'
import { ownerAccess } from './access.ts'
import { checkTimes, readCertificate } from './certificates.ts'
import { type CredentialOwner, ownerOf } from './credential-owner.ts'
import { settableStatus } from './credential-status.ts'
import { pageThrough } from './paging.ts'
import { checkQuota } from './quotas.ts'
import { iam } from './service.ts'

type CertificateRow = Selectable<Database['signingCertificates']>
type Context = CallContext & { readonly tx: Transaction }

/** What stands for an owner in the table: root's certificates are the account's. */
const keyOf = (owner: CredentialOwner, account: string): string => owner.userId ?? account

const certificatesOf = (tx: Transaction, userId: string): Promise<CertificateRow[]> =>
  tx.selectFrom('signingCertificates').selectAll().where('userId', '=', userId).orderBy('id').execute()

/** @throws NoSuchEntity */
async function requireCertificate(name: string | undefined, id: string, context: Context): Promise<CertificateRow> {
  const { tx, account } = context
  const userId = keyOf(await ownerOf(name, context), account)
  const row = await tx.selectFrom('signingCertificates').selectAll().where('id', '=', id).where('userId', '=', userId).executeTakeFirst()
  if (!row) throw new iam.NoSuchEntity(`The Certificate with id ${id} cannot be found.`)
  return row
}

/** An account has a certificate once, whoever's it is: its id is made from the two, and what has an id is found at once. */
const idOf = (account: string, { raw }: X509Certificate): string =>
  base32(createHash('sha256').update(account).update(raw).digest().subarray(0, 20))

const shape = (row: CertificateRow, userName: string) => ({
  UserName: userName,
  CertificateId: row.id,
  CertificateBody: row.body,
  Status: row.status,
  UploadDate: new Date(row.uploadedAt),
})

/** UploadSigningCertificate: for a user, or by root for itself. IAM API Reference, "UploadSigningCertificate". */
export const UploadSigningCertificate = iam.operation('UploadSigningCertificate', {
  access: ({ UserName }, context) => ownerAccess(UserName, context),

  async handle({ UserName, CertificateBody }, context) {
    const { tx, account, now, world } = context
    const owner = await ownerOf(UserName, context)
    const certificate = readCertificate(CertificateBody)
    checkTimes(certificate, now)
    const id = idOf(account, certificate)
    if (await tx.selectFrom('signingCertificates').select('id').where('id', '=', id).executeTakeFirst())
      throw new iam.DuplicateCertificate('The certificate is already associated with an IAM user in the account.')
    const userId = keyOf(owner, account)
    checkQuota(world, 'SigningCertificatesPerUser', (await certificatesOf(tx, userId)).length)
    const row: CertificateRow = { id, account, userId, body: CertificateBody, status: 'Active', uploadedAt: now }
    await tx.insertInto('signingCertificates').values(row).execute()
    await recordChange(tx, { account, kind: 'signingCertificate', id, at: now })
    return { Certificate: shape(row, owner.name) }
  },
})

/** ListSigningCertificates. IAM API Reference, "ListSigningCertificates". */
export const ListSigningCertificates = iam.operation('ListSigningCertificates', {
  access: ({ UserName }, context) => ownerAccess(UserName, context),

  async handle(input, context) {
    const owner = await ownerOf(input.UserName, context)
    const { items, end } = pageThrough(await certificatesOf(context.tx, keyOf(owner, context.account)), input, ({ id }) => id)
    return { Certificates: items.map(row => shape(row, owner.name)), ...end }
  },
})

/** UpdateSigningCertificate: activates or deactivates. IAM API Reference, "UpdateSigningCertificate". */
export const UpdateSigningCertificate = iam.operation('UpdateSigningCertificate', {
  access: ({ UserName }, context) => ownerAccess(UserName, context),

  async handle({ UserName, CertificateId, Status }, context) {
    const { tx, account, now } = context
    const row = await requireCertificate(UserName, CertificateId, context)
    await tx
      .updateTable('signingCertificates')
      .set({ status: settableStatus(Status) })
      .where('id', '=', row.id)
      .execute()
    await recordChange(tx, { account, kind: 'signingCertificate', id: row.id, at: now })
    return {}
  },
})

/** DeleteSigningCertificate. IAM API Reference, "DeleteSigningCertificate". */
export const DeleteSigningCertificate = iam.operation('DeleteSigningCertificate', {
  access: ({ UserName }, context) => ownerAccess(UserName, context),

  async handle({ UserName, CertificateId }, context) {
    const { tx, account, now } = context
    const row = await requireCertificate(UserName, CertificateId, context)
    await tx.deleteFrom('signingCertificates').where('id', '=', row.id).execute()
    await recordChange(tx, { account, kind: 'signingCertificate', id: row.id, at: now })
    return {}
  },
})
