import { Graph, layout } from '@dagrejs/dagre'

export interface GraphNode {
  readonly id: string
  readonly kind: string
}

export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly how: string
  readonly title: string
  readonly because?: unknown
  readonly assuming?: string
}

export const nodeWidth = 210
export const nodeHeight = 56

/** A place for each node, from left to right along the edges. */
export function placesOf(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
): Map<string, { readonly x: number; readonly y: number }> {
  const graph = new Graph()
  graph.setGraph({ rankdir: 'LR', nodesep: 16, ranksep: 110 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const { id } of nodes) graph.setNode(id, { width: nodeWidth, height: nodeHeight })
  for (const { from, to } of edges) graph.setEdge(from, to)
  layout(graph)
  return new Map(nodes.map(({ id }) => [id, { x: graph.node(id).x - nodeWidth / 2, y: graph.node(id).y - nodeHeight / 2 }]))
}
