import { operationsOf } from '../operation.ts'
import * as accessKeys from './access-keys.ts'
import * as accountAlias from './account-alias.ts'
import * as accountProperties from './account-properties.ts'
import * as accountSummary from './account-summary.ts'
import * as attachments from './attachments.ts'
import * as authorizationDetails from './authorization-details.ts'
import * as boundaries from './boundaries.ts'
import * as contextKeys from './context-keys.ts'
import * as credentialReport from './credential-report.ts'
import * as delegationRequests from './delegation-requests.ts'
import * as groupMembers from './group-members.ts'
import * as groups from './groups.ts'
import * as humanReadableSummaries from './human-readable-summaries.ts'
import * as inlinePolicies from './inline-policies.ts'
import * as instanceProfiles from './instance-profiles.ts'
import * as lastAccessed from './last-accessed.ts'
import * as loginProfiles from './login-profiles.ts'
import * as mfaDevices from './mfa-devices.ts'
import * as oidcProviders from './oidc-providers.ts'
import * as organizationsAccessReports from './organizations-access-reports.ts'
import * as organizationsFeatures from './organizations-features.ts'
import * as outboundFederation from './outbound-federation.ts'
import * as passwordPolicy from './password-policy.ts'
import * as policies from './policies.ts'
import * as policiesGrantingAccess from './policies-granting-access.ts'
import * as policyEntities from './policy-entities.ts'
import * as policyVersions from './policy-versions.ts'
import * as roleTemplates from './role-templates.ts'
import * as roles from './roles.ts'
import * as samlProviders from './saml-providers.ts'
import * as serverCertificates from './server-certificates.ts'
import * as serviceCredentials from './service-credentials.ts'
import * as serviceLinkedRoles from './service-linked-roles.ts'
import * as signingCertificates from './signing-certificates.ts'
import * as simulations from './simulations.ts'
import * as sshKeys from './ssh-keys.ts'
import * as tags from './tags.ts'
import * as users from './users.ts'

/** Every IAM operation that Gatehouse serves. */
export const operations = operationsOf(
  accessKeys,
  accountAlias,
  accountProperties,
  accountSummary,
  attachments,
  authorizationDetails,
  boundaries,
  contextKeys,
  credentialReport,
  delegationRequests,
  groupMembers,
  groups,
  humanReadableSummaries,
  inlinePolicies,
  instanceProfiles,
  lastAccessed,
  loginProfiles,
  mfaDevices,
  oidcProviders,
  organizationsAccessReports,
  organizationsFeatures,
  outboundFederation,
  passwordPolicy,
  policies,
  policiesGrantingAccess,
  policyEntities,
  policyVersions,
  roleTemplates,
  roles,
  samlProviders,
  serverCertificates,
  serviceCredentials,
  serviceLinkedRoles,
  signingCertificates,
  simulations,
  sshKeys,
  tags,
  users,
)
