import type { AwsEscalation } from './aws-escalation.ts'
import { eksRules } from './eks.ts'
import { iamRules } from './iam.ts'
import { identityCenterRules } from './identity-center.ts'
import { passedRoles } from './passed-roles/passed-roles.ts'
import { serviceRoles } from './service-roles.ts'

/** Every rule of AWS's. */
export const awsEscalations: readonly AwsEscalation[] = [...iamRules, ...passedRoles, ...serviceRoles, ...identityCenterRules, ...eksRules]
