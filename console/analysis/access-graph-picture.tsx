import '@xyflow/react/dist/style.css'
import { Background, Controls, MarkerType, MiniMap, Position, ReactFlow } from '@xyflow/react'
import { isDark } from '../shell/mode.ts'
import { type GraphEdge, type GraphNode, nodeHeight, nodeWidth, placesOf } from './graph-layout.ts'

interface AccessGraphPictureProps {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
  readonly onChoose: (edge: GraphEdge) => void
}

/** A color for each kind, in both modes dark enough for white text. */
const colors: { readonly [kind: string]: string } = {
  user: '#0a5ca8',
  role: '#6b3fa0',
  root: '#8b1a1a',
  administrator: '#8b1a1a',
  pod: '#1d6b35',
  serviceaccount: '#1d6b35',
  node: '#7a4a00',
}

/** The graph as a picture; an edge that is chosen tells its reason. */
export default function AccessGraphPicture({ nodes, edges, onChoose }: AccessGraphPictureProps) {
  const places = placesOf(nodes, edges)
  return (
    <div style={{ height: '560px' }} role="group" aria-label="Picture of the graph; the table below has the same">
      <ReactFlow
        fitView
        fitViewOptions={{ minZoom: 0.65, maxZoom: 1 }}
        minZoom={0.1}
        nodesConnectable={false}
        nodesDraggable={false}
        colorMode={isDark() ? 'dark' : 'light'}
        proOptions={{ hideAttribution: false }}
        nodes={nodes.map(({ id, kind }) => ({
          id,
          position: places.get(id) ?? { x: 0, y: 0 },
          data: { label: `${kind}: ${shortName(id)}` },
          sourcePosition: Position.Right,
          targetPosition: Position.Left,
          width: nodeWidth,
          height: nodeHeight,
          style: {
            background: colors[kind] ?? '#414d5c',
            color: '#ffffff',
            borderRadius: '8px',
            padding: '8px',
            fontSize: '12px',
            overflowWrap: 'anywhere',
            overflow: 'hidden',
          },
        }))}
        edges={edges.map((edge, index) => ({
          id: String(index),
          source: edge.from,
          target: edge.to,
          label: edge.title,
          ariaLabel: `${edge.from} ${edge.title} ${edge.to}`,
          markerEnd: { type: MarkerType.ArrowClosed },
        }))}
        onEdgeClick={(_, { id }) => {
          const edge = edges[Number(id)]
          if (edge) onChoose(edge)
        }}
      >
        <Background />
        <Controls showInteractive={false} />
        <MiniMap pannable zoomable ariaLabel="The whole graph, small" nodeColor={({ style }) => String(style?.background)} />
      </ReactFlow>
    </div>
  )
}

/** The name, and the account where it is one of IAM. */
const shortName = (id: string) => id.replace(/^arn:[\w-]+:(?:iam|sts)::(\d{12}):(?:[^/]*\/)?(.+)$/, '$2 ($1)')
