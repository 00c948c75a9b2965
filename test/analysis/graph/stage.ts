import { readFileSync } from 'node:fs'
import { callQuery, callRestJson, CallError, type Client, clusterToken, send, type XmlElement } from '../../../src/cli/client.ts'
import { startGatehouse, type TestGatehouse } from '../../e2e/gatehouse.ts'
import { trusts, userArn } from './world.ts'

const services = { iam: { name: 'iam', version: '2010-05-08' }, sts: { name: 'sts', version: '2011-06-15' } }
type Parameters = { readonly [name: string]: string }

export const iam = (client: Client, action: string, parameters: Parameters = {}): Promise<XmlElement> =>
  callQuery(client, services.iam, action, parameters)
export const sts = (client: Client, action: string, parameters: Parameters = {}): Promise<XmlElement> =>
  callQuery(client, services.sts, action, parameters)

/** A running server, and whoever acts on it. */
export interface Stage {
  readonly gatehouse: TestGatehouse
  readonly admin: Client
  close(): Promise<void>
}

export async function openStage(environment: NodeJS.ProcessEnv = {}): Promise<Stage> {
  const gatehouse = await startGatehouse({ environment })
  return { gatehouse, admin: clientOfServer(gatehouse), close: async () => void (await gatehouse.stop()) }
}

/** The client of a server's administrator. */
export function clientOfServer({ environment, endpoint }: TestGatehouse): Client {
  const certificateAuthorityFile = environment['AWS_CA_BUNDLE'] as string
  return {
    endpoint,
    region: 'us-east-1',
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] as string,
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] as string,
    },
    certificateAuthorityFile,
    certificateAuthorityPem: readFileSync(certificateAuthorityFile, 'utf8'),
  }
}

/** The client of whoever holds keys that an answer has. */
export function clientOf(base: Client, keys: unknown): Client {
  const { AccessKeyId, SecretAccessKey, SessionToken } = keys as { AccessKeyId: string; SecretAccessKey: string; SessionToken?: string }
  return {
    ...base,
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, ...(SessionToken && { sessionToken: SessionToken }) },
  }
}

export const keyOf = async (admin: Client, as: Client, UserName: string): Promise<Client> =>
  clientOf(admin, (await iam(as, 'CreateAccessKey', { UserName }))['AccessKey'])

export async function makeUser(admin: Client, name: string, policy?: string): Promise<Client> {
  await iam(admin, 'CreateUser', { UserName: name })
  if (policy !== undefined) await iam(admin, 'PutUserPolicy', { UserName: name, PolicyName: 'rights', PolicyDocument: policy })
  return keyOf(admin, admin, name)
}

export const makeRole = (admin: Client, name: string, trust: string): Promise<XmlElement> =>
  iam(admin, 'CreateRole', { RoleName: name, AssumeRolePolicyDocument: trust })

export const assume = async (client: Client, RoleArn: string): Promise<Client> =>
  clientOf(client, (await sts(client, 'AssumeRole', { RoleArn, RoleSessionName: 'performance' }))['Credentials'])

export const trustsUser = (name: string): string => trusts({ AWS: userArn(name) })

/** The code of an error that a call must end with; undefined when it succeeds. */
export async function refusalOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work()
    return undefined
  } catch (problem) {
    if (problem instanceof CallError) return problem.code || `status ${problem.status}`
    throw problem
  }
}

/** Calls of a cluster's API, as whoever has a token. */
export interface Kubernetes {
  (method: string, path: string, body?: object, headers?: Parameters): Promise<{ readonly [name: string]: unknown }>
}

export interface ClusterAddress {
  readonly name: string
  readonly endpoint: string
  readonly certificateAuthorityPem: string
}

export async function makeCluster(admin: Client, name: string): Promise<ClusterAddress> {
  await makeRole(admin, `${name}-cluster`, trusts({ Service: 'eks.amazonaws.com' }))
  const input = {
    name,
    roleArn: `arn:aws:iam::111122223333:role/${name}-cluster`,
    resourcesVpcConfig: { subnetIds: ['subnet-1', 'subnet-2'] },
    accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP', bootstrapClusterCreatorAdminPermissions: true },
  }
  await callRestJson(admin, 'eks', 'POST', '/clusters', { input })
  for (let attempt = 0; attempt < 600; attempt++) {
    const { cluster } = (await callRestJson(admin, 'eks', 'GET', `/clusters/${name}`)) as {
      cluster: { status: string; endpoint: string; certificateAuthority: { data: string } }
    }
    if (cluster.status === 'ACTIVE')
      return {
        name,
        endpoint: cluster.endpoint,
        certificateAuthorityPem: Buffer.from(cluster.certificateAuthority.data, 'base64').toString('utf8'),
      }
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`cluster ${name} did not become active`)
}

export function kubernetesAs({ endpoint, certificateAuthorityPem }: ClusterAddress, token: string): Kubernetes {
  return (method, path, body, headers = {}) =>
    send(`${endpoint}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(body && { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
      certificateAuthorityPem,
    })
}

export const kubernetesOf = (cluster: ClusterAddress, client: Client): Kubernetes =>
  kubernetesAs(cluster, clusterToken(client, cluster.name))
