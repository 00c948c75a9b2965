import { assumptionRecord } from '../../audit/assume-role-record.ts'
import type { SessionCredentials } from '../../identity/sessions.ts'
import { userIdentityOf } from '../../identity/user-identity.ts'
import type { ClustersTable } from '../../store/tables/eks.ts'
import type { HandleContext } from '../operation.ts'
import type { AssumedRole } from './pod-role.ts'
import { podsService } from '../../types/pods-service.ts'

/**
 * Writes the AssumeRole events of STS that EKS's own calls leave beside AssumeRoleForPodIdentity: session tags are seen there.
 * EKS User Guide, "Grant Pods access to AWS resources based on tags".
 */
export function recordAssumedRoles(
  assumed: readonly AssumedRole[],
  { sessionName, cluster, credentials }: { sessionName: string; cluster: ClustersTable; credentials: SessionCredentials },
  { alsoRecord, world, now, requestId }: HandleContext,
): void {
  for (const { role, by, ...asked } of assumed)
    alsoRecord(
      assumptionRecord({
        ...asked,
        service: podsService,
        role: { arn: role.arn, account: role.row.account, id: role.row.id, name: role.row.name },
        sessionName,
        ...(by && { by: { ...userIdentityOf(by), accessKeyId: undefined } }),
        // The pod gets the last role's credentials; those of the one before stay with EKS.
        ...(role === assumed.at(-1)?.role && { credentials }),
        region: cluster.region,
        requestId,
        at: now,
        uuid: world.random.uuid(),
      }),
    )
}
