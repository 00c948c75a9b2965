import type { ClusterEscalation } from './cluster-escalation.ts'
import { admissionRules } from './kubernetes-admission.ts'
import { credentialRules } from './kubernetes-credentials.ts'
import { nodeRules } from './kubernetes-nodes.ts'
import { podRules } from './kubernetes-pods.ts'
import { rbacRules } from './kubernetes-rbac.ts'
import { workloadRules } from './kubernetes-workloads.ts'

/**
 * Every rule of Kubernetes'. Kubernetes documentation, "Role Based Access Control Good Practices", "Kubernetes RBAC - privilege escalation risks";
 * EKS Best Practices Guide, "Identity and Access Management".
 */
export const clusterEscalations: readonly ClusterEscalation[] = [
  ...podRules,
  ...workloadRules,
  ...credentialRules,
  ...rbacRules,
  ...nodeRules,
  ...admissionRules,
]
