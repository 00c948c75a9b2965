import type { AwsAuthData } from '../cluster-access/aws-auth.ts'
import type { ApiObjects } from '../kubernetes/control-plane/api-client.ts'
import type { RunningCluster } from './running-cluster.ts'

/** What we read and write in a cluster that is an API server of its own. */
export function apiServerObjects(api: ApiObjects): Pick<RunningCluster, 'awsAuthData' | 'editAwsAuth' | 'serviceAccount' | 'pod'> {
  const inNamespace = (namespace: string, resource: string, name: string) =>
    api.find(`/api/v1/namespaces/${encodeURIComponent(namespace)}/${resource}/${encodeURIComponent(name)}`)
  return {
    awsAuthData: async () => (await api.find(awsAuthPath))?.['data'] as AwsAuthData | undefined,
    editAwsAuth: edit => editAwsAuth(api, edit),
    serviceAccount: (namespace, name) => inNamespace(namespace, 'serviceaccounts', name),
    pod: (namespace, name) => inNamespace(namespace, 'pods', name),
  }
}

const configMapsPath = '/api/v1/namespaces/kube-system/configmaps'
const awsAuthPath = `${configMapsPath}/aws-auth`
const mostAttempts = 5

/** Somebody else may write the ConfigMap meanwhile: then the change is made to what they wrote. */
async function editAwsAuth(api: ApiObjects, edit: (data: AwsAuthData) => AwsAuthData | undefined): Promise<void> {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const known = await api.find(awsAuthPath)
    const data = edit((known?.['data'] ?? {}) as AwsAuthData)
    if (!data) return
    const made = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { namespace: 'kube-system', name: 'aws-auth' } }
    const written = known
      ? await api.write('PUT', awsAuthPath, { ...known, data })
      : await api.write('POST', configMapsPath, { ...made, data })
    if (written) return
  }
  throw new Error('ConfigMap kube-system/aws-auth changes all the time')
}
