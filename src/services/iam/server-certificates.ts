import type { Selectable } from 'kysely'
import { uniqueId } from '../../identity/identifiers.ts'
import { type Database, recordChange, type Transaction } from '../../store/index.ts'
import type { AccessContext, AccessStatement } from '../operation.ts'
import { type Keys, requestTagKeys, resourceTagKeys } from './access.ts'
import { checkChain, checkKeyPair, checkTimes, readCertificate } from './certificates.ts'
import { nameKeyOf } from './entities.ts'
import { namedPage } from './listing.ts'
import { checkEntityQuota } from './quotas.ts'
import { iam } from './service.ts'
import { addTags, dropTags, tagsMember } from './tagging.ts'

type CertificateRow = Selectable<Database['serverCertificates']>

const arnOf = (account: string, path: string, name: string) => `arn:aws:iam::${account}:server-certificate${path}${name}`

const find = (tx: Transaction, account: string, name: string): Promise<CertificateRow | undefined> =>
  tx.selectFrom('serverCertificates').selectAll().where('account', '=', account).where('nameKey', '=', nameKeyOf(name)).executeTakeFirst()

/** @throws NoSuchEntity */
export async function requireServerCertificate(tx: Transaction, account: string, name: string): Promise<CertificateRow> {
  const row = await find(tx, account, name)
  if (!row) throw new iam.NoSuchEntity(`The Server Certificate with name ${name} cannot be found.`)
  return row
}

/** Access to a server certificate that a request names. */
export async function serverCertificateAccess(context: AccessContext, name: string, keys: Keys = {}): Promise<AccessStatement> {
  const row = await find(context.tx, context.account, name)
  const tags = await resourceTagKeys(context, row && { kind: 'serverCertificate', id: row.id })
  return { resource: arnOf(context.account, row?.path ?? '/', row?.name ?? name), keys: { ...tags, ...keys } }
}

const metadata = (row: CertificateRow) => ({
  Path: row.path,
  ServerCertificateName: row.name,
  ServerCertificateId: row.id,
  Arn: arnOf(row.account, row.path, row.name),
  UploadDate: new Date(row.uploadedAt),
  Expiration: new Date(row.expiresAt),
})

/** UploadServerCertificate. IAM API Reference, "UploadServerCertificate". */
export const UploadServerCertificate = iam.operation('UploadServerCertificate', {
  access: ({ ServerCertificateName, Path = '/', Tags }, { account }) => ({
    resource: arnOf(account, Path, ServerCertificateName),
    keys: requestTagKeys(Tags),
  }),

  async handle(input, { tx, account, now, world }) {
    const { ServerCertificateName, Path = '/', CertificateBody, CertificateChain, PrivateKey, Tags = [] } = input
    const certificate = readCertificate(CertificateBody)
    checkTimes(certificate, now)
    checkKeyPair(certificate, PrivateKey)
    checkChain(certificate, CertificateChain)
    await refuseTakenName(tx, account, ServerCertificateName)
    await checkEntityQuota({ tx, account, world }, 'ServerCertificatesPerAccount')
    const id = uniqueId('serverCertificate', world.random)
    const row: CertificateRow = {
      id,
      account,
      name: ServerCertificateName,
      nameKey: nameKeyOf(ServerCertificateName),
      path: Path,
      body: CertificateBody,
      chain: CertificateChain ?? null,
      privateKey: world.secrets.encrypt(PrivateKey, id),
      uploadedAt: now,
      expiresAt: certificate.validToDate.getTime(),
    }
    await tx.insertInto('serverCertificates').values(row).execute()
    await addTags(tx, { kind: 'serverCertificate', id }, Tags)
    await recordChange(tx, { account, kind: 'serverCertificate', id, at: now })
    return { ServerCertificateMetadata: metadata(row), ...(Tags.length > 0 ? { Tags } : {}) }
  },
})

async function refuseTakenName(tx: Transaction, account: string, name: string): Promise<void> {
  if (await find(tx, account, name)) throw new iam.EntityAlreadyExists(`The Server Certificate with name ${name} already exists.`)
}

/** GetServerCertificate: never the private key. IAM API Reference, "GetServerCertificate". */
export const GetServerCertificate = iam.operation('GetServerCertificate', {
  access: ({ ServerCertificateName }, context) => serverCertificateAccess(context, ServerCertificateName),

  async handle({ ServerCertificateName }, { tx, account }) {
    const row = await requireServerCertificate(tx, account, ServerCertificateName)
    return {
      ServerCertificate: {
        ServerCertificateMetadata: metadata(row),
        CertificateBody: row.body,
        ...(row.chain === null ? {} : { CertificateChain: row.chain }),
        ...(await tagsMember(tx, { kind: 'serverCertificate', id: row.id })),
      },
    }
  },
})

/** ListServerCertificates. IAM API Reference, "ListServerCertificates". */
export const ListServerCertificates = iam.operation('ListServerCertificates', {
  access: ({ PathPrefix = '/' }, { account }) => ({ resource: arnOf(account, PathPrefix, '') }),

  async handle(input, { tx, account }) {
    const { items, end } = await namedPage(tx, 'serverCertificates', account, input)
    return { ServerCertificateMetadataList: items.map(metadata), ...end }
  },
})

/** UpdateServerCertificate: a new name, a new path, or both; needs permission on old and new. IAM API Reference, same name. */
export const UpdateServerCertificate = iam.operation('UpdateServerCertificate', {
  async access({ ServerCertificateName, NewServerCertificateName, NewPath }, context) {
    const source = await serverCertificateAccess(context, ServerCertificateName)
    const row = await find(context.tx, context.account, ServerCertificateName)
    const target = arnOf(context.account, NewPath ?? row?.path ?? '/', NewServerCertificateName ?? row?.name ?? ServerCertificateName)
    return target === source.resource ? source : [source, { ...source, resource: target }]
  },

  async handle({ ServerCertificateName, NewServerCertificateName, NewPath }, { tx, account, now }) {
    const row = await requireServerCertificate(tx, account, ServerCertificateName)
    const name = NewServerCertificateName ?? row.name
    if (nameKeyOf(name) !== row.nameKey) await refuseTakenName(tx, account, name)
    await tx
      .updateTable('serverCertificates')
      .set({ name, nameKey: nameKeyOf(name), path: NewPath ?? row.path })
      .where('id', '=', row.id)
      .execute()
    await recordChange(tx, { account, kind: 'serverCertificate', id: row.id, at: now })
    return {}
  },
})

/** DeleteServerCertificate. IAM API Reference, "DeleteServerCertificate". */
export const DeleteServerCertificate = iam.operation('DeleteServerCertificate', {
  access: ({ ServerCertificateName }, context) => serverCertificateAccess(context, ServerCertificateName),

  async handle({ ServerCertificateName }, { tx, account, now }) {
    const row = await requireServerCertificate(tx, account, ServerCertificateName)
    await tx.deleteFrom('serverCertificates').where('id', '=', row.id).execute()
    await dropTags(tx, { kind: 'serverCertificate', id: row.id })
    await recordChange(tx, { account, kind: 'serverCertificate', id: row.id, at: now })
    return {}
  },
})
