import type { Selectable } from 'kysely'
import { base32 } from '../../identity/totp.ts'
import { type Database, recordChange, type Transaction } from '../../store/index.ts'
import { isRootsOwn, namedUser, ownerAccess, userAccess } from './access.ts'
import { readCertificate } from './certificates.ts'
import { requireUser } from './entities.ts'
import { pageThrough } from './paging.ts'
import { checkQuota } from './quotas.ts'
import { iam } from './service.ts'

type CertificateRow = Selectable<Database['signingCertificates']>

const certificatesOf = (tx: Transaction, userId: string): Promise<CertificateRow[]> =>
  tx.selectFrom('signingCertificates').selectAll().where('userId', '=', userId).orderBy('id').execute()

/** @throws NoSuchEntity */
async function requireCertificate(tx: Transaction, userId: string, id: string): Promise<CertificateRow> {
  const row = await tx.selectFrom('signingCertificates').selectAll().where('id', '=', id).where('userId', '=', userId).executeTakeFirst()
  if (!row) throw noSuchCertificate(id)
  return row
}

const noSuchCertificate = (id: string) => new iam.NoSuchEntity(`The Certificate with id ${id} cannot be found.`)

const shape = (row: CertificateRow, userName: string) => ({
  UserName: userName,
  CertificateId: row.id,
  CertificateBody: row.body,
  Status: row.status,
  UploadDate: new Date(row.uploadedAt),
})

/** UploadSigningCertificate. IAM API Reference, "UploadSigningCertificate". */
export const UploadSigningCertificate = iam.operation('UploadSigningCertificate', {
  access: ({ UserName }, context) => userAccess(context, namedUser(UserName, context)),

  async handle({ UserName, CertificateBody }, context) {
    const { tx, account, now, world } = context
    const user = await requireUser(tx, account, namedUser(UserName, context))
    const certificate = readCertificate(CertificateBody)
    if (certificate.validToDate.getTime() < now) throw new iam.InvalidCertificate('The certificate is expired.')
    const others = await certificatesOf(tx, user.id)
    if (others.some(other => readCertificate(other.body).fingerprint256 === certificate.fingerprint256)) {
      throw new iam.DuplicateCertificate('The certificate is already associated with the specified IAM user.')
    }
    checkQuota(world, 'SigningCertificatesPerUser', others.length)
    const row: CertificateRow = {
      id: base32(world.random.bytes(20)),
      account,
      userId: user.id,
      body: CertificateBody,
      status: 'Active',
      uploadedAt: now,
    }
    await tx.insertInto('signingCertificates').values(row).execute()
    await recordChange(tx, { account, kind: 'signingCertificate', id: row.id, at: now })
    return { Certificate: shape(row, user.name) }
  },
})

/** ListSigningCertificates: root has none. IAM API Reference, "ListSigningCertificates". */
export const ListSigningCertificates = iam.operation('ListSigningCertificates', {
  access: ({ UserName }, context) => ownerAccess(UserName, context),

  async handle(input, context) {
    if (isRootsOwn(input.UserName, context)) return { Certificates: [], IsTruncated: false }
    const user = await requireUser(context.tx, context.account, namedUser(input.UserName, context))
    const { items, end } = pageThrough(await certificatesOf(context.tx, user.id), input, ({ id }) => id)
    return { Certificates: items.map(row => shape(row, user.name)), ...end }
  },
})

/** UpdateSigningCertificate: activates or deactivates. IAM API Reference, "UpdateSigningCertificate". */
export const UpdateSigningCertificate = iam.operation('UpdateSigningCertificate', {
  access: ({ UserName }, context) => ownerAccess(UserName, context),

  async handle({ UserName, CertificateId, Status }, context) {
    const { tx, account, now } = context
    if (isRootsOwn(UserName, context)) throw noSuchCertificate(CertificateId)
    const user = await requireUser(tx, account, namedUser(UserName, context))
    const row = await requireCertificate(tx, user.id, CertificateId)
    await tx
      .updateTable('signingCertificates')
      .set({ status: Status === 'Active' ? 'Active' : 'Inactive' })
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
    if (isRootsOwn(UserName, context)) throw noSuchCertificate(CertificateId)
    const user = await requireUser(tx, account, namedUser(UserName, context))
    const row = await requireCertificate(tx, user.id, CertificateId)
    await tx.deleteFrom('signingCertificates').where('id', '=', row.id).execute()
    await recordChange(tx, { account, kind: 'signingCertificate', id: row.id, at: now })
    return {}
  },
})
