import { parseArn } from '../../types/arn.ts'
import type { ClusterView } from './cluster-view.ts'
import { listOf, type NodeList } from './links.ts'
import type { SnapshotInstance, SnapshotNode, SnapshotPod } from './snapshot.ts'

// Names of the nodes of the graph that are parts of a cluster.
export const serviceAccountNode = (label: string, namespace: string, name: string) => `${label}:serviceaccount:${namespace}/${name}`
export const podNode = (label: string, namespace: string, name: string) => `${label}:pod:${namespace}/${name}`
export const machineNode = (label: string, name: string) => `${label}:node:${name}`
export const userNode = (label: string, name: string) => `${label}:user:${name}`
export const groupNode = (label: string, name: string) => `${label}:group:${name}`
/** An IAM principal as the cluster knows it. */
export const mappedNode = (label: string, arn: string) => `${label}:iam:${arn}`

/** A node of which nothing is known but that the cluster has some. */
const someNode = 'some node'

/** A place in a cluster that a target is of. */
export interface Placed {
  readonly namespace: string
  readonly name: string
}

/** What there is in a cluster to be reached, in lists that links share. */
export class ClusterContents {
  readonly view: ClusterView
  readonly serviceAccounts: readonly Placed[]
  readonly namespaces: readonly string[]
  readonly #instances: ReadonlyMap<string, SnapshotInstance>
  readonly #lists = new Map<string, NodeList>()
  readonly #pods: ReadonlyMap<string, SnapshotPod>
  readonly #enforced: ReadonlyMap<string, string | undefined>

  constructor(view: ClusterView, instances: readonly SnapshotInstance[]) {
    this.view = view
    const { cluster } = view
    this.#instances = new Map(instances.map(instance => [parseArn(instance.arn)?.resource.slice('instance/'.length) ?? '', instance]))
    this.#pods = new Map(cluster.pods.map(pod => [`${pod.namespace}/${pod.name}`, pod]))
    this.#enforced = new Map(cluster.namespaces.map(({ name, enforced: standard }) => [name, standard]))
    const accounts: Placed[] = [
      ...cluster.serviceAccounts,
      ...cluster.pods.map(({ namespace, serviceAccount }) => ({ namespace, name: serviceAccount })),
      ...cluster.associations.map(({ namespace, serviceAccount }) => ({ namespace, name: serviceAccount })),
    ]
    this.serviceAccounts = [...new Map(accounts.map(({ namespace, name }) => [`${namespace}/${name}`, { namespace, name }])).values()]
    this.namespaces = [
      ...new Set([
        ...cluster.namespaces.map(({ name }) => name),
        ...this.serviceAccounts.map(({ namespace }) => namespace),
        ...cluster.roleBindings.map(({ namespace = '' }) => namespace),
      ]),
    ]
  }

  /** Nodes of the service accounts of a namespace, or of all. */
  serviceAccountsOf = (namespace: string | undefined): NodeList =>
    this.#list(`service accounts ${namespace ?? ''}`, () =>
      this.serviceAccounts
        .filter(account => namespace === undefined || account.namespace === namespace)
        .map(account => serviceAccountNode(this.view.label, account.namespace, account.name)),
    )

  podsOf = (namespace: string | undefined): NodeList =>
    this.#list(`pods ${namespace ?? ''}`, () =>
      this.view.cluster.pods
        .filter(pod => namespace === undefined || pod.namespace === namespace)
        .map(pod => podNode(this.view.label, pod.namespace, pod.name)),
    )

  /** Names of users or groups that bindings name. */
  namesOf(kind: 'user' | 'group'): readonly string[] {
    const start = `${kind} `
    return this.view.subjects.flatMap(({ by }) => (by.startsWith(start) ? [by.slice(start.length)] : []))
  }

  subjectsOf = (kind: 'user' | 'group'): NodeList =>
    this.#list(kind, () => this.namesOf(kind).map(name => (kind === 'user' ? userNode : groupNode)(this.view.label, name)))

  podAt = ({ namespace, name }: Placed): SnapshotPod | undefined => this.#pods.get(`${namespace}/${name}`)

  get machines(): NodeList {
    return this.#list('nodes', () => this.machineNames.map(name => machineNode(this.view.label, name)))
  }

  get machineNames(): readonly string[] {
    const { nodes, nodeRoles, pods } = this.view.cluster
    const names = new Set([...nodes.map(({ name }) => name), ...pods.flatMap(({ node }) => node ?? [])])
    return names.size === 0 && nodeRoles.length > 0 ? [someNode] : [...names]
  }

  /** Whether admission lets a pod have the rights of its node. Kubernetes documentation, "Pod Security Standards". */
  letsPrivilegedPodsIn(namespace: string): boolean {
    const enforced = this.#enforced.get(namespace)
    return enforced === undefined || enforced === 'privileged'
  }

  instanceOf(machine: string): SnapshotInstance | undefined {
    const node: SnapshotNode | undefined = this.view.cluster.nodes.find(({ name }) => name === machine)
    if (node?.instanceId !== undefined) return this.#instances.get(node.instanceId)
    return [...this.#instances.values()].find(({ privateDnsName }) => privateDnsName === machine)
  }

  #list(key: string, make: () => readonly string[]): NodeList {
    const known = this.#lists.get(key)
    if (known) return known
    const made = listOf(make())
    this.#lists.set(key, made)
    return made
  }
}
