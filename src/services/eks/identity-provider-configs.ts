import { minorOf } from '../../catalogue/kubernetes-versions.ts'
import { recordChange, type Transaction } from '../../store/index.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type {
  IdentityProviderConfig,
  OidcIdentityProviderConfig,
  OidcIdentityProviderConfigRequest,
  UpdateParam,
} from '../../wire/models/eks.ts'
import type { AccessContext } from '../operation.ts'
import { clusterAccess, pageByName, taggingAccess } from './access.ts'
import { resourceArn } from './arns.ts'
import { requestTagKeys, requireCluster, tagsOf } from './cluster-store.ts'
import { refuseOnOutposts } from './outposts.ts'
import { isRepeated, type Resource, resourceAccess, resourcesOf } from './resources.ts'
import { eks } from './service.ts'
import { beginUpdate, requireUpdatable } from './updates.ts'

const configs = resourcesOf<OidcIdentityProviderConfigRequest>('identityproviderconfig')

/** EKS User Guide, "Grant users access to Kubernetes with an external OIDC provider": providers of a cluster, by its version, and bytes of all of them. */
const mostProviders = ({ version }: ClustersTable) => (minorOf(version) >= 32 ? 10 : 1)
const mostBytes = 12 * 1024

/** AssociateIdentityProviderConfig: lets a cluster take tokens of an OpenID Connect provider. EKS API Reference, "AssociateIdentityProviderConfig". */
export const AssociateIdentityProviderConfig = eks.operation('AssociateIdentityProviderConfig', {
  access: async ({ clusterName, oidc, tags }, context) => [
    await clusterAccess(context, clusterName, { ...requestTagKeys(tags), 'eks:clientId': oidc.clientId, 'eks:issuerUrl': oidc.issuerUrl }),
    ...taggingAccess(
      resourceArn(context.region, context.account, 'identityproviderconfig', clusterName, 'oidc', oidc.identityProviderConfigName, '*'),
      tags,
    ),
  ],

  async handle(input, context) {
    const { tx, now, world, account, region } = context
    const { oidc, tags = {}, clientRequestToken } = input
    const cluster = await requireCluster(tx, context, input.clusterName)
    refuseOnOutposts(cluster, 'An OpenID Connect identity provider')
    const name = oidc.identityProviderConfigName
    const others = await configs.list(tx, cluster.id)
    const known = others.find(other => other.name === name)
    if (!known || !isRepeated(known, clientRequestToken)) {
      checkConfig(oidc, cluster, others)
      await requireUpdatable(tx, cluster, 'AssociateIdentityProviderConfig')
      const arn = resourceArn(region, account, 'identityproviderconfig', cluster.name, 'oidc', name, world.random.uuid())
      await configs.insert(context, { arn, scope: cluster.id, name, details: oidc, tags, clientRequestToken })
      await recordChange(tx, { account, kind: 'cluster', id: cluster.id, at: now })
    }
    return { update: await beginUpdate(context, cluster, 'AssociateIdentityProviderConfig', await paramsOf(tx, cluster)), tags }
  },
})

/** EKS User Guide, "Grant users access to Kubernetes with an external OIDC provider". @throws InvalidParameterException, ResourceInUseException */
function checkConfig(
  oidc: OidcIdentityProviderConfigRequest,
  cluster: ClustersTable,
  others: readonly Resource<OidcIdentityProviderConfigRequest>[],
): void {
  const fields = { clusterName: cluster.name }
  const { identityProviderConfigName: name, issuerUrl, clientId, usernamePrefix, groupsPrefix } = oidc
  if (!/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/.test(name))
    throw new eks.InvalidParameterException('The name of the identity provider configuration is invalid.', fields)
  if (clientId === '') throw new eks.InvalidParameterException('The clientId must not be empty.', fields)
  if (!isIssuer(issuerUrl))
    throw new eks.InvalidParameterException('The issuerUrl must begin with https:// and have no query and no fragment.', fields)
  if (issuerUrl === cluster.issuerUrl)
    throw new eks.InvalidParameterException("The issuerUrl is the cluster's own issuer, whose tokens it takes anyhow.", fields)
  for (const [member, prefix] of Object.entries({ usernamePrefix, groupsPrefix }))
    if (prefix?.startsWith('system:')) throw new eks.InvalidParameterException(`The ${member} must not begin with system:.`, fields)
  if (others.some(other => other.name === name))
    throw new eks.ResourceInUseException(`Identity provider configuration already exists with name: ${name}`, fields)
  if (others.some(({ details }) => details.issuerUrl === issuerUrl))
    throw new eks.ResourceInUseException(`The issuer ${issuerUrl} is associated with the cluster already.`, fields)
  if (others.length >= mostProviders(cluster))
    throw new eks.InvalidRequestException(
      `A cluster of version ${cluster.version} can have at most ${mostProviders(cluster)} identity provider configurations.`,
      fields,
    )
  if (Buffer.byteLength(JSON.stringify([...others.map(({ details }) => details), oidc])) >= mostBytes)
    throw new eks.InvalidParameterException('The identity provider configurations of a cluster must be less than 12 KB together.', fields)
}

