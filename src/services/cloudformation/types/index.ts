import { analyzer, trail } from './audit.ts'
import { accessEntry, identityProviderConfig, podIdentityAssociation } from './eks-access.ts'
import { cluster } from './eks-cluster.ts'
import { addon, capability, fargateProfile, nodegroup } from './eks-compute.ts'
import { accessKey, oidcProvider, samlProvider, serverCertificate, virtualMfaDevice } from './iam-credentials.ts'
import { instanceProfile, serviceLinkedRole, userToGroupAddition } from './iam-links.ts'
import { groupPolicy, managedPolicy, policy, rolePolicy, userPolicy } from './iam-policies.ts'
import { group, role, user } from './iam-principals.ts'
import { nothing } from './nothing.ts'
import type { ResourceType } from './resource-type.ts'
import { bucket, bucketPolicy } from './s3.ts'
import { stack } from './stack.ts'

/** Every type of resource that stacks may hold, by name. */
export const resourceTypes: ReadonlyMap<string, ResourceType> = new Map(
  [
    [role, user, group, policy, rolePolicy, userPolicy, groupPolicy, managedPolicy, instanceProfile, userToGroupAddition],
    [accessKey, oidcProvider, samlProvider, serverCertificate, virtualMfaDevice, serviceLinkedRole],
    [cluster, nodegroup, fargateProfile, addon, capability, accessEntry, podIdentityAssociation, identityProviderConfig],
    [bucket, bucketPolicy, analyzer, trail, stack, ...nothing],
  ]
    .flat()
    .map(type => [type.name, type]),
)
