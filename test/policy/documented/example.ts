import { describe, expect, test } from 'vitest'
import { type PolicyUse, validatePolicy } from '../../../src/analysis/validation/validate.ts'
import { type ApplicablePolicies, decide, type PolicyKind, type PolicyPrincipal, type RequestContext } from '../../../src/policy/index.ts'
import { allow, policy, policyText, type StatementInput, to, user } from '../support.ts'

/** An example of AWS's documentation, and what the page's own words claim of it. Statements say the same as the page's, with names of our own. */
export interface Example {
  /** The page's title; after a colon, which example of it. */
  readonly source: string
  readonly kind: PolicyKind
  readonly statements: StatementInput | StatementInput[]
  readonly version?: string
  /** Beside the example the principal has a policy that allows everything, as where the page says that the example allows nothing by itself. */
  readonly administrator?: true
  /** The SCP or RCP replaces the full-access policy of its level instead of being beside it. */
  readonly alone?: true
  /** The resource's policy must allow, in its own account too, as that of a KMS key and of a role. */
  readonly mustAllow?: true
  readonly resourceType?: string
  /** Findings that the page speaks of. */
  readonly findings?: readonly string[]
  /** Errors that the validator finds although the page has the example: why is said beside them. */
  readonly errors?: readonly string[]
  readonly claims: readonly Claim[]
}

interface Circumstances {
  readonly on?: string
  readonly context?: RequestContext
  readonly who?: PolicyPrincipal
  /** The account of the resource, where the ARN does not say. */
  readonly owner?: string
  readonly administrator?: boolean
  readonly policies?: Partial<ApplicablePolicies>
  /** The policy type that decides, where it is not the example's. */
  readonly by?: string
}

interface Claim extends Circumstances {
  readonly rule: string
  readonly action: string
  readonly effect: 'allowed' | 'implicitDeny' | 'explicitDeny'
}

/** The page says that the request is allowed. */
export const may = (rule: string, action: string, circumstances: Circumstances = {}): Claim => ({
  rule,
  action,
  effect: 'allowed',
  ...circumstances,
})
/** The page says that nothing allows the request. */
export const mayNot = (rule: string, action: string, circumstances: Circumstances = {}): Claim => ({
  rule,
  action,
  effect: 'implicitDeny',
  ...circumstances,
})
/** The page says that the request is denied by a Deny statement. */
export const isDenied = (rule: string, action: string, circumstances: Circumstances = {}): Claim => ({
  rule,
  action,
  effect: 'explicitDeny',
  ...circumstances,
})

/** Holds parser, engine and validator against examples. */
export function testExamples(examples: readonly Example[]) {
  for (const example of examples) {
    describe(example.source, () => {
      test('the validator finds no error', () => {
        const found = validatePolicy(policyText(example.statements as StatementInput[], example.version), useOf(example))
        const errors = found.filter(({ findingType }) => findingType === 'ERROR').map(({ issueCode }) => issueCode)
        expect(errors).toEqual(example.errors ?? [])
        for (const code of example.findings ?? []) expect(found.map(({ issueCode }) => issueCode)).toContain(code)
      })
      test.each(example.claims)('$effect: $rule', claim => {
        const { effect, decidedBy } = decideClaim(example, claim)
        expect(effect).toBe(claim.effect)
        if (claim.effect !== 'allowed' || claim.by) expect(decidedBy).toBe(claim.by ?? deciderOf[example.kind])
      })
    })
  }
}

function decideClaim(example: Example, claim: Claim) {
  const { action, on = '*', context = {}, who = user, owner } = claim
  const applicable = { ...policiesOf(example, claim), ...claim.policies }
  return decide({ principal: who, action, resource: on, resourceAccount: owner, context }, applicable)
}

const everything = policy(allow())
const fullScp = policy(allow(), 'scp')
const fullRcp = policy(to('*'), 'rcp')

function policiesOf({ kind, statements, version, administrator, alone, mustAllow }: Example, claim: Claim): ApplicablePolicies {
  const example = policy(statements, kind, version)
  const identity = (claim.administrator ?? administrator) ? [everything] : []
  switch (kind) {
    case 'identity':
      return { identity: [example, ...identity] }
    case 'boundary':
      return { identity: [everything], boundary: example }
    case 'session':
      return { identity: [everything], session: [example] }
    case 'resource':
      return { identity, resource: example, ...(mustAllow && { resourceMustAllow: true }) }
    case 'trust':
      return { identity, resource: example, resourceMustAllow: true }
    case 'vpce':
      return { identity: [everything], vpce: [example] }
    case 'scp':
      return { identity: [everything], scps: [[fullScp], alone ? [example] : [fullScp, example]] }
    case 'rcp':
      return { identity, rcps: [[fullRcp], [fullRcp, example]] }
  }
}

const deciderOf: Readonly<Record<PolicyKind, string>> = {
  identity: 'identity',
  boundary: 'boundary',
  session: 'session',
  resource: 'resource',
  trust: 'resource',
  vpce: 'vpce',
  scp: 'scp',
  rcp: 'rcp',
}

function useOf({ kind, resourceType }: Example): PolicyUse {
  if (kind === 'scp') return { policyType: 'SERVICE_CONTROL_POLICY' }
  if (kind === 'rcp') return { policyType: 'RESOURCE_CONTROL_POLICY' }
  if (kind === 'trust') return { policyType: 'RESOURCE_POLICY', resourceType: 'AWS::IAM::AssumeRolePolicyDocument' }
  if (kind === 'resource' || kind === 'vpce') return { policyType: 'RESOURCE_POLICY', resourceType }
  return { policyType: 'IDENTITY_POLICY' }
}
