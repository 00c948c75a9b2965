import { operationsOf } from '../operation.ts'
import * as accounts from './accounts.ts'
import * as allFeatures from './all-features.ts'
import * as createAccount from './create-account.ts'
import * as delegatedAdministrators from './delegated-administrators.ts'
import * as handshakes from './handshakes.ts'
import * as organization from './organization.ts'
import * as policies from './policies.ts'
import * as policyAttachments from './policy-attachments.ts'
import * as policyTypes from './policy-types.ts'
import * as resourcePolicy from './resource-policy.ts'
import * as serviceAccess from './service-access.ts'
import * as tags from './tags.ts'
import * as units from './units.ts'
import { withDelegation } from './delegation.ts'

/** The operations of Organizations that are served. */
export const operations = operationsOf(
  organization,
  allFeatures,
  createAccount,
  accounts,
  units,
  handshakes,
  policyTypes,
  policies,
  policyAttachments,
  serviceAccess,
  delegatedAdministrators,
  tags,
  resourcePolicy,
).map(withDelegation)
