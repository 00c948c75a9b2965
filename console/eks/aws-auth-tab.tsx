import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import Spinner from '@cloudscape-design/components/spinner'
import { useQuery } from '@tanstack/react-query'
import type { Cluster } from '../../src/wire/models/eks.ts'
import { ApiError } from '../api/api-error.ts'
import { isReachable, readKubernetes } from '../api/kubernetes.ts'
import { EmptyState } from '../parts/empty-state.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { UnreachableCluster } from './unreachable-cluster.tsx'

interface ConfigMap {
  readonly data?: { readonly mapRoles?: string; readonly mapUsers?: string; readonly mapAccounts?: string }
}

const parts = ['mapRoles', 'mapUsers', 'mapAccounts'] as const

/** The aws-auth ConfigMap: who may use the cluster by it. EKS User Guide, "Grant IAM users access to Kubernetes with a ConfigMap". */
export function AwsAuthTab({ cluster }: { readonly cluster: Cluster }) {
  const { name = '', endpoint } = cluster
  const reachable = isReachable(endpoint)
  const { data, error, isPending } = useQuery({
    queryKey: ['kubernetes', endpoint, 'aws-auth'],
    queryFn: () => readKubernetes<ConfigMap>({ name, endpoint: endpoint as string }, '/api/v1/namespaces/kube-system/configmaps/aws-auth'),
    enabled: reachable,
  })
  if (!reachable)
    return <UnreachableCluster cluster={cluster} command="kubectl --namespace kube-system get configmap aws-auth --output yaml" />
  const missing = error instanceof ApiError && error.status === 404
  return (
    <Container header={<Header variant="h2">aws-auth ConfigMap</Header>}>
      {cluster.accessConfig?.authenticationMode === 'API' && (
        <Alert type="info">The cluster&apos;s authentication mode is API: the ConfigMap is not looked at.</Alert>
      )}
      {isPending && <Spinner />}
      <ErrorBox problem={missing ? undefined : error} />
      {missing && <EmptyState title="No aws-auth ConfigMap">Access entries say who may use this cluster.</EmptyState>}
      {parts.map(part =>
        data?.data?.[part] ? (
          <div key={part}>
            <Box variant="awsui-key-label">{part}</Box>
            <Box variant="code">
              <span style={{ whiteSpace: 'pre-wrap' }}>{data.data[part]}</span>
            </Box>
          </div>
        ) : undefined,
      )}
    </Container>
  )
}
