import { createHash } from 'node:crypto'
import { type TrustTarget, withoutScheme } from '../analysis/irsa-trust.ts'
import { callQuery, callRestJson, type Client } from './client.ts'
import { type ClusterClient, openCluster, type ServiceAccountObject } from './cluster-client.ts'
import { type Iam, iamOf, textOf } from './irsa-iam.ts'

/** The service account that a command is about. */
export interface IrsaOptions {
  readonly cluster: string
  readonly namespace: string
  readonly serviceAccount: string
  readonly data?: string
}

/** The service account, and those who know of it. */
export interface IrsaTarget extends IrsaOptions, TrustTarget {
  readonly client: Client
  readonly iam: Iam
  readonly kubernetes: ClusterClient
}

export const roleAnnotation = 'eks.amazonaws.com/role-arn'
export const audienceAnnotation = 'eks.amazonaws.com/audience'
export const defaultAudience = 'sts.amazonaws.com'

/** @throws CallError, or Error when the cluster is not there, is not active, or has no issuer */
export async function openTarget(client: Client, options: IrsaOptions): Promise<IrsaTarget> {
  const { cluster: name, namespace, serviceAccount } = options
  const issuer = await issuerOf(client, name)
  const caller = await callQuery(client, { name: 'sts', version: '2011-06-15' }, 'GetCallerIdentity')
  const account = textOf(caller, 'Account')
  return {
    ...options,
    client,
    iam: iamOf(client),
    kubernetes: await openCluster(client, name),
    account,
    issuer,
    providerArn: `arn:aws:iam::${account}:oidc-provider/${withoutScheme(issuer)}`,
    subject: `system:serviceaccount:${namespace}:${serviceAccount}`,
  }
}

/** The URL of a cluster's issuer. @throws CallError, or Error when the cluster has none */
export async function issuerOf(client: Client, name: string): Promise<string> {
  const { cluster } = (await callRestJson(client, 'eks', 'GET', `/clusters/${encodeURIComponent(name)}`)) as {
    cluster: {
      readonly identity?: { readonly oidc?: { readonly issuer?: string } }
      readonly outpostConfig?: object
      readonly version?: string
    }
  }
  const issuer = cluster.identity?.oidc?.issuer
  if (issuer === undefined) throw new Error(`cluster ${name} has no OpenID Connect issuer: ${whyNoIssuer(cluster)}`)
  return issuer
}

/** EKS User Guide, "IAM roles for service accounts". */
const whyNoIssuer = ({ outpostConfig, version }: { readonly outpostConfig?: object; readonly version?: string }): string =>
  outpostConfig
    ? 'it is a local cluster on AWS Outposts, which has no IAM roles for service accounts'
    : `it is of Kubernetes ${version}, and IAM roles for service accounts need 1.14, or an update to 1.13 or later`

const longestRoleName = 64

/** A role's name that tells whose it is; long ones end in a digest. IAM API Reference, "CreateRole", RoleName. */
export function defaultRoleName({ cluster, namespace, serviceAccount }: IrsaOptions): string {
  const name = `${cluster}-${namespace}-${serviceAccount}`.replaceAll(/[^\w+=,.@-]/g, '-')
  if (name.length <= longestRoleName) return name
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return `${name.slice(0, longestRoleName - digest.length - 1)}-${digest}`
}

/** The trust policy that lets one service account assume a role. EKS User Guide, "Assign IAM roles to Kubernetes service accounts". */
export const trustStatement = (
  { providerArn, issuer, subject }: Pick<IrsaTarget, 'providerArn' | 'issuer' | 'subject'>,
  audience: string,
) => ({
  Effect: 'Allow',
  Principal: { Federated: providerArn },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringEquals: { [`${withoutScheme(issuer)}:sub`]: subject, [`${withoutScheme(issuer)}:aud`]: audience } },
})

export const annotationsOf = (found: ServiceAccountObject | undefined): { readonly [key: string]: string } =>
  found?.metadata?.annotations ?? {}
