import type { ClustersTable } from '../../store/tables/eks.ts'
import type { UpdateParam } from '../../wire/models/eks.ts'
import type { ClusterDetails } from './cluster-shape.ts'

/** What one kind of update changes in a cluster, and how the update tells of it. */
export interface ConfigurationChange {
  readonly type: string
  readonly params: readonly UpdateParam[]
  readonly details?: Partial<ClusterDetails>
  readonly authenticationMode?: ClustersTable['authenticationMode']
}
