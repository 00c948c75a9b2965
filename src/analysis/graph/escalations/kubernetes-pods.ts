import { type ClusterEscalation, need, named } from './cluster-escalation.ts'

/** Pods of one's own, and what runs in others. Kubernetes documentation, "Role Based Access Control Good Practices", "Workload creation". */
export const podRules: readonly ClusterEscalation[] = [
  {
    id: 'kubernetes-create-pods',
    title: 'creates a pod with a service account of its choice',
    over: 'service accounts of a namespace',
    needs: [need('create', 'pods', 'target')],
    performed: 'embedded',
  },
  {
    id: 'kubernetes-exec',
    title: 'executes commands in a pod',
    over: 'pod',
    needs: [need('create', 'pods/exec', 'target', named)],
    performed: 'control plane',
  },
  {
    id: 'kubernetes-exec-websocket',
    title: 'executes commands in a pod over a WebSocket, which is a get',
    over: 'pod',
    before: '1.35',
    needs: [need('get', 'pods/exec', 'target', named)],
    performed: 'control plane',
  },
  {
    id: 'kubernetes-attach',
    title: 'attaches to a process of a pod',
    over: 'pod',
    needs: [need('create', 'pods/attach', 'target', named)],
    performed: 'control plane',
  },
  {
    id: 'kubernetes-attach-websocket',
    title: 'attaches to a process of a pod over a WebSocket, which is a get',
    over: 'pod',
    before: '1.35',
    needs: [need('get', 'pods/attach', 'target', named)],
    performed: 'control plane',
  },
  {
    id: 'kubernetes-ephemeral-containers',
    title: 'adds a container of its own to a running pod',
    over: 'pod',
    needs: [need('patch', 'pods/ephemeralcontainers', 'target', named)],
    performed: 'control plane',
  },
  {
    id: 'kubernetes-patch-pods',
    title: 'replaces the image of a running pod',
    over: 'pod',
    needs: [need('patch', 'pods', 'target', named)],
    performed: 'embedded',
  },
]
