import type { Selectable } from 'kysely'
import { oidcProviderArn } from '../../identity/arns.ts'
import { issuerUnavailable } from '../../kubernetes/issuer/availability.ts'
import { type Database, recordChange, type Transaction } from '../../store/index.ts'
import type { CallContext } from '../operation.ts'
import { oidcProviderAccess, pathAccess, requestTagKeys } from './access.ts'
import { changedPropagation, newPropagation, propagationKeys, propagationMembers } from './context-providers.ts'
import { checkQuota, defaultQuotas, quotaOf } from './quotas.ts'
import { iam } from './service.ts'
import { addTags, dropTags, tagsMember } from './tagging.ts'

type ProviderRow = Selectable<Database['oidcProviders']>

/**
 * The issuer's URL without its scheme, as the provider's ARN holds it. IAM API Reference, "CreateOpenIDConnectProvider": https, no query. AWS asks for no
 * port number either; issuers of Gatehouse's own clusters have one, so ports are taken. docs/fidelity.md, "IAM".
 * @throws InvalidInput
 */
function issuerOf(text: string): string {
  if (!text.startsWith('https://')) throw new iam.ValidationError('Invalid Open ID Connect Provider URL')
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || url.search !== '' || url.hash !== '' || url.username !== '' || url.hostname === '') {
    throw new iam.ValidationError('Invalid Open ID Connect Provider URL')
  }
  return text.slice('https://'.length)
}

/** Clusters without roles for service accounts have an address that could be taken for an issuer's. @throws InvalidInput that says why it is none */
async function refuseWithoutIssuer(tx: Transaction, url: string): Promise<void> {
  const cluster = await tx
    .selectFrom('clusters')
    .select(['name', 'version', 'details'])
    .where('issuerUrl', '=', url.replace(/\/$/, ''))
    .executeTakeFirst()
  const why = cluster && issuerUnavailable(cluster)
  if (why !== undefined) throw new iam.InvalidInput(`${url} is not the issuer of a cluster: ${why}`)
}

/** Thumbprints are compared and kept in lower case. @throws InvalidInput */
function checkThumbprints(thumbprints: readonly string[]): string[] {
  if (thumbprints.length > defaultQuotas.ThumbprintsPerOpenIdConnectProvider) {
    throw new iam.InvalidInput(`Thumbprint list must contain fewer than ${defaultQuotas.ThumbprintsPerOpenIdConnectProvider} entries.`)
  }
  if (thumbprints.some(thumbprint => !/^[0-9a-f]{40}$/i.test(thumbprint)))
    throw new iam.InvalidInput('Thumbprint must be 40 hexadecimal digits.')
  return thumbprints.map(thumbprint => thumbprint.toLowerCase())
}

const listOf = (json: string): string[] => JSON.parse(json) as string[]

