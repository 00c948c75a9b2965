import { type ClusterEscalation, need } from './cluster-escalation.ts'

/** From pods or the kubelet's API to nodes. Kubernetes documentation, "Role Based Access Control Good Practices", "Access to proxy subresource of Nodes" and "Persistent volume creation". */
export const nodeRules: readonly ClusterEscalation[] = [
  {
    id: 'kubernetes-node-proxy',
    title: "executes commands in any pod by the node's API",
    over: 'nodes',
    needs: [need('create', 'nodes/proxy', 'cluster')],
  },
  {
    id: 'kubernetes-node-proxy-websocket',
    title: "executes commands in any pod by the node's API over a WebSocket, which is a get",
    over: 'nodes',
    needs: [need('get', 'nodes/proxy', 'cluster')],
  },
  {
    id: 'kubernetes-create-privileged-pods',
    title: 'creates a privileged pod, or one with the paths, processes or network of its node',
    over: 'nodes from a namespace',
    needs: [need('create', 'pods', 'target')],
    performed: 'embedded',
  },
  {
    id: 'kubernetes-create-persistent-volumes',
    title: "creates a volume of its node's paths and mounts it",
    over: 'nodes',
    needs: [need('create', 'persistentvolumes', 'cluster')],
    assuming: 'it can make a pod that claims the volume',
    performed: 'control plane',
  },
]
