import { serviceFacts } from '../catalogue/facts/authorization-facts.ts'
import { actionName } from '../policy/action.ts'
import type { CompiledStatement } from '../policy/compiled-statement.ts'
import { type ApplicablePolicies, type PolicyPrincipal, preparePlan, type RequestContext } from '../policy/index.ts'
import { settle, type Verdict } from './graph/settle.ts'
import { type Pattern, resourcePattern } from './literals.ts'
import { Budget, textWithin } from './strings.ts'

/** A resource and what is in it, as actions name them. */
export interface InnerResource {
  readonly arn: string
  readonly account: string
  /** The prefix of its service's actions. */
  readonly service: string
  /** By resource type of the Service Authorization Reference: which ARNs are the resource, or in it; wildcards allowed. */
  readonly shapes: { readonly [resourceType: string]: string }
}

/** Somebody within the zone, with every policy that applies to requests on the resource. */
export interface Insider {
  readonly principal: PolicyPrincipal
  readonly policies: ApplicablePolicies
  /** Circumstances that are known. */
  readonly context: RequestContext
  /** Beginnings of names of keys that are known too: what the context does not hold of them, no request has; lower case. */
  readonly absent: readonly string[]
}

/** What somebody may do with a resource. */
export interface InternalAccess {
  readonly actions: readonly string[]
  /** The conditions of the statements that allow, by key. */
  readonly condition: { readonly [key: string]: string }
}

/** Texts that are tried for a statement and an action until one is allowed. */
const mostExamples = 24
const steps = 20_000

/**
 * Which actions some policies together let somebody do on a resource, or on something in it, under some circumstances. Each was decided by the policy engine
 * on an ARN that a statement names; where there are too many circumstances to try, the action is told too.
 */
export function internalAccess(resource: InnerResource, { principal, policies, context, absent }: Insider): InternalAccess | undefined {
  const plan = preparePlan(policies)
  const actions: string[] = []
  const condition: { [key: string]: string } = {}
  for (const { name, resourceTypes } of serviceFacts(resource.service)?.actions.values() ?? []) {
    const shapes = resourceTypes.map(type => resource.shapes[type.replace(/\*$/, '')]).filter(shape => shape !== undefined)
    if (shapes.length === 0) continue
    const action = `${resource.service}:${name}`
    const allows = allowing(policies, action)
    const verdict = examplesWithin(allows, shapes)
      .map(example => settle({ principal, action, resource: example, context, resourceAccount: resource.account }, plan, absent))
      .find(isPossible)
    if (!verdict) continue
    actions.push(action)
    if (verdict.outcome !== 'allowed')
      for (const { statement } of allows) for (const { key, values } of statement.conditions) condition[key] = values.join(', ')
  }
  return actions.length === 0 ? undefined : { actions: actions.toSorted(), condition }
}

const isPossible = ({ outcome }: Verdict): boolean => outcome !== 'denied'

/** Statements that may allow an action, those of limits aside. */
function allowing({ identity, resource }: ApplicablePolicies, action: string): readonly CompiledStatement[] {
  const allows: CompiledStatement[] = []
  const name = actionName(action)
  for (const policy of [...identity, ...(resource ? [resource] : [])]) policy.index.collect(name, allows, [])
  return [...new Set(allows)]
}

/** ARNs of a shape that the statements name: of each value the text with least in it, and another beyond what it has most narrowly. */
function examplesWithin(allows: readonly CompiledStatement[], shapes: readonly string[]): string[] {
  const wanted = shapes.map(shape => resourcePattern(shape, undefined).codes)
  const budget = new Budget(steps)
  const found = new Set<string>()
  for (const { statement } of allows) {
    const { resource } = statement
    const negated = resource?.negated === true ? resource.values.map(codesOf) : []
    const values = resource && !resource.negated ? resource.values.map(codesOf) : [codesOf('*')]
    for (const codes of values) {
      for (const shape of wanted) {
        const text = textWithin([codes, shape], negated, budget)
        if (text !== undefined) found.add(text)
      }
    }
    if (found.size >= mostExamples) break
  }
  return [...found].slice(0, mostExamples)
}

/** What a policy variable holds is told by the request alone: any text stands for it, and the engine decides. */
const codesOf = (value: string): Pattern['codes'] => resourcePattern(value.replaceAll(/\$\{[^}]*\}/g, '*'), undefined).codes
