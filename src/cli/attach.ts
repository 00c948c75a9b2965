import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { type ApiClient, createApiClient } from '../kubernetes/control-plane/api-client.ts'
import { CallError, callQuery, callRestJson, type Client } from './client.ts'
import { writeAttachFiles } from './attach-files.ts'
import { serviceNameOf } from './deployment-manifest.ts'
import { type KubeconfigContext, readKubeconfig } from './kubeconfig.ts'

export interface AttachOptions {
  readonly kubeconfig: string
  readonly name?: string
  readonly roleArn?: string
  readonly webhookOrigin?: string
  readonly out?: string
  readonly nodeFolder: string
  readonly admissionService?: string
  readonly failurePolicy: 'Ignore' | 'Fail'
}

/** A cluster that runs elsewhere, called with a kubeconfig's own credentials from where the command runs. */
export function kubeconfigClient({ server, tlsServerName, certificateAuthorityPem, credentials }: KubeconfigContext): ApiClient {
  const { hostname, port } = new URL(server)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return createApiClient({ port: Number(port || 443), name: tlsServerName ?? host, address: async () => host }, () => ({
    ...credentials,
    certificateAuthorityPem,
  }))
}

export interface ClusterIssuer {
  readonly issuer: string
  /** SPKI PEM. */
  readonly publicKeys: readonly string[]
}

/** A cluster's issuer as it tells it itself. Kubernetes documentation, "Service account issuer discovery". */
export async function issuerOf(api: ApiClient): Promise<ClusterIssuer> {
  const { issuer } = await api.get<{ readonly issuer: string }>('/.well-known/openid-configuration')
  const { keys } = await api.get<{ readonly keys: readonly JsonWebKey[] }>('/openid/v1/jwks')
  const publicKeys = keys.map(key => createPublicKey({ key, format: 'jwk' }).export({ format: 'pem', type: 'spki' }).toString())
  return { issuer, publicKeys }
}

/** What came of it. */
interface Attached {
  readonly cluster: string
  readonly issuer: string
  readonly keys: number
  /** Where its instructions are. */
  readonly folder: string
}

/** Registers a cluster that runs elsewhere, and writes what its API server needs. Done again, it takes up a new address, credentials or keys. */
export async function attachCluster(client: Client, options: AttachOptions): Promise<Attached> {
  const context = readKubeconfig(options.kubeconfig)
  const name = options.name ?? context.clusterName.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 100)
  const api = kubeconfigClient(context)
  const { server, certificateAuthorityPem: certificateAuthority, tlsServerName, credentials } = context
  try {
    const { major, minor } = await api.get<{ readonly major: string; readonly minor: string }>('/version')
    const { issuer, publicKeys } = await issuerOf(api)
    const made = await requireCluster(client, name, { version: `${major}.${Number.parseInt(minor, 10)}`, roleArn: options.roleArn })
    const given =
      'token' in credentials
        ? { token: credentials.token }
        : { clientCertificate: credentials.certificatePem, clientKey: credentials.keyPem }
    const input = { endpoint: server, certificateAuthority, tlsServerName, issuer, publicKeys, credentials: given }
    const path = `/clusters/${encodeURIComponent(name)}/attachment`
    const { clusterId, webhookToken } = (await callRestJson(client, 'gatehouse-clusters', 'PUT', path, { input }).catch(async problem => {
      // A cluster that could not be attached is nobody's: the next attempt makes it anew.
      if (made) await callRestJson(client, 'eks', 'DELETE', `/clusters/${encodeURIComponent(name)}`).catch(() => undefined)
      throw problem
    })) as { clusterId: string; webhookToken: string }
    const folder = options.out ?? `gatehouse-${name}`
    const { admissionService, failurePolicy } = options
    const admission = { failurePolicy, ...(admissionService !== undefined && { service: serviceNameOf(admissionService) }) }
    const origin = new URL(options.webhookOrigin ?? client.endpoint).origin
    if (!origin.startsWith('https:') || client.certificateAuthorityPem === undefined)
      throw new Error('API servers call webhooks by https alone: name the https endpoint, and its authority in AWS_CA_BUNDLE')
    writeAttachFiles(
      { clusterName: name, clusterId, webhookToken, origin, certificateAuthorityPem: client.certificateAuthorityPem, admission },
      folder,
      options.nodeFolder,
    )
    return { cluster: name, issuer, keys: publicKeys.length, folder }
  } finally {
    api.close()
  }
}

const roleName = 'gatehouse-attached-cluster'

/** @returns whether the cluster was made now */
async function requireCluster(
  client: Client,
  name: string,
  { version, roleArn }: { readonly version: string; readonly roleArn: string | undefined },
): Promise<boolean> {
  try {
    await callRestJson(client, 'eks', 'GET', `/clusters/${encodeURIComponent(name)}`)
    return false
  } catch (problem) {
    if (!(problem instanceof CallError) || problem.status !== 404) throw problem
  }
  const input = {
    name,
    version,
    roleArn: roleArn ?? (await ownRole(client)),
    resourcesVpcConfig: {},
    accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
    tags: { 'gatehouse:kind': 'attached' },
  }
  await callRestJson(client, 'eks', 'POST', '/clusters', { input })
  return true
}

/** EKS wants a role of every cluster; one that runs elsewhere uses none. */
async function ownRole(client: Client): Promise<string> {
  const iam = { name: 'iam', version: '2010-05-08' }
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  }
  await callQuery(client, iam, 'CreateRole', { RoleName: roleName, AssumeRolePolicyDocument: JSON.stringify(trust) }).catch(
    (problem: unknown) => {
      if (!(problem instanceof CallError) || problem.code !== 'EntityAlreadyExists') throw problem
    },
  )
  const { Role } = (await callQuery(client, iam, 'GetRole', { RoleName: roleName })) as unknown as { Role: { Arn: string } }
  return Role.Arn
}
