import { isDelegatedAdministrator, organizationOf } from '../../identity/organization-accounts.ts'
import type { Principal } from '../../identity/principal.ts'
import type { Transaction } from '../../store/index.ts'
import type { Organization } from '../../wire/models/organizations.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { World } from '../world.ts'
import { cloudtrail } from './service.ts'

/** CloudTrail's name to the other services. */
export const servicePrincipal = 'cloudtrail.amazonaws.com'

/** Whether an account is a delegated administrator of CloudTrail. */
export const isDelegated = (tx: Transaction, organizationId: string, account: string): Promise<boolean> =>
  isDelegatedAdministrator(tx, organizationId, account, servicePrincipal)

/**
 * The account that the caller's organization trails belong to: the management account, for which delegated administrators act too.
 * @throws OrganizationsNotInUseException, NotOrganizationMasterAccountException
 */
export async function organizationTrailOwner(tx: Transaction, account: string): Promise<{ account: string; organizationId: string }> {
  const organization = await organizationOf(tx, account)
  if (!organization) throw notInUse()
  if (organization.managementAccount !== account && !(await isDelegated(tx, organization.id, account)))
    throw new cloudtrail.NotOrganizationMasterAccountException(
      'The caller is not the management account of the organization, nor a delegated administrator of CloudTrail.',
    )
  return { account: organization.managementAccount, organizationId: organization.id }
}

const notInUse = () => new cloudtrail.OrganizationsNotInUseException('The account is not a member of an organization.')

/**
 * Asks Organizations, with the caller's rights, whether CloudTrail may work in the whole organization.
 * CloudTrail User Guide, "Prepare for creating a trail for your organization".
 * @throws InsufficientDependencyServiceAccessPermissionException, OrganizationNotInAllFeaturesModeException, CloudTrailAccessNotEnabledException
 */
export async function checkOrganization({ calls }: World, principal: Principal): Promise<void> {
  const ask = async <Answer>(operation: string) => {
    try {
      return (await calls.onBehalfOf(principal, servicePrincipal, { service: 'organizations', operation, input: {} })) as Answer
    } catch (problem) {
      throw asOwnError(problem)
    }
  }
  const { Organization: organization } = await ask<{ Organization: Organization }>('DescribeOrganization')
  if (organization.FeatureSet !== 'ALL')
    throw new cloudtrail.OrganizationNotInAllFeaturesModeException('The organization does not have all features enabled.')
  const { EnabledServicePrincipals } = await ask<{ EnabledServicePrincipals: { ServicePrincipal: string }[] }>(
    'ListAWSServiceAccessForOrganization',
  )
  if (!EnabledServicePrincipals.some(({ ServicePrincipal }) => ServicePrincipal === servicePrincipal))
    throw new cloudtrail.CloudTrailAccessNotEnabledException('Trusted access for CloudTrail is not enabled in the organization.')
}

/** What Organizations answers, as CloudTrail's own errors. CloudTrail API Reference, "RegisterOrganizationDelegatedAdmin". */
const errors: { readonly [code: string]: () => Error } = {
  AWSOrganizationsNotInUseException: notInUse,
  AccessDeniedException: () =>
    new cloudtrail.InsufficientDependencyServiceAccessPermissionException(
      'The caller lacks a permission of AWS Organizations that the request needs.',
    ),
  AccountNotFoundException: () => new cloudtrail.AccountNotFoundException('The account is not a member of the organization.'),
  AccountAlreadyRegisteredException: () =>
    new cloudtrail.AccountRegisteredException('The account is already a delegated administrator of CloudTrail.'),
  AccountNotRegisteredException: () =>
    new cloudtrail.AccountNotRegisteredException('The account is not a delegated administrator of CloudTrail.'),
}

const violations: { readonly [reason: string]: () => Error } = {
  CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR: () =>
    new cloudtrail.CannotDelegateManagementAccountException('The management account cannot be a delegated administrator.'),
  SERVICE_ACCESS_NOT_ENABLED: () =>
    new cloudtrail.CloudTrailAccessNotEnabledException('Trusted access for CloudTrail is not enabled in the organization.'),
}

/** The error that a caller of CloudTrail gets for one of Organizations. */
export function asOwnError(problem: unknown): unknown {
  if (!(problem instanceof ServiceError)) return problem
  const reason = problem.fields?.['Reason']
  return (errors[problem.code] ?? violations[String(reason)])?.() ?? problem
}
