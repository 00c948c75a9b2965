import { defaultUsername, nodeEntryTypes } from '../../../cluster-access/access-entry-names.ts'
import type { AccessGrant } from '../../../cluster-access/access-policy-grants.ts'
import type { SnapshotAccessEntry, SnapshotCluster } from '../snapshot.ts'
import type { PlannedValues } from './planned-values.ts'
import type { PlannedWorld } from './planned-world.ts'

/** Where a plan is carried out. */
export interface PlannedPlace {
  readonly account: string
  readonly region: string
}

/** What a resource of a type does to the world when it is there, and when it goes. */
export interface Effect {
  /** Links hang on things: they are removed before those, and made after them. */
  readonly kind: 'thing' | 'link'
  put(values: PlannedValues, world: PlannedWorld, place: PlannedPlace): void
  remove(values: PlannedValues, world: PlannedWorld, place: PlannedPlace): void
  /** Whose answers differ with what is not known of it: ARNs and clusters' names. */
  about(values: PlannedValues, world: PlannedWorld, place: PlannedPlace): readonly string[]
}

/** The policy of a resource that the plan knows by its ARN. */
export const resourcePolicyEffect = (
  arnOf: (values: PlannedValues, place: PlannedPlace) => string | readonly string[],
  documentOf: (values: PlannedValues) => string | undefined,
): Effect => ({
  kind: 'link',
  put(values, world, place) {
    const document = documentOf(values)
    if (document !== undefined) for (const arn of [arnOf(values, place)].flat()) world.resourcePolicy(arn, document)
  },
  remove(values, world, place) {
    if (documentOf(values) !== undefined) for (const arn of [arnOf(values, place)].flat()) world.resourcePolicy(arn, undefined)
  },
  about: (values, _world, place) => [arnOf(values, place)].flat(),
})

/** EKS API Reference, "CreateAccessEntry": its user name and groups when none are given. */
export function entryOf(
  principalArn: string,
  { type = 'STANDARD', username, groups }: Partial<EntryFacts>,
): Omit<SnapshotAccessEntry, 'policies'> {
  const node = nodeEntryTypes[type]
  return {
    principalArn,
    type,
    username: node?.username ?? username ?? defaultUsername(principalArn),
    groups: [...(node?.groups ?? groups ?? [])],
  }
}

interface EntryFacts {
  readonly type: string | undefined
  readonly username: string | undefined
  readonly groups: readonly string[] | undefined
}

/** EKS API Reference, "AccessScope". */
export const grantOf = (policyArn: string, type: unknown, namespaces: readonly string[]): AccessGrant => ({
  policyArn,
  scope: type === 'namespace' ? 'namespace' : 'cluster',
  namespaces,
})

/** A cluster that a plan makes: nobody has rights in it but by entries, and by what Kubernetes comes with. */
export function newCluster(name: string, mode: string | undefined, { account, region }: PlannedPlace): SnapshotCluster {
  return {
    arn: `arn:aws:eks:${region}:${account}:cluster/${name}`,
    name,
    authenticationMode: mode === 'API' || mode === 'API_AND_CONFIG_MAP' ? mode : 'CONFIG_MAP',
    accessEntries: [],
    associations: [],
    nodeRoles: [],
    clusterRoles: {},
    roles: {},
    clusterRoleBindings: [],
    roleBindings: [],
    namespaces: [],
    serviceAccounts: [],
    pods: [],
    nodes: [],
  }
}
