import { type AwsAuth, awsAuthMapping, type Mapping } from '../../cluster-access/aws-auth.ts'
import type { Caller } from './caller.ts'
import { TokenRefused } from './refusal.ts'
import { expandTemplate, type PrivateDnsName, requireUnreserved } from './username.ts'

/** An access entry, as far as mapping reads it. */
export interface AccessEntryMapping extends Mapping {
  readonly type: string
  /** The principal's unique id when the entry was made. */
  readonly principalId: string
}

/** Where a cluster looks for mappings. */
export interface ClusterAccessMode {
  readonly authenticationMode: 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP'
  /** Who made the cluster. In the mode CONFIG_MAP they are its administrator; in the others, an access entry makes them so, and it can be deleted. */
  readonly creator?: { readonly arn: string; readonly id: string }
}

/** A cluster's mappings, each as it stands when asked for. */
export interface ClusterMappings {
  /** Undefined when the cluster is no more. */
  access(): Promise<ClusterAccessMode | undefined>
  /** @param principalArn  with the path */
  accessEntry(principalArn: string): Promise<AccessEntryMapping | undefined>
  /** The ConfigMap as it stands now; undefined when there is none. */
  awsAuth(): Promise<AwsAuth | undefined>
}

/** The user that authentication makes known. Kubernetes API, authentication.k8s.io/v1 UserInfo. */
export interface AuthenticatedUser {
  readonly username: string
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra: { readonly [key: string]: readonly string[] }
}

/** How EKS names the creator of a cluster whose authentication mode is CONFIG_MAP. */
const creatorMapping: Mapping = { username: 'kubernetes-admin', groups: ['system:masters'] }

/**
 * Whom a caller is in a cluster: by access entry, else by the aws-auth ConfigMap, as the authentication mode has it.
 * @throws TokenRefused when nothing maps the caller
 * @see    EKS User Guide, "Change authentication mode to use access entries" and "Create access entries"
 */
export async function mapCaller(caller: Caller, mappings: ClusterMappings, privateDnsName: PrivateDnsName): Promise<AuthenticatedUser> {
  const access = await mappings.access()
  if (!access) throw new TokenRefused('there is no such cluster')
  const mode = access.authenticationMode
  const entry = mode === 'CONFIG_MAP' ? undefined : await mappings.accessEntry(caller.principalArn)
  if (entry) return userOf(caller, await fromEntry(entry, caller, privateDnsName))
  const mapping = mode === 'API' ? undefined : await fromConfigMap(caller, mode === 'CONFIG_MAP' ? access.creator : undefined, mappings)
  if (!mapping) throw new TokenRefused(`nothing maps ${caller.canonicalArn} (authentication mode ${mode})`)
  return userOf(caller, await filled(mapping, caller, privateDnsName))
}

async function fromEntry(entry: AccessEntryMapping, caller: Caller, privateDnsName: PrivateDnsName): Promise<Mapping> {
  // An entry for the ARN decides, even by refusing: aws-auth, which knows only ARNs, must not let in who the entry does not mean.
  if (entry.principalId !== caller.principalId)
    throw new TokenRefused(`the access entry of ${caller.principalArn} is for a principal that was deleted: make it anew`)
  const mapping = await filled(entry, caller, privateDnsName)
  if (entry.type === 'STANDARD') requireUnreserved(mapping.username)
  return mapping
}

async function fromConfigMap(
  caller: Caller,
  creator: ClusterAccessMode['creator'],
  mappings: ClusterMappings,
): Promise<Mapping | undefined> {
  if (creator && creator.arn === caller.principalArn && creator.id === caller.principalId) return creatorMapping
  const configured = await mappings.awsAuth()
  return configured && awsAuthMapping(configured, caller)
}

async function filled({ username, groups }: Mapping, caller: Caller, privateDnsName: PrivateDnsName): Promise<Mapping> {
  const fill = (template: string) => expandTemplate(template, caller, privateDnsName)
  return { username: await fill(username), groups: await Promise.all(groups.map(fill)) }
}

/** What `kubectl auth whoami` shows on EKS. */
const userOf = (caller: Caller, { username, groups }: Mapping): AuthenticatedUser => ({
  username,
  uid: `aws-iam-authenticator:${caller.account}:${caller.principalId}`,
  groups,
  extra: {
    accessKeyId: [caller.accessKeyId],
    arn: [caller.arn],
    canonicalArn: [caller.canonicalArn],
    principalId: [caller.principalId],
    sessionName: [caller.sessionName],
    'sigs.k8s.io/aws-iam-authenticator/principalId': [caller.principalId],
  },
})
