import type { ApplicablePolicies, RequestContext } from '../../policy/index.ts'
import { rcpServices } from '../../catalogue/facts/authorization-facts.ts'
import type { HeldPolicies } from './held-policies.ts'
import type { SnapshotOrganization } from './snapshot.ts'

const everything = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
const everyone = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}'

/** What an organization says about each of its accounts. */
export class OrganizationLimits {
  readonly #organization: SnapshotOrganization | undefined
  readonly #policies: HeldPolicies
  readonly #limits = new Map<string, Pick<ApplicablePolicies, 'scps' | 'rcps'>>()
  readonly #rcpServices = new Set(rcpServices())

  constructor(organization: SnapshotOrganization | undefined, policies: HeldPolicies) {
    this.#organization = organization
    this.#policies = policies
  }

  /** The organization's policies that limit an account. Organizations User Guide, "SCP evaluation" and "RCP evaluation". */
  limitsOf(account: string): Pick<ApplicablePolicies, 'scps' | 'rcps'> {
    const known = this.#limits.get(account)
    if (known) return known
    const limits = this.#readLimits(account)
    this.#limits.set(account, limits)
    return limits
  }

  #readLimits(account: string): Pick<ApplicablePolicies, 'scps' | 'rcps'> {
    const organization = this.#organization
    if (!organization || account === organization.managementAccount) return {}
    const targets = [...(organization.parents[account] ?? []), account]
    const levels = (type: 'scp' | 'rcp') =>
      targets.map(target => {
        const ids = organization.attachments.filter(({ targetId }) => targetId === target).map(({ policyId }) => policyId)
        const own = organization.policies.filter(policy => policy.type === type && ids.includes(policy.id))
        const aws = ids.filter(
          id => id === (type === 'scp' ? 'p-FullAWSAccess' : 'p-RCPFullAWSAccess') && !own.some(policy => policy.id === id),
        )
        return [
          ...own.map(({ arn, document }) => this.#policies.compile(document, type, { id: arn, arn, type }, account)),
          ...aws.map(id => this.#policies.compile(type === 'scp' ? everything : everyone, type, { id, type }, account)),
        ]
      })
    // A type without any attachment is not enabled.
    const [scps, rcps] = [levels('scp'), levels('rcp')]
    return {
      ...(scps.some(level => level.length > 0) && { scps }),
      ...(rcps.some(level => level.length > 0) && { rcps }),
    }
  }

  /** The RCPs that limit an action on a resource of an account. */
  rcpsFor(action: string, account: string): ApplicablePolicies['rcps'] {
    const service = action.slice(0, action.indexOf(':')).toLowerCase()
    return this.#rcpServices.has(service) ? this.limitsOf(account).rcps : undefined
  }

  /** `aws:PrincipalOrgID` and the like. IAM User Guide, "AWS global condition context keys". */
  placeOf = (account: string): RequestContext => {
    const organization = this.#organization
    const chain = organization?.parents[account]
    if (!organization || !chain) return {}
    return { 'aws:PrincipalOrgID': organization.id, 'aws:PrincipalOrgPaths': [`${[organization.id, ...chain].join('/')}/`] }
  }
}
