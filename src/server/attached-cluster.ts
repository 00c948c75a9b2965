import { type ApiUser, createApiClient, findObject, readAs, writeObject } from '../kubernetes/control-plane/api-client.ts'
import { sealContexts } from '../store/index.ts'
import type { AttachedClustersTable, ClustersTable } from '../store/tables/eks.ts'
import { apiServerObjects } from './api-server-objects.ts'
import type { ClusterParts, RunningCluster } from './running-cluster.ts'
import { pinnedAddressOf } from './public-address.ts'

/** Calls a cluster that runs elsewhere when something of it is wanted. Its API server calls us by the files that `gatehouse cluster attach` wrote. */
export function startAttachedCluster(
  { id, endpoint, certificateAuthority }: ClustersTable,
  { credentials, tlsServerName }: AttachedClustersTable,
  { secrets, clusterNetworks }: Pick<ClusterParts, 'secrets' | 'clusterNetworks'>,
): RunningCluster {
  if (endpoint === null || certificateAuthority === null) throw new Error(`cluster ${id} is attached without an endpoint`)
  const { hostname, port } = new URL(endpoint)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const client = JSON.parse(secrets.decrypt(credentials, sealContexts.attachedCluster(id)).toString('utf8')) as ApiUser
  const server = {
    port: Number(port || 443),
    name: tlsServerName ?? host,
    async address() {
      const pinned = await pinnedAddressOf(host, clusterNetworks)
      if (!pinned) throw new Error(`${host} is not an address to connect to`)
      return pinned.address
    },
  }
  const api = createApiClient(server, () => ({ ...client, certificateAuthorityPem: certificateAuthority }))
  const objects = apiServerObjects({
    find: path => findObject(api, path),
    write: (method, path, object) => writeObject(api, method, path, object),
  })
  return {
    endpoint,
    certificateAuthorityPem: certificateAuthority,
    ...objects,
    readAs: (path, bearer) => readAs(server, certificateAuthority, path, bearer),
    stop: async () => api.close(),
  }
}
