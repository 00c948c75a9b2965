import { type ClusterEscalation, need, named } from './cluster-escalation.ts'

/** Credentials that are read, made or mapped: tokens, client certificates, aws-auth, roles of IAM. Kubernetes documentation, "Role Based Access Control Good Practices". */
export const credentialRules: readonly ClusterEscalation[] = [
  {
    id: 'kubernetes-request-token',
    title: 'requests a token of the service account',
    over: 'service account',
    needs: [need('create', 'serviceaccounts/token', 'target', named)],
    performed: 'embedded',
  },
  {
    id: 'kubernetes-list-secrets',
    title: 'reads the tokens among the secrets of the namespace',
    over: 'service accounts of a namespace',
    needs: [need('list', 'secrets', 'target')],
    assuming: 'the service account has a token in a secret',
    performed: 'embedded',
  },
  {
    id: 'kubernetes-create-token-secret',
    title: 'creates a secret for a token of the service account and reads it',
    over: 'service accounts of a namespace',
    needs: [need('create', 'secrets', 'target'), need('list', 'secrets', 'target')],
  },
  {
    id: 'kubernetes-approve-certificate',
    title: 'requests a client certificate of an administrator and approves it',
    over: 'cluster',
    needs: [
      need('create', 'certificatesigningrequests.certificates.k8s.io', 'cluster'),
      need('update', 'certificatesigningrequests.certificates.k8s.io/approval', 'cluster'),
      need('approve', 'signers.certificates.k8s.io', 'cluster', { name: { name: 'kubernetes.io/kube-apiserver-client' } }),
    ],
    assuming: 'the cluster signs client certificates; EKS does not',
    performed: 'control plane',
  },
  {
    id: 'kubernetes-update-aws-auth',
    title: 'maps its IAM principal to system:masters in aws-auth',
    over: 'IAM principal in cluster',
    needs: [need('update', 'configmaps', { name: 'kube-system' }, { name: { name: 'aws-auth' } })],
    performed: 'embedded',
  },
  {
    id: 'kubernetes-patch-aws-auth',
    title: 'maps its IAM principal to system:masters by a patch of aws-auth',
    over: 'IAM principal in cluster',
    needs: [need('patch', 'configmaps', { name: 'kube-system' }, { name: { name: 'aws-auth' } })],
    performed: 'embedded',
  },
  {
    id: 'kubernetes-create-aws-auth',
    title: 'creates aws-auth where there is none, and maps its IAM principal to system:masters',
    over: 'IAM principal in cluster',
    needs: [need('create', 'configmaps', { name: 'kube-system' })],
    assuming: 'there is no aws-auth',
    performed: 'embedded',
  },
  {
    id: 'kubernetes-annotate-service-account',
    title: 'annotates a service account with a role that trusts it, and creates a pod with it',
    over: 'role of a service account',
    needs: [need('patch', 'serviceaccounts', 'target', named), need('create', 'pods', 'target')],
    performed: 'embedded',
  },
]
