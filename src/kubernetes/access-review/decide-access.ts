import { allowingPolicy } from '../../cluster-access/access-policy-grants.ts'
import { withoutPath } from '../../cluster-access/aws-auth.ts'
import type { RequestAttributes, UserInfo } from '../../cluster-access/rules.ts'
import type { GrantDirectory } from './access-grants.ts'

/** Allowed, with the reason, or no opinion. Access policies never deny: RBAC is asked as well. */
export interface AccessOpinion {
  readonly allowed: boolean
  /** Empty for no opinion. */
  readonly reason: string
}

export const noOpinion: AccessOpinion = { allowed: false, reason: '' }

/**
 * Decides by the access policies associated with the access entry of an IAM principal.
 * @see EKS User Guide, "Associate access policies with access entries"
 */
export async function decideAccess(
  user: UserInfo,
  attributes: RequestAttributes,
  clusterId: string,
  directory: GrantDirectory,
): Promise<AccessOpinion> {
  const principal = principalOf(user)
  if (!principal) return noOpinion
  for (const { principalArn, grants } of await directory(clusterId, principal.id)) {
    if (withoutPath(principalArn) !== principal.canonicalArn) continue
    const policy = grants.map(grant => allowingPolicy(grant, attributes)).find(name => name !== undefined)
    if (policy !== undefined) return { allowed: true, reason: `EKS Access Policy: allowed by ${policy} of access entry ${principalArn}` }
  }
  return noOpinion
}

const principalIdForm = /^(?:A[A-Z0-9]{15,}|\d{12})$/

/**
 * The IAM principal that a user is, or undefined when it is none.
 *
 * A review names the user as authentication made it known, so the extra fields that token review sets bind it: the unique id finds
 * the entry, and the ARN must be the entry's. The user name does not bind: an entry's user name is free text, and several may share one.
 * Nobody else can set these fields. The API server alone calls this webhook, with a token of its own. Client certificates and service
 * accounts bring no such fields, and OIDC providers can only set fields whose names have a domain. Who impersonates a user by name or
 * group gets a user without them, and so without access policies, as EKS has it; to impersonate the fields themselves takes the
 * permission `impersonate` on `userextras` for each, which RBAC gives to administrators only. Names of fields are compared without
 * regard to case, as aggregated API servers pass them on in headers, in lower case.
 */
function principalOf({ uid, extra }: UserInfo): { readonly id: string; readonly canonicalArn: string } | undefined {
  const id = single(extra, 'principalid')
  const canonicalArn = single(extra, 'canonicalarn')
  if (id === undefined || canonicalArn === undefined || !principalIdForm.test(id)) return undefined
  // Some callers leave the uid out; when it is there, it must be the same principal's.
  if (uid && !(uid.startsWith('aws-iam-authenticator:') && uid.endsWith(`:${id}`))) return undefined
  return { id, canonicalArn }
}

/** The one value of a field that is given once; anything else is made up. */
function single(extra: UserInfo['extra'], name: string): string | undefined {
  const values = Object.entries(extra).flatMap(([key, values]) => (key.toLowerCase() === name ? values : []))
  return values.length === 1 ? values[0] : undefined
}
