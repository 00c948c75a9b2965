import { parseDate } from '../../policy/date.ts'
import type { Operation } from '../../services/operation.ts'
import { PastNotKept, type PastStates, type Store } from '../../store/index.ts'
import { momentHeader } from '../../types/moment.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { WireRequest } from '../../wire/message.ts'
import type { SignatureClaim } from '../../wire/sigv4/claim.ts'

/** Operations that tell how it was, by service: what questions about access read, each from tables whose past is kept alone. */
const pastOperations: { readonly [service: string]: ReadonlySet<string> } = {
  iam: new Set(['GetAccountAuthorizationDetails']),
  organizations: new Set([
    'DescribeOrganization',
    'DescribePolicy',
    'ListAccounts',
    'ListParents',
    'ListPolicies',
    'ListRoots',
    'ListTargetsForPolicy',
  ]),
  ec2: new Set(['DescribeInstances']),
  eks: new Set([
    'DescribeAccessEntry',
    'DescribeCluster',
    'DescribeNodegroup',
    'DescribePodIdentityAssociation',
    'ListAccessEntries',
    'ListAssociatedAccessPolicies',
    'ListClusters',
    'ListNodegroups',
    'ListPodIdentityAssociations',
  ]),
  s3: new Set(['GetBucketPolicy', 'ListBuckets']),
}

/**
 * The moment that a call asks about, in epoch milliseconds. Who may ask is decided by the rights of the present.
 * @returns undefined for the present
 * @throws  ServiceError for no moment, one that was not signed, and for operations that tell of the present alone
 */
export function askedMoment(
  { headers }: WireRequest,
  claim: SignatureClaim | undefined,
  operation: Operation | undefined,
): number | undefined {
  const text = headers[momentHeader]
  if (text === undefined) return undefined
  const moment = parseDate(text)
  if (Number.isNaN(moment) || !claim?.signedHeaders.includes(momentHeader))
    throw new ServiceError('ValidationError', 400, `The header ${momentHeader} must be a point in time in ISO 8601, and be signed.`)
  if (!operation || !pastOperations[operation.service.name]?.has(operation.name))
    throw new ServiceError('ValidationError', 400, `${operation?.action ?? 'This operation'} tells of the present alone.`)
  return moment
}

/** @throws ServiceError for a moment that nothing is known of */
export async function stateAt(past: PastStates, moment: number): Promise<Pick<Store, 'read'>> {
  try {
    return await past.at(moment)
  } catch (problem) {
    throw problem instanceof PastNotKept ? new ServiceError('PastNotKept', 400, problem.message) : problem
  }
}
