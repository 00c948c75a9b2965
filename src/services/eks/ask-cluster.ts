import { clusterOfName } from '../../kubernetes/cluster-of-name.ts'
import type { AwsAuthData } from '../../cluster-access/aws-auth.ts'
import type { AccessContext } from '../operation.ts'

/** What had to be asked of the cluster itself, before the transaction. */
export interface Asked {
  /** ConfigMap aws-auth, empty when there is none; undefined when the cluster does not read it or cannot be asked. */
  readonly awsAuth?: AwsAuthData
}

/** Reads a cluster's aws-auth where it decides who gets in. */
export async function askCluster({ clusterName }: { readonly clusterName: string }, context: AccessContext): Promise<Asked> {
  const cluster = await clusterOfName(context.tx, context, clusterName)
  if (!cluster || cluster.authenticationMode === 'API') return {}
  try {
    return { awsAuth: (await context.world.clusters.awsAuth(cluster.id)) ?? {} }
  } catch {
    // It does not run.
    return {}
  }
}
