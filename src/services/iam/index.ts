import { operationsOf } from '../operation.ts'
import * as accessKeys from './access-keys.ts'
import * as accountAlias from './account-alias.ts'
import * as attachments from './attachments.ts'
import * as boundaries from './boundaries.ts'
import * as groupMembers from './group-members.ts'
import * as groups from './groups.ts'
import * as inlinePolicies from './inline-policies.ts'
import * as instanceProfiles from './instance-profiles.ts'
import * as loginProfiles from './login-profiles.ts'
import * as mfaDevices from './mfa-devices.ts'
import * as oidcProviders from './oidc-providers.ts'
import * as passwordPolicy from './password-policy.ts'
import * as policies from './policies.ts'
import * as policyEntities from './policy-entities.ts'
import * as policyVersions from './policy-versions.ts'
import * as roles from './roles.ts'
import * as serverCertificates from './server-certificates.ts'
import * as serviceCredentials from './service-credentials.ts'
import * as signingCertificates from './signing-certificates.ts'
import * as sshKeys from './ssh-keys.ts'
import * as tags from './tags.ts'
import * as users from './users.ts'

/** Every IAM operation that Gatehouse serves. */
export const operations = operationsOf(
  users,
  accessKeys,
  groups,
  groupMembers,
  inlinePolicies,
  policies,
  policyVersions,
  attachments,
  policyEntities,
  boundaries,
  roles,
  instanceProfiles,
  oidcProviders,
  tags,
  accountAlias,
  passwordPolicy,
  loginProfiles,
  mfaDevices,
  sshKeys,
  signingCertificates,
  serverCertificates,
  serviceCredentials,
)
