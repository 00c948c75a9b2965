import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { oidcProviderArn } from '../../identity/arns.ts'
import type { ApiUser } from '../../kubernetes/control-plane/api-client.ts'
import { recordChange, sealContexts, type Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { HandleContext } from '../operation.ts'
import type { AttachClusterRequest } from './model.ts'
import { clusterArn, clusterOrThrow } from '../../kubernetes/cluster-of-name.ts'
import { attachments } from './service.ts'

/**
 * AttachCluster: says where a cluster is that was made with the tag `gatehouse:kind`, who its issuer is and with which keys it signs; said again, it replaces
 * what was said before. Whoever says what an issuer's keys are could be anybody whom that issuer names, in this account: it takes the permission to
 * say so of the issuer's provider.
 */
export const AttachCluster = attachments.operation('AttachCluster', {
  access: ({ clusterName, issuer }, context) => [
    { action: 'eks:UpdateClusterConfig', resource: clusterArn(context.region, context.account, clusterName) },
    {
      action: 'iam:UpdateOpenIDConnectProviderThumbprint',
      resource: oidcProviderArn(context.account, issuer.replace(/^https:\/\/|\/$/g, '')),
    },
  ],

  async handle(input, context) {
    const { tx, account, now, world } = context
    const cluster = await clusterOrThrow(context.tx, context, input.clusterName, attachments.ResourceNotFoundException)
    if (cluster.kind !== 'attached')
      throw new attachments.InvalidRequestException(`${cluster.name} is run by Gatehouse: only a cluster that runs elsewhere is attached.`)
    const { endpoint, certificateAuthority, publicKeys, credentials } = await checked(input, cluster, context)
    await tx.updateTable('clusters').set({ endpoint, certificateAuthority, issuerUrl: input.issuer }).where('id', '=', cluster.id).execute()
    const attachment = {
      credentials: world.secrets.encrypt(JSON.stringify(credentials), sealContexts.attachedCluster(cluster.id)),
      publicKeys: JSON.stringify(publicKeys),
      tlsServerName: input.tlsServerName ?? null,
    }
    await tx
      .insertInto('attachedClusters')
      .values({ clusterId: cluster.id, ...attachment })
      .onConflict(conflict => conflict.column('clusterId').doUpdateSet(attachment))
      .execute()
    await recordChange(tx, { account, kind: 'cluster', id: cluster.id, at: now })
    context.afterCommit(async () => {
      await world.clusters.stop(cluster.id)
      await world.clusters.start(cluster.id)
    })
    return {
      clusterId: cluster.id,
      webhookToken: world.secrets.decrypt(cluster.webhookToken, sealContexts.webhookToken(cluster.id)).toString('utf8'),
    }
  },

  trail: ({ clusterName }, _output, context) => ({
    resources: [{ ARN: clusterArn(context.region, context.account, clusterName), accountId: context.account, type: 'AWS::EKS::Cluster' }],
  }),
})

async function checked(input: AttachClusterRequest, cluster: ClustersTable, { tx, world }: HandleContext) {
  const { endpoint, issuer, certificateAuthority } = input
  if (!isPlainHttps(endpoint) || new URL(endpoint).pathname !== '/')
    throw new attachments.InvalidParameterException('The endpoint must be https://HOST:PORT.')
  if (!(await world.clusters.mayBeAttached(endpoint)))
    throw new attachments.InvalidParameterException(
      `The endpoint ${endpoint} is no public address: Gatehouse must be started with its network in --cluster-networks.`,
    )
  if (!isPlainHttps(issuer)) throw new attachments.InvalidParameterException('The issuer must be an https URL without query and fragment.')
  await requireFreeIssuer(tx, issuer, cluster, world.settings.issuerOrigin ?? world.endpoints.https)
  if (!readable(() => new X509Certificate(certificateAuthority)))
    throw new attachments.InvalidParameterException('The certificate authority is not a certificate in PEM form.')
  return {
    endpoint: new URL(endpoint).origin,
    certificateAuthority,
    publicKeys: input.publicKeys.map(rsaPublicKey),
    credentials: credentialsOf(input.credentials),
  }
}

function isPlainHttps(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, search, hash } = new URL(text)
  return protocol === 'https:' && username === '' && password === '' && search === '' && hash === ''
}

/** One issuer, one cluster: a token must not be good for another cluster's keys. */
async function requireFreeIssuer(tx: Transaction, issuer: string, { id, account }: ClustersTable, ownOrigin: string): Promise<void> {
  const other = await tx
    .selectFrom('clusters')
    .select('name')
    .where('issuerUrl', '=', issuer)
    .where('id', '!=', id)
    .where(row => row.or([row('kind', '!=', 'attached'), row('account', '=', account)]))
    .executeTakeFirst()
  if (other || issuer === ownOrigin || issuer.startsWith(`${ownOrigin}/`))
    throw new attachments.ResourceInUseException(
      `The issuer ${issuer} is another's already: give the cluster one of its own (kube-apiserver, --service-account-issuer).`,
    )
}

function rsaPublicKey(pem: string): string {
  const key = readable(() => createPublicKey(pem))
  if (key?.asymmetricKeyType !== 'rsa')
    throw new attachments.InvalidParameterException('The keys of the issuer must be RSA keys in PEM form.')
  return key.export({ format: 'pem', type: 'spki' }).toString()
}

function credentialsOf({ token, clientCertificate, clientKey }: AttachClusterRequest['credentials']): ApiUser {
  if (token !== undefined && /^[\x21-\x7e]+$/.test(token)) return { token }
  if (
    clientCertificate === undefined ||
    clientKey === undefined ||
    !readable(() => new X509Certificate(clientCertificate)) ||
    !readable(() => createPrivateKey(clientKey))
  )
    throw new attachments.InvalidParameterException(
      'The credentials must be a bearer token, or a client certificate and its key in PEM form.',
    )
  return { certificatePem: clientCertificate, keyPem: clientKey }
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
