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
    const asked = start?.length ? named(() => start.map(node => startOf(graph, node))) : undefined
    return { ...graphFrom(graph, asked, depth, maxNodes), dependsOn: gapsOf(graph) }
  },
})

/** Where paths end may be looked at too. */
const startOf = (graph: Graph, node: string): string => (graph.summits.includes(node) ? node : nodeNamed(graph, node))

function graphFrom(
  graph: Graph,
  asked: readonly string[] | undefined,
  depth: number,
  maxNodes: number,
): Omit<GetAccessGraphResponse, 'dependsOn'> {
  const nodes = new Map<string, GetAccessGraphResponse['nodes'][number]>()
  const edges: JsonObject[] = []
  const expanded = new Set<string>()
  const ends = new Set<string>()
  let truncated = false
  const admit = (id: string, node = { id, kind: kindOf(graph, id) } as GetAccessGraphResponse['nodes'][number]) => {
    if (nodes.has(id)) return true
    if (nodes.size >= maxNodes) {
      truncated = true
      return false
    }
    nodes.set(id, node)
    return true
  }
  const walk = (from: readonly string[]) => {
    let edge = from.filter(id => admit(id))
    for (let step = 0; step < depth && edge.length > 0; step++) edge = edge.flatMap(id => expand(id))
    for (const id of edge) ends.add(id)
  }
  /** @returns where the links of a node lead that is not shown with its links yet */
  const expand = (id: string): string[] => {
    if (expanded.has(id)) return []
    expanded.add(id)
    return graph.linksOf(id).flatMap(link => {
      const { ids } = link.to
      const [first] = ids
      if (first === undefined) return []
      if (ids.length > mostTargets) {
        const group = `${ids.length} nodes, ${first} among them`
        if (admit(group, { id: group, kind: 'group of nodes', count: ids.length, members: ids.slice(0, mostMembers) }))
          edges.push(edgeOf(id, group, link, first))
        return []
      }
      const reached = ids.filter(to => admit(to))
      for (const to of reached) edges.push(edgeOf(id, to, link, to))
      return reached
    })
  }
  if (asked) walk(asked)
  else {
    // One after another, each with what it leads to; those that lead nowhere where there is room left.
    const alone: string[] = []
    for (const id of graph.sources) {
      if (nodes.size >= maxNodes) break
      if (graph.linksOf(id).length > 0) walk([id])
      else alone.push(id)
    }
    for (const id of alone) admit(id)
    truncated ||= graph.sources.some(id => !nodes.has(id))
  }
  return {
    nodes: [...nodes.values()],
    edges,
    truncated: truncated || [...ends].some(id => !expanded.has(id) && graph.linksOf(id).length > 0),
  }
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