function isIssuer(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url?.protocol === 'https:' && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
}

const configAccess = (
  {
    clusterName,
    identityProviderConfig: { name },
  }: { readonly clusterName: string; readonly identityProviderConfig: IdentityProviderConfig },
  context: AccessContext,
) => resourceAccess(context, 'identityproviderconfig', clusterName, name, ['oidc', name])

/** DescribeIdentityProviderConfig. EKS API Reference, "DescribeIdentityProviderConfig". */
export const DescribeIdentityProviderConfig = eks.operation('DescribeIdentityProviderConfig', {
  access: configAccess,
  async handle({ clusterName, identityProviderConfig }, { tx, ...place }) {
    const { cluster, config } = await requireConfig(tx, place, clusterName, identityProviderConfig)
    return { identityProviderConfig: { oidc: await shape(tx, cluster, config) } }
  },
})

/** ListIdentityProviderConfigs: names of a cluster's providers. EKS API Reference, "ListIdentityProviderConfigs". */
export const ListIdentityProviderConfigs = eks.operation('ListIdentityProviderConfigs', {
  access: ({ clusterName }, context) => clusterAccess(context, clusterName),
  async handle(input, { tx, ...place }) {
    const cluster = await requireCluster(tx, place, input.clusterName)
    const { page, nextToken } = pageByName(await configs.list(tx, cluster.id), ({ name }) => name, input)
    return { identityProviderConfigs: page.map(({ name }) => ({ type: 'oidc', name })), nextToken }
  },
})

/** DisassociateIdentityProviderConfig: the cluster takes the provider's tokens no more. EKS API Reference, "DisassociateIdentityProviderConfig". */
export const DisassociateIdentityProviderConfig = eks.operation('DisassociateIdentityProviderConfig', {
  access: configAccess,
  async handle({ clusterName, identityProviderConfig }, context) {
    const { tx, now } = context
    const { cluster, config } = await requireConfig(tx, context, clusterName, identityProviderConfig)
    await requireUpdatable(tx, cluster, 'DisassociateIdentityProviderConfig')
    await configs.remove(tx, config)
    await recordChange(tx, { account: cluster.account, kind: 'cluster', id: cluster.id, at: now })
    return { update: await beginUpdate(context, cluster, 'DisassociateIdentityProviderConfig', await paramsOf(tx, cluster)) }
  },
})

/** An update tells which configurations the cluster has afterwards. AWS CLI Command Reference, "disassociate-identity-provider-config". */
async function paramsOf(tx: Transaction, { id }: ClustersTable): Promise<UpdateParam[]> {
  const names = (await configs.list(tx, id)).map(({ name }) => ({ type: 'oidc', name }))
  return [{ type: 'IdentityProviderConfig', value: JSON.stringify(names) }]
}

async function requireConfig(
  tx: Transaction,
  place: { readonly account: string; readonly region: string },
  clusterName: string,
  { type, name }: IdentityProviderConfig,
) {
  const cluster = await requireCluster(tx, place, clusterName)
  if (type !== 'oidc')
    throw new eks.InvalidParameterException('The type of the identity provider configuration must be oidc.', { clusterName })
  const config = await configs.find(tx, cluster.id, name)
  if (!config) throw new eks.ResourceNotFoundException(`No identity provider configuration found for name: ${name}.`, { clusterName })
  return { cluster, config }
}

async function shape(
  tx: Transaction,
  cluster: ClustersTable,
  { arn, details }: Resource<OidcIdentityProviderConfigRequest>,
): Promise<OidcIdentityProviderConfig> {
  return { ...details, identityProviderConfigArn: arn, clusterName: cluster.name, tags: await tagsOf(tx, arn), status: 'ACTIVE' }
}