/** @throws NoSuchEntity */
export async function requireProvider(tx: Transaction, account: string, arn: string): Promise<ProviderRow> {
  const provider = await tx.selectFrom('oidcProviders').selectAll().where('arn', '=', arn).where('account', '=', account).executeTakeFirst()
  if (!provider) throw new iam.NoSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`)
  return provider
}

/** Changes a provider, in the store and for those who cache it. */
async function update({ tx, account, now }: Context, arn: string, change: Partial<ProviderRow>) {
  await tx.updateTable('oidcProviders').set(change).where('arn', '=', arn).execute()
  await recordChange(tx, { account, kind: 'oidcProvider', id: arn, at: now })
}

type Context = CallContext & { readonly tx: Transaction }

/**
 * CreateOpenIDConnectProvider. When the caller gives no thumbprint, the issuer is asked for the certificate that AWS would record.
 * IAM API Reference, "CreateOpenIDConnectProvider".
 */
export const CreateOpenIDConnectProvider = iam.operation<'CreateOpenIDConnectProvider', readonly string[]>('CreateOpenIDConnectProvider', {
  async prepare({ Url, ThumbprintList = [] }) {
    issuerOf(Url)
    return checkThumbprints(ThumbprintList)
  },

  // Only for who may add the provider we connect to an address that a request names.
  async reach({ Url }, { world }, given) {
    if (given.length > 0) return given
    try {
      return [await world.issuerProbe.thumbprintOf(Url)]
    } catch {
      throw new iam.OpenIdIdpCommunicationError(
        'Please make sure the OpenID Connect Provider is reachable over HTTPS and its certificate chain can be retrieved',
      )
    }
  },

  access: (input, { account }) => ({
    resource: oidcProviderArn(account, issuerOf(input.Url)),
    keys: { ...requestTagKeys(input.Tags), ...propagationKeys(input) },
  }),

  async handle(input, { tx, account, now, world }, thumbprints) {
    const { Url, ClientIDList = [], Tags = [] } = input
    const url = issuerOf(Url)
    await refuseWithoutIssuer(tx, Url)
    const arn = oidcProviderArn(account, url)
    if (await tx.selectFrom('oidcProviders').select('arn').where('arn', '=', arn).executeTakeFirst()) {
      throw new iam.EntityAlreadyExists(`Provider with url ${Url} already exists.`)
    }
    const providers = await tx.selectFrom('oidcProviders').select('arn').where('account', '=', account).execute()
    checkQuota(world, 'OpenIdConnectProvidersPerAccount', providers.length)
    const clientIds = [...new Set(ClientIDList)]
    if (clientIds.length > quotaOf(world, 'ClientIdsPerOpenIdConnectProvider'))
      checkQuota(world, 'ClientIdsPerOpenIdConnectProvider', clientIds.length)
    await tx
      .insertInto('oidcProviders')
      .values({
        arn,
        account,
        url,
        createdAt: now,
        clientIds: JSON.stringify(clientIds),
        thumbprints: JSON.stringify(thumbprints),
        ...newPropagation(input),
      })
      .execute()
    await addTags(tx, { kind: 'oidcProvider', id: arn }, Tags)
    await recordChange(tx, { account, kind: 'oidcProvider', id: arn, at: now })
    return { OpenIDConnectProviderArn: arn, ...(Tags.length > 0 ? { Tags } : {}) }
  },
})

/** GetOpenIDConnectProvider. IAM API Reference, "GetOpenIDConnectProvider". */
export const GetOpenIDConnectProvider = iam.operation('GetOpenIDConnectProvider', {
  access: ({ OpenIDConnectProviderArn }, context) => oidcProviderAccess(context, OpenIDConnectProviderArn),

  async handle({ OpenIDConnectProviderArn }, { tx, account }) {
    const provider = await requireProvider(tx, account, OpenIDConnectProviderArn)
    return {
      Url: provider.url,
      ClientIDList: listOf(provider.clientIds),
      ThumbprintList: listOf(provider.thumbprints),
      CreateDate: new Date(provider.createdAt),
      ...propagationMembers(provider),
      ...(await tagsMember(tx, { kind: 'oidcProvider', id: provider.arn })),
    }
  },
})

/** ListOpenIDConnectProviders: all at once. IAM API Reference, "ListOpenIDConnectProviders". */
export const ListOpenIDConnectProviders = iam.operation('ListOpenIDConnectProviders', {
  access: (_, context) => pathAccess.oidcProviders(context),

  async handle(_, { tx, account }) {
    const rows = await tx.selectFrom('oidcProviders').select('arn').where('account', '=', account).orderBy('arn').execute()
    return { OpenIDConnectProviderList: rows.map(({ arn }) => ({ Arn: arn })) }
  },
})

/** AddClientIDToOpenIDConnectProvider: adding one again is no error. IAM API Reference, "AddClientIDToOpenIDConnectProvider". */
export const AddClientIDToOpenIDConnectProvider = iam.operation('AddClientIDToOpenIDConnectProvider', {
  access: ({ OpenIDConnectProviderArn }, context) => oidcProviderAccess(context, OpenIDConnectProviderArn),

  async handle({ OpenIDConnectProviderArn, ClientID }, context) {
    const provider = await requireProvider(context.tx, context.account, OpenIDConnectProviderArn)
    const clientIds = listOf(provider.clientIds)
    if (clientIds.includes(ClientID)) return {}
    checkQuota(context.world, 'ClientIdsPerOpenIdConnectProvider', clientIds.length)
    await update(context, provider.arn, { clientIds: JSON.stringify([...clientIds, ClientID]) })
    return {}
  },
})

/** RemoveClientIDFromOpenIDConnectProvider: removing what is not there is no error. IAM API Reference, same name. */
export const RemoveClientIDFromOpenIDConnectProvider = iam.operation('RemoveClientIDFromOpenIDConnectProvider', {
  access: ({ OpenIDConnectProviderArn }, context) => oidcProviderAccess(context, OpenIDConnectProviderArn),

  async handle({ OpenIDConnectProviderArn, ClientID }, context) {
    const provider = await requireProvider(context.tx, context.account, OpenIDConnectProviderArn)
    const clientIds = listOf(provider.clientIds).filter(id => id !== ClientID)
    await update(context, provider.arn, { clientIds: JSON.stringify(clientIds) })
    return {}
  },
})

/** UpdateOpenIDConnectProviderThumbprint: replaces the whole list. IAM API Reference, "UpdateOpenIDConnectProviderThumbprint". */
export const UpdateOpenIDConnectProviderThumbprint = iam.operation('UpdateOpenIDConnectProviderThumbprint', {
  access: ({ OpenIDConnectProviderArn }, context) => oidcProviderAccess(context, OpenIDConnectProviderArn),

  async handle({ OpenIDConnectProviderArn, ThumbprintList }, context) {
    const provider = await requireProvider(context.tx, context.account, OpenIDConnectProviderArn)
    await update(context, provider.arn, { thumbprints: JSON.stringify(checkThumbprints(ThumbprintList)) })
    return {}
  },
})

/** UpdateOpenIDConnectProvider: trusted identity propagation, not thumbprints. IAM API Reference, "UpdateOpenIDConnectProvider". */
export const UpdateOpenIDConnectProvider = iam.operation('UpdateOpenIDConnectProvider', {
  async access(input, context) {
    const { tx } = context
    const arn = input.OpenIDConnectProviderArn
    const row = await tx.selectFrom('oidcProviders').selectAll().where('arn', '=', arn).executeTakeFirst()
    const issuer = row && { 'iam:ResourceIdentityProviderIssuers': [`https://${row.url}`] }
    return oidcProviderAccess(context, arn, { ...issuer, ...propagationKeys(input, row) })
  },

  async handle(input, context) {
    const provider = await requireProvider(context.tx, context.account, input.OpenIDConnectProviderArn)
    const { contextProvider, identityCenterInstanceArn } = changedPropagation(provider, input)
    await update(context, provider.arn, { contextProvider, identityCenterInstanceArn })
    return {}
  },
})

/** DeleteOpenIDConnectProvider: deleting it again is no error. Roles that trust it stay. IAM API Reference, "DeleteOpenIDConnectProvider". */
export const DeleteOpenIDConnectProvider = iam.operation('DeleteOpenIDConnectProvider', {
  access: ({ OpenIDConnectProviderArn }, context) => oidcProviderAccess(context, OpenIDConnectProviderArn),

  async handle({ OpenIDConnectProviderArn }, { tx, account, now }) {
    const { numDeletedRows } = await tx
      .deleteFrom('oidcProviders')
      .where('arn', '=', OpenIDConnectProviderArn)
      .where('account', '=', account)
      .executeTakeFirst()
    if (numDeletedRows === 0n) return {}
    await dropTags(tx, { kind: 'oidcProvider', id: OpenIDConnectProviderArn })
    await recordChange(tx, { account, kind: 'oidcProvider', id: OpenIDConnectProviderArn, at: now })
    return {}
  },
})
