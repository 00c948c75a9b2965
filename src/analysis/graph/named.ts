import type { ClusterView } from './cluster-view.ts'
import type { Graph } from './graph.ts'

/** A member by ARN, or by the name of a user or role when only one has it. @throws Error */
export function nodeNamed({ estate, sources }: Graph, text: string): string {
  if (estate.members.has(text) || estate.groups.has(text) || sources.includes(text)) return text
  const found = [...estate.members.values()].filter(({ name, kind }) => kind !== 'root' && name === text).map(({ arn }) => arn)
  const [only, ...others] = found
  if (only !== undefined && others.length === 0) return only
  if (others.length > 0) throw new Error(`${text} is the name of several: ${found.join(', ')}`)
  throw new Error(
    `there is no ${text}: give an ARN, or CLUSTER:serviceaccount:NAMESPACE/NAME, CLUSTER:pod:NAMESPACE/NAME, CLUSTER:user:NAME, CLUSTER:group:NAME`,
  )
}

/** Nodes that paths end at: `admin` is the administrator of any account or cluster. @throws Error when there is no such node */
export function goalsNamed(graph: Graph, text: string): ReadonlySet<string> {
  const { summits } = graph
  if (text === 'admin') return new Set(summits)
  return new Set([summits.includes(text) ? text : nodeNamed(graph, text)])
}

/** A cluster by name or ARN; the only one when no name is given. @throws Error */
export function viewNamed({ views }: Graph, name: string | undefined): ClusterView {
  const found = name === undefined ? views : views.filter(({ cluster, label }) => [cluster.name, cluster.arn, label].includes(name))
  const [only, ...others] = found
  if (only && others.length === 0) return only
  throw new Error(
    name === undefined
      ? `name one of the clusters: ${views.map(({ label }) => label).join(', ') || 'there is none'}`
      : `there is no cluster ${name}`,
  )
}
