import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import type { Cluster } from '../../src/wire/models/eks.ts'
import { CopyText } from '../parts/copy-text.tsx'

/** In place of what only the cluster's own API tells, where a browser may not ask it. */
export const UnreachableCluster = ({ cluster, command }: { readonly cluster: Cluster; readonly command: string }) => (
  <Alert type="info" header="This cluster's API is on another address">
    <Box variant="p">
      A page may only talk to the server that it came from
      {cluster.endpoint ? `, and the API server of ${cluster.name} is ${cluster.endpoint}` : ''}. kubectl tells the same:
    </Box>
    <CopyText text={command} what="command" />
  </Alert>
)
