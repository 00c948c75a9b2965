import type { AuthorizationRequest, PolicyDocument, PolicyPrincipal } from '../policy/index.ts'
import type { KeyChoices } from './condition-values.ts'
import { actionPattern, resourcePattern, Variables } from './literals.ts'
import { principalsOf, strangers } from './principals.ts'
import { type Question, type Region, regions } from './search.ts'
import { type Narrowing, type Rule, rulesOf, spaceOf } from './space.ts'
import { Budget } from './strings.ts'
import { serviceFacts } from '../catalogue/facts/authorization-facts.ts'
import { type Attachment, decider, requestsOf, type Witness } from './witness.ts'
import type { ZoneOfTrust } from './zone-of-trust.ts'

/**
 * The answer to a question about all requests. `none` is a proof that there is none; `found` carries requests that the engine decided; `undetermined` is
 * everything else: the budget was spent, or a policy variable decides in a way that was not followed.
 */
export type Answer =
  | { readonly outcome: 'none' }
  | { readonly outcome: 'found'; readonly witnesses: readonly Witness[] }
  | { readonly outcome: 'undetermined' }

export interface Limits {
  /** Steps of the search. */
  readonly steps?: number
  /** Witnesses to look for: one for each statement that allows. */
  readonly witnesses?: number
}

const ordinarySteps = 400_000

/** Requests that the new policy allows and the existing one does not. Access Analyzer API Reference, "CheckNoNewAccess". */
export function newAccess(existing: PolicyDocument, updated: PolicyDocument, attachment: Attachment, limits: Limits = {}): Answer {
  const allowedBefore = decider(existing, attachment)
  return ask([updated, existing], principalsOf([updated, existing], attachment), attachment, limits, {
    build: (variables, principal) => ({
      allowed: rulesOf(updated, variables, principal),
      notAllowed: rulesOf(existing, variables, principal),
    }),
    confirms: request => !allowedBefore(request),
  })
}

/** Access that a policy should not grant. Access Analyzer API Reference, "Access". */
export interface Access {
  readonly action?: string | undefined
  readonly resource?: string | undefined
}

/** Requests that a policy allows, of an action and on a resource. Access Analyzer API Reference, "CheckAccessNotGranted". */
export function grantedAccess(policy: PolicyDocument, { action, resource }: Access, attachment: Attachment, limits: Limits = {}): Answer {
  return ask([policy], principalsOf([policy], attachment), attachment, limits, {
    build: (variables, principal) => ({
      allowed: rulesOf(policy, variables, principal),
      notAllowed: [],
      within: {
        ...(action !== undefined && { action: actionPattern(action) }),
        ...(resource !== undefined && { resource: resourcePattern(resource, undefined) }),
      },
    }),
    confirms: () => true,
  })
}

/** Requests of anyone at all that a resource's policy allows. Access Analyzer API Reference, "CheckNoPublicAccess". */
export function publicAccess(policy: PolicyDocument, attachment: 'resource' | 'trust', limits: Limits = {}): Answer {
  return ask([policy], strangers(attachment), attachment, limits, {
    build: (variables, principal) => ({ allowed: rulesOf(policy, variables, principal), notAllowed: [] }),
    confirms: () => true,
    narrowing: { only: withoutTrust },
  })
}

/** Keys by which an owner says whom it trusts. S3 User Guide, "The meaning of 'public'"; IAM User Guide, "AWS global condition context keys". */
const trustKeys =
  /^(aws:(principal(arn|account|orgid|orgpaths|servicename|servicenameslist|isawsservice|tag\/.*)|userid|username|source(arn|account|orgid|orgpaths|vpc|vpcarn|vpce|ip|owner)|vpcsourceip|vpce(account|orgid|orgpaths))|kms:(calleraccount|viaservice)|s3:(dataaccesspoint(arn|account)|accessgrantsinstancearn)|elasticfilesystem:accesspointarn|lambda:(functionurlauthtype|eventsourcetoken)|sts:externalid|.*\..*:(sub|aud|amr)|saml:.*)$/

/** Anyone has some value of such a key, but not one that the policy names. */
function withoutTrust(choices: KeyChoices): KeyChoices {
  if (!trustKeys.test(choices.key)) return choices
  const kept = choices.values.flatMap((value, i) => (value === undefined || isStrange(value) ? [i] : []))
  const picked = kept.length > 0 ? kept : [0]
  return {
    ...choices,
    values: picked.map(i => choices.values[i]),
    holds: new Map([...choices.holds].map(([condition, holds]) => [condition, picked.map(i => holds[i] === true)])),
  }
}

const strangeValues = new Set(['x', 'arn:aws:xyz:us-east-1:999999999999:unnamed/x', '198.51.100.77', '2001:db8:ffff::77'])
const isStrange = (value: unknown): boolean =>
  Array.isArray(value) ? value.every(item => strangeValues.has(String(item))) : strangeValues.has(String(value))

interface Asked {
  build(variables: Variables, principal: PolicyPrincipal): Question
  confirms(request: AuthorizationRequest): boolean
  readonly narrowing?: Narrowing
}

function ask(
  documents: readonly PolicyDocument[],
  principals: { readonly all: readonly PolicyPrincipal[]; readonly complete: boolean },
  attachment: Attachment,
  { steps = ordinarySteps, witnesses: most = 1 }: Limits,
  { build, confirms, narrowing }: Asked,
): Answer {
  const budget = new Budget(steps)
  const variables = new Variables()
  const allows = decider(documents[0] as PolicyDocument, attachment)
  const found = new Map<number, Witness>()
  let unconfirmed = !principals.complete
  for (const principal of principals.all) {
    const question = build(variables, principal)
    const space = spaceOf(documents, variables, budget, principal, narrowing)
    unconfirmed ||= !space.complete
    for (const region of regions(question, space, budget)) {
      if (found.has(region.by.statement.index)) continue
      const witness = confirmed(region)
      if (witness) found.set(region.by.statement.index, witness)
      else unconfirmed = true
      if (found.size >= most) return { outcome: 'found', witnesses: [...found.values()] }
    }

    function confirmed(region: Region): Witness | undefined {
      for (const request of requestsOf(region, space, principal, attachment)) {
        if (allows(request) && confirms(request)) return witnessOf(request, region.by)
      }
      return undefined
    }
  }
  if (found.size > 0) return { outcome: 'found', witnesses: [...found.values()] }
  return { outcome: budget.spent || unconfirmed ? 'undetermined' : 'none' }
}

function witnessOf(request: AuthorizationRequest, { statement }: Rule): Witness {
  const [service = '', name = ''] = request.action.split(':')
  const unknownAction = !serviceFacts(service.toLowerCase())?.actions.has(name.toLowerCase())
  return { request, statementIndex: statement.index, statementId: statement.sid, unknownAction }
}

/**
 * Whether a policy allows one of some principals anything from outside a zone of trust.
 * @param anyone  asks for requests that no trusted value of a key restricts
 */
export function accessOf(
  policy: PolicyDocument,
  principals: readonly PolicyPrincipal[],
  attachment: 'resource' | 'trust',
  zone: ZoneOfTrust,
  anyone: boolean,
): Answer {
  return ask(
    [policy],
    { all: principals, complete: true },
    attachment,
    {},
    {
      build: (variables, principal) => ({ allowed: rulesOf(policy, variables, principal), notAllowed: [] }),
      confirms: () => true,
      narrowing: { zone, ...(anyone && { only: withoutTrust }) },
    },
  )
}
