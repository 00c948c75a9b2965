import { parseArn } from '../../types/arn.ts'
import { AwsWays } from './aws-ways.ts'
import { ClusterWays } from './cluster-ways.ts'
import { viewsOf, type ClusterView } from './cluster-view.ts'
import type { Estate } from './estate.ts'
import { accountAdmin, clusterAdmin, type Link, listOf } from './links.ts'

/** Accounts and clusters as one graph: from whom one becomes whom. Links are found when they are asked for. */
export class Graph {
  readonly estate: Estate
  readonly views: readonly ClusterView[]
  readonly #aws: AwsWays
  readonly #clusters: readonly ClusterWays[]

  constructor(estate: Estate) {
    this.estate = estate
    this.views = viewsOf(estate.snapshot.clusters)
    this.#aws = new AwsWays(
      estate,
      this.views.map(({ cluster: { arn }, label, entries }) => ({ arn, label, entries })),
    )
    this.#clusters = this.views.map(view => new ClusterWays(estate, this.#aws.trust, view))
  }

  /** The ways from a node. */
  linksOf(id: string): readonly Link[] {
    const member = this.#aws.memberOf(id)
    if (member) {
      const into = this.#clusters.flatMap(cluster => cluster.intoCluster(member))
      return [...this.#aws.linksOf(member), ...into]
    }
    const account = /^administrator of account (\d{12})$/.exec(id)?.[1]
    if (account !== undefined) return this.#ofAdministrator(account)
    return this.#clusters.map(cluster => cluster.linksOf(id)).find(links => links !== undefined) ?? []
  }

  /** An account's administrator can become anyone in it, and its clusters' administrator. */
  #ofAdministrator(account: string): Link[] {
    const fact = [{ fact: 'an administrator may change trust, keys and access entries of the account' }]
    const clusters = this.views.filter(({ cluster }) => parseArn(cluster.arn)?.account === account).map(({ label }) => clusterAdmin(label))
    return [this.#aws.rolesOf(account), this.#aws.usersOf(account), listOf(clusters)]
      .filter(({ ids }) => ids.length > 0)
      .map(to => ({ how: 'administrator', title: 'makes itself a way', to, because: () => fact }))
  }

  /** Whoever may be the start of a path: users, roles, groups of people in clusters, service accounts, pods, nodes. */
  get sources(): readonly string[] {
    return [...this.estate.members.keys(), ...this.#clusters.flatMap(({ sources }) => sources)]
  }

  /** Administrators of every account and cluster. */
  get summits(): readonly string[] {
    return [...[...this.estate.accounts].map(accountAdmin), ...this.views.map(({ label }) => clusterAdmin(label))]
  }
}
