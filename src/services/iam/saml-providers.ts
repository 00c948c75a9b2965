import { createHash, createPrivateKey } from 'node:crypto'
import type { Selectable } from 'kysely'
import { base32 } from '../../identity/totp.ts'
import { type Database, recordChange, type Transaction } from '../../store/index.ts'
import type { AccessContext, AccessStatement, CallContext } from '../operation.ts'
import { type Keys, requestTagKeys, resourceTagKeys } from './access.ts'
import { changedPropagation, newPropagation, propagationKeys, propagationMembers } from './context-providers.ts'
import { checkQuota } from './quotas.ts'
import { readGivenSamlMetadata, readSamlMetadata } from './saml-metadata.ts'
import { iam } from './service.ts'
import { addTags, dropTags, tagsMember } from './tagging.ts'

type ProviderRow = Selectable<Database['samlProviders']>
type Context = CallContext & { readonly tx: Transaction }

/** A key to decrypt assertions with. IAM API Reference, "SAMLPrivateKey". */
interface PrivateKey {
  readonly id: string
  readonly at: number
  readonly envelope: string
}

const arnOf = (account: string, name: string) => `arn:aws:iam::${account}:saml-provider/${name}`
/** How long metadata without an end of its own is valid, as AWS has it. */
const defaultValidity = 100 * 365.25 * 86_400_000
/** One in use and one to change to. IAM User Guide, "Manage SAML encryption keys". */
const mostPrivateKeys = 2

/** @throws NoSuchEntity */
export async function requireSamlProvider(tx: Transaction, account: string, arn: string): Promise<ProviderRow> {
  const provider = await tx.selectFrom('samlProviders').selectAll().where('arn', '=', arn).where('account', '=', account).executeTakeFirst()
  if (!provider) throw new iam.NoSuchEntity(`Manifest not found for arn ${arn}`)
  return provider
}

/** Access to a SAML provider, which requests name by ARN. */
export async function samlProviderAccess(context: AccessContext, arn: string, keys: Keys = {}): Promise<AccessStatement> {
  const tags = await resourceTagKeys(context, { kind: 'samlProvider', id: arn })
  return { resource: arn, keys: { ...tags, ...keys } }
}

function privateKey(pem: string, arn: string, { world, now }: Context): PrivateKey {
  try {
    createPrivateKey(pem)
  } catch {
    throw new iam.InvalidInput('The private key is not valid PEM.')
  }
  return {
    id: base32(world.random.bytes(15)),
    at: now,
    envelope: world.secrets.encrypt(pem, arn),
  }
}

/** CreateSAMLProvider. IAM API Reference, "CreateSAMLProvider". */
export const CreateSAMLProvider = iam.operation('CreateSAMLProvider', {
  access: (input, { account }) => ({
    resource: arnOf(account, input.Name),
    keys: { ...requestTagKeys(input.Tags), ...propagationKeys(input) },
  }),

  async handle(input, context) {
    const { Name, SAMLMetadataDocument, Tags = [], AssertionEncryptionMode, AddPrivateKey } = input
    const { tx, account, now, world } = context
    const { validUntil } = readGivenSamlMetadata(SAMLMetadataDocument)
    const arn = arnOf(account, Name)
    if (await tx.selectFrom('samlProviders').select('arn').where('arn', '=', arn).executeTakeFirst()) {
      throw new iam.EntityAlreadyExists(`SAMLProvider ${Name} already exists.`)
    }
    const providers = await tx.selectFrom('samlProviders').select('arn').where('account', '=', account).execute()
    checkQuota(world, 'SAMLProvidersPerAccount', providers.length)
    if (AssertionEncryptionMode !== undefined && AddPrivateKey === undefined) {
      throw new iam.InvalidInput('A private key is required for assertion encryption.')
    }
    const row: ProviderRow = {
      arn,
      account,
      name: Name,
      uuid: base32(world.random.bytes(15)),
      metadata: SAMLMetadataDocument,
      createdAt: now,
      validUntil: validUntil ?? now + defaultValidity,
      encryptionMode: AssertionEncryptionMode ?? null,
      privateKeys: JSON.stringify(AddPrivateKey === undefined ? [] : [privateKey(AddPrivateKey, arn, context)]),
      ...newPropagation(input),
    }
    await tx.insertInto('samlProviders').values(row).execute()
    await addTags(tx, { kind: 'samlProvider', id: arn }, Tags)
    await recordChange(tx, { account, kind: 'samlProvider', id: arn, at: now })
    return { SAMLProviderArn: arn, ...(Tags.length > 0 ? { Tags } : {}) }
  },
})

