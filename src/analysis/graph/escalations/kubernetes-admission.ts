import { type ClusterEscalation, need } from './cluster-escalation.ts'

/** What sees or changes the requests of others. Kubernetes documentation, "Role Based Access Control Good Practices", "Control admission webhooks", and "Kubernetes API Aggregation Layer". */
export const admissionRules: readonly ClusterEscalation[] = [
  {
    id: 'kubernetes-mutating-webhook',
    title: 'changes what others create, bindings and pods among it, by a webhook of its own',
    over: 'cluster',
    needs: [need('create', 'mutatingwebhookconfigurations.admissionregistration.k8s.io', 'cluster')],
    performed: 'control plane',
  },
  {
    id: 'kubernetes-patch-mutating-webhook',
    title: 'points a webhook that changes objects at itself',
    over: 'cluster',
    needs: [need('patch', 'mutatingwebhookconfigurations.admissionregistration.k8s.io', 'cluster')],
    assuming: 'there is such a webhook',
    performed: 'control plane',
  },
  {
    id: 'kubernetes-validating-webhook',
    title: 'sees every secret that is written, by a webhook of its own',
    over: 'cluster',
    needs: [need('create', 'validatingwebhookconfigurations.admissionregistration.k8s.io', 'cluster')],
    assuming: "an administrator's secret is written meanwhile",
    performed: 'control plane',
  },
  {
    id: 'kubernetes-register-api-service',
    title: "serves an API of the cluster, and so gets its callers' requests",
    over: 'cluster',
    needs: [need('create', 'apiservices.apiregistration.k8s.io', 'cluster')],
    assuming: 'a service leads to a server of its own, and whoever is sent there writes what makes an administrator',
    performed: 'control plane',
  },
]
