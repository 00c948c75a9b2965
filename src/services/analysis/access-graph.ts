import type { Graph } from '../../analysis/graph/graph.ts'
import type { Link } from '../../analysis/graph/links.ts'
import { nodeNamed } from '../../analysis/graph/named.ts'
import type { JsonObject } from '../../types/json.ts'
import { graphOf } from './caller-world.ts'
import { type GetAccessGraphResponse, plain } from './model.ts'
import { gapsOf, named } from './questions.ts'
import { analysis, anyResource } from './service.ts'

/** Targets of one link that are shown each for itself; more are one node that says how many. */
const mostTargets = 12
/** Of such a node, members that are named. */
const mostMembers = 50
const usualDepth = 4
const usualNodes = 200

/**
 * GetAccessGraph: from whom one becomes whom: person, role, cluster, service account, pod, administrator, each edge with its reason. Begins at the nodes that
 * are asked for, or at everyone.
 */
export const GetAccessGraph = analysis.operation<'GetAccessGraph', Graph | undefined>('GetAccessGraph', {
  access: () => anyResource,
  reach: (_, context) => graphOf(context),
  async handle({ start, depth = usualDepth, maxNodes = usualNodes }, _, prepared) {
    const graph = prepared as Graph
    const from = start?.length ? named(() => start.map(node => startOf(graph, node))) : graph.sources
    return { ...graphFrom(graph, from, depth, maxNodes), dependsOn: gapsOf(graph) }
  },
})

/** Where paths end may be looked at too. */
const startOf = (graph: Graph, node: string): string => (graph.summits.includes(node) ? node : nodeNamed(graph, node))

function graphFrom(graph: Graph, start: readonly string[], depth: number, maxNodes: number): Omit<GetAccessGraphResponse, 'dependsOn'> {
  const nodes = new Map<string, GetAccessGraphResponse['nodes'][number]>()
  const edges: JsonObject[] = []
  const admitted = (id: string, node = { id, kind: kindOf(graph, id) } as GetAccessGraphResponse['nodes'][number]) => {
    if (nodes.has(id)) return true
    if (nodes.size >= maxNodes) return false
    nodes.set(id, node)
    return true
  }
  let truncated = start.filter(id => !admitted(id)).length > 0
  let edge = [...nodes.keys()]
  for (let step = 0; step < depth && edge.length > 0; step++) {
    const next: string[] = []
    for (const id of edge) {
      for (const link of graph.linksOf(id)) {
        const { ids } = link.to
        const [first] = ids
        if (first === undefined) continue
        if (ids.length > mostTargets) {
          const group = `${ids.length} nodes, ${first} among them`
          if (!admitted(group, { id: group, kind: 'group of nodes', count: ids.length, members: ids.slice(0, mostMembers) }))
            truncated = true
          else edges.push(edgeOf(id, group, link, first))
          continue
        }
        for (const to of ids) {
          const isNew = !nodes.has(to)
          if (!admitted(to)) {
            truncated = true
            continue
          }
          edges.push(edgeOf(id, to, link, to))
          if (isNew) next.push(to)
        }
      }
    }
    edge = next
  }
  return { nodes: [...nodes.values()], edges, truncated: truncated || edge.some(id => graph.linksOf(id).length > 0) }
}

/** @param target  the node that the reason is about: of a group, its first */
const edgeOf = (from: string, to: string, link: Link, target: string): JsonObject =>
  plain({
    from,
    to,
    how: link.how,
    title: link.title,
    because: link.because(target),
    ...(link.assuming !== undefined && { assuming: link.assuming }),
  })

/** What a node is, for a picture: `user`, `role`, `root`, `pod`, `serviceaccount`, `node`, `administrator`, ... */
function kindOf({ estate }: Graph, id: string): string {
  const member = estate.members.get(id)
  if (member) return member.kind
  if (id.startsWith('administrator of ')) return 'administrator'
  return /^.+?:(serviceaccount|pod|node|user|group):/.exec(id)?.[1] ?? (estate.groups.has(id) ? 'iamGroup' : 'other')
}
