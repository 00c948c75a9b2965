import { type Insider, internalAccess } from '../../analysis/internal-access.ts'
import { roleArn, userArn } from '../../identity/arns.ts'
import { type Membership, membershipOf } from '../../identity/organization-of.ts'
import { policiesOf } from '../../identity/policies-of.ts'
import { createPolicyCompiler } from '../../identity/policy-compiler.ts'
import type { CredentialedPrincipal } from '../../identity/principal.ts'
import type { ApplicablePolicies, PolicyPrincipal } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { AnalyzerConfiguration } from '../../wire/models/access-analyzer.ts'
import type { Found } from './found.ts'
import type { ActiveScope } from './analyzer-scope.ts'
import type { AnalyzerRow } from './analyzer-store.ts'
import { type HeldResource, heldResources } from './shared-resources.ts'

/**
 * Resource types of internal access that Gatehouse holds, with what their actions name. IAM User Guide, "IAM Access Analyzer supported resource types for external
 * and internal access"; Service Authorization Reference, "Resource types defined by Amazon S3".
 */
const analyzedTypes: { readonly [type: string]: { readonly service: string; shapes(arn: string): { readonly [type: string]: string } } } = {
  'AWS::S3::Bucket': { service: 's3', shapes: arn => ({ bucket: arn, object: `${arn}/*` }) },
}

/**
 * Who within the zone of trust may do something with the resources that the analyzer's rule includes: a finding for each role or user and resource. Everything
 * counts that decides: identity policies, boundaries, the resource's policy, SCPs and RCPs. Without a rule nothing is included. Access Analyzer API Reference,
 * "InternalAccessAnalysisRule", "InternalAccessDetails".
 */
export async function internalFindings(tx: Transaction, analyzer: AnalyzerRow, { accounts }: ActiveScope): Promise<Found[]> {
  const resources: HeldResource[] = []
  for (const account of accounts)
    resources.push(...(await heldResources(tx, account, analyzer.region, Object.keys(analyzedTypes))).filter(isIncluded(analyzer)))
  if (resources.length === 0) return []
  const places = new Map<string, Membership | null>()
  for (const account of accounts) places.set(account, (await membershipOf(tx, compile, account)).value)
  const insiders = (await Promise.all(accounts.map(account => insidersOf(tx, account, places.get(account) ?? null)))).flat()
  return resources.flatMap(resource => insiders.flatMap(insider => findingOf(resource, insider, places.get(resource.account) ?? null)))
}

const compile = createPolicyCompiler()

const ruleOf = ({ configuration }: AnalyzerRow) =>
  (JSON.parse(configuration ?? '{}') as AnalyzerConfiguration).internalAccess?.analysisRule?.inclusions ?? []

/** All members of a criterion must fit, of one of the criteria. */
const isIncluded = (analyzer: AnalyzerRow) => {
  const fits = (wanted: readonly string[] | undefined, value: string) => !wanted || wanted.length === 0 || wanted.includes(value)
  return ({ arn, type, account }: HeldResource): boolean =>
    ruleOf(analyzer).some(
      ({ accountIds, resourceTypes, resourceArns }) => fits(accountIds, account) && fits(resourceTypes, type) && fits(resourceArns, arn),
    )
}

/** A role or a user, as a principal of requests. */
interface Candidate extends Insider {
  readonly arn: string
  readonly account: string
  readonly kind: 'IAM_ROLE' | 'IAM_USER'
  readonly isLimited: boolean
}

async function insidersOf(tx: Transaction, account: string, place: Membership | null): Promise<Candidate[]> {
  const users = await tx.selectFrom('users').select(['id', 'path', 'name']).where('account', '=', account).orderBy('nameKey').execute()
  const roles = await tx.selectFrom('roles').select(['id', 'path', 'name']).where('account', '=', account).orderBy('nameKey').execute()
  const found: Candidate[] = []
  for (const { id, path, name } of users) {
    const arn = userArn(account, path, name)
    const principal = { type: 'user', account, arn, userId: id, userName: name } as const
    found.push(await candidate(tx, { arn, account, kind: 'IAM_USER', principal, ownerId: id }, place))
  }
  for (const { id, path, name } of roles) {
    const arn = roleArn(account, path, name)
    const principal = {
      type: 'roleSession',
      account,
      arn: `arn:aws:sts::${account}:assumed-role/${name}/session`,
      roleArn: arn,
      roleId: id,
      sessionName: 'session',
      serviceLinked: path.startsWith('/aws-service-role/'),
    } as const
    found.push(await candidate(tx, { arn, account, kind: 'IAM_ROLE', principal, ownerId: id }, place))
  }
  return found
}

interface Named extends Pick<Candidate, 'arn' | 'account' | 'kind'> {
  readonly principal: PolicyPrincipal
  readonly ownerId: string
}

async function candidate(tx: Transaction, { ownerId, ...named }: Named, place: Membership | null): Promise<Candidate> {
  // No session is there yet: what one adds can only limit.
  const { policies } = await policiesOf(tx, compile, named.principal as CredentialedPrincipal)
  const kind = named.kind === 'IAM_ROLE' ? 'role' : 'user'
  const tags = await tx.selectFrom('tags').select(['key', 'value']).where('ownerKind', '=', kind).where('ownerId', '=', ownerId).execute()
  return {
    ...named,
    isLimited: place?.scps !== undefined,
    // A session of a role may have more tags than the role.
    absent: kind === 'user' ? ['aws:principaltag/'] : [],
    policies: place?.scps ? { ...policies, scps: place.scps } : policies,
    context: {
      ...Object.fromEntries(tags.map(({ key, value }) => [`aws:PrincipalTag/${key}`, value])),
      ...(place && { 'aws:PrincipalOrgID': place.organizationId, 'aws:PrincipalOrgPaths': [place.path] }),
    },
  }
}

function findingOf(resource: HeldResource, insider: Candidate, owner: Membership | null): Found[] {
  const { service, shapes } = analyzedTypes[resource.type] as (typeof analyzedTypes)[string]
  const [policy] = resource.policies
  const policies: ApplicablePolicies = {
    ...insider.policies,
    ...(policy !== undefined && { resource: compile(policy, 'resource', { id: `policy of ${resource.arn}`, type: 'resource' }) }),
    ...(owner?.rcps && { rcps: owner.rcps }),
  }
  const ofOwner = owner ? { 'aws:ResourceOrgID': owner.organizationId, 'aws:ResourceOrgPaths': [owner.path] } : {}
  const { arn, account } = resource
  const access = internalAccess(
    { arn, account, service, shapes: shapes(arn) },
    { ...insider, policies, context: { ...insider.context, ...ofOwner } },
  )
  if (!access) return []
  return [
    {
      type: 'InternalAccess',
      resource: arn,
      resourceType: resource.type,
      resourceOwner: account,
      detail: {
        principal: { AWS: insider.arn },
        action: access.actions,
        condition: access.condition,
        internal: {
          principalOwnerAccount: insider.account,
          principalType: insider.kind,
          accessType: insider.account === account ? 'INTRA_ACCOUNT' : 'INTRA_ORG',
          resourceControlPolicyRestriction: owner?.rcps ? 'APPLIED' : 'NOT_APPLICABLE',
          serviceControlPolicyRestriction: insider.isLimited ? 'APPLIED' : 'NOT_APPLICABLE',
        },
      },
    },
  ]
}
