import type { World } from '../world.ts'
import { organizations } from './service.ts'

interface Quota {
  readonly most: number
  readonly reason: string
  readonly message: string
}

/** Organizations User Guide, "Quotas and service limits for AWS Organizations": the defaults, of which whoever runs Gatehouse may set others. The reasons are those of ConstraintViolationException. */
export const quotas = {
  AccountsPerOrganization: {
    most: 10,
    reason: 'ACCOUNT_NUMBER_LIMIT_EXCEEDED',
    message: 'You have exceeded the allowed number of AWS accounts.',
  },
  UnitsPerOrganization: {
    most: 2000,
    reason: 'OU_NUMBER_LIMIT_EXCEEDED',
    message: 'You have exceeded the number of organizational units that you can have in an organization.',
  },
  UnitDepth: { most: 5, reason: 'OU_DEPTH_LIMIT_EXCEEDED', message: 'You have exceeded the depth of the organizational unit tree.' },
  PoliciesPerOrganization: {
    most: 2000,
    reason: 'POLICY_NUMBER_LIMIT_EXCEEDED',
    message: 'You have exceeded the number of policies that you can have in an organization.',
  },
  PoliciesPerTarget: {
    most: 5,
    reason: 'MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
    message: 'You have attached the maximum number of policies of this type to the target.',
  },
  DelegatedAdministratorsPerService: {
    most: 50,
    reason: 'MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED',
    message: 'You have exceeded the number of delegated administrators for the service.',
  },
} as const satisfies { readonly [name: string]: Quota }

/** A quota in force. */
export const quotaOf = ({ settings }: Pick<World, 'settings'>, name: keyof typeof quotas): number =>
  settings.quotas?.[name] ?? quotas[name].most

/**
 * Refuses one more of what a quota counts.
 * @throws ConstraintViolationException
 */
export function checkQuota(world: Pick<World, 'settings'>, name: keyof typeof quotas, used: number): void {
  const { reason, message } = quotas[name]
  if (used >= quotaOf(world, name)) throw violation(reason, message)
}

/** A ConstraintViolationException with its reason. */
export const violation = (Reason: string, message: string) => new organizations.ConstraintViolationException(message, { Reason })

/** An InvalidInputException with its reason. */
export const invalid = (Reason: string, message: string) => new organizations.InvalidInputException(message, { Reason })