/** GetSAMLProvider. IAM API Reference, "GetSAMLProvider". */
export const GetSAMLProvider = iam.operation('GetSAMLProvider', {
  access: ({ SAMLProviderArn }, context) => samlProviderAccess(context, SAMLProviderArn),

  async handle({ SAMLProviderArn }, { tx, account }) {
    const row = await requireSamlProvider(tx, account, SAMLProviderArn)
    const { entityId, certificates } = readSamlMetadata(row.metadata)
    const keys = JSON.parse(row.privateKeys) as PrivateKey[]
    return {
      SAMLProviderUUID: row.uuid,
      SAMLMetadataDocument: row.metadata,
      CreateDate: new Date(row.createdAt),
      ValidUntil: new Date(row.validUntil),
      ...propagationMembers(row),
      SAMLKeyHashes: [{ IssuerURL: entityId, KeyHashes: certificates.map(keyHash) }],
      ...(row.encryptionMode === null ? {} : { AssertionEncryptionMode: row.encryptionMode }),
      ...(keys.length > 0 ? { PrivateKeyList: keys.map(({ id, at }) => ({ KeyId: id, Timestamp: new Date(at) })) } : {}),
      ...(await tagsMember(tx, { kind: 'samlProvider', id: row.arn })),
    }
  },
})

const keyHash = (certificate: string): string => createHash('sha256').update(Buffer.from(certificate, 'base64')).digest('hex')

/** ListSAMLProviders: all at once. IAM API Reference, "ListSAMLProviders". */
export const ListSAMLProviders = iam.operation('ListSAMLProviders', {
  access: (_, { account }) => ({ resource: arnOf(account, '*') }),

  async handle(_, { tx, account }) {
    const rows = await tx.selectFrom('samlProviders').selectAll().where('account', '=', account).orderBy('arn').execute()
    return {
      SAMLProviderList: rows.map(row => ({ Arn: row.arn, ValidUntil: new Date(row.validUntil), CreateDate: new Date(row.createdAt) })),
    }
  },
})

/** UpdateSAMLProvider: new metadata, encryption, keys. IAM API Reference, "UpdateSAMLProvider". */
export const UpdateSAMLProvider = iam.operation('UpdateSAMLProvider', {
  access: (input, context) => samlProviderAccess(context, input.SAMLProviderArn, propagationKeys(input)),

  async handle(input, context) {
    const { tx, account, now } = context
    const row = await requireSamlProvider(tx, account, input.SAMLProviderArn)
    const metadata = input.SAMLMetadataDocument
    const validUntil = metadata === undefined ? row.validUntil : (readGivenSamlMetadata(metadata).validUntil ?? now + defaultValidity)
    let keys = JSON.parse(row.privateKeys) as PrivateKey[]
    if (input.RemovePrivateKey !== undefined) {
      if (!keys.some(key => key.id === input.RemovePrivateKey))
        throw new iam.NoSuchEntity(`Private key ${input.RemovePrivateKey} cannot be found.`)
      keys = keys.filter(key => key.id !== input.RemovePrivateKey)
    }
    if (input.AddPrivateKey !== undefined) {
      if (keys.length >= mostPrivateKeys)
        throw new iam.LimitExceeded(`Cannot exceed quota for PrivateKeysPerSAMLProvider: ${mostPrivateKeys}`)
      keys = [...keys, privateKey(input.AddPrivateKey, row.arn, context)]
    }
    const { contextProvider, identityCenterInstanceArn } = changedPropagation(row, input)
    await tx
      .updateTable('samlProviders')
      .set({
        metadata: metadata ?? row.metadata,
        validUntil,
        encryptionMode: input.AssertionEncryptionMode ?? row.encryptionMode,
        privateKeys: JSON.stringify(keys),
        contextProvider,
        identityCenterInstanceArn,
      })
      .where('arn', '=', row.arn)
      .execute()
    await recordChange(tx, { account, kind: 'samlProvider', id: row.arn, at: now })
    return { SAMLProviderArn: row.arn }
  },
})

/** DeleteSAMLProvider: roles that trust it stay. IAM API Reference, "DeleteSAMLProvider". */
export const DeleteSAMLProvider = iam.operation('DeleteSAMLProvider', {
  access: ({ SAMLProviderArn }, context) => samlProviderAccess(context, SAMLProviderArn),

  async handle({ SAMLProviderArn }, { tx, account, now }) {
    const row = await requireSamlProvider(tx, account, SAMLProviderArn)
    await tx.deleteFrom('samlProviders').where('arn', '=', row.arn).execute()
    await dropTags(tx, { kind: 'samlProvider', id: row.arn })
    await recordChange(tx, { account, kind: 'samlProvider', id: row.arn, at: now })
    return {}
  },
})
