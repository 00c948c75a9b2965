import type { Condition, PolicyDocument, PrincipalElement, Statement, ValueList } from './document.ts'

/** A policy as JSON text, indented by two; single values without brackets, conditions grouped by operator. */
export function printPolicy(document: PolicyDocument): string {
  const { versionGiven, version, id, statements } = document
  const printed = {
    ...(versionGiven ? { Version: version } : {}),
    ...(id === undefined ? {} : { Id: id }),
    Statement: statements.map(printStatement),
  }
  return JSON.stringify(printed, undefined, 2)
}

function printStatement({ sid, effect, principal, action, resource, conditions }: Statement) {
  return {
    ...(sid === undefined ? {} : { Sid: sid }),
    Effect: effect,
    ...(principal ? { [principal.negated ? 'NotPrincipal' : 'Principal']: printPrincipal(principal) } : {}),
    [action.negated ? 'NotAction' : 'Action']: printValues(action),
    ...(resource ? { [resource.negated ? 'NotResource' : 'Resource']: printValues(resource) } : {}),
    ...(conditions.length > 0 ? { Condition: printConditions(conditions) } : {}),
  }
}

const oneOrMore = (values: readonly string[]) => (values.length === 1 ? values[0] : values)

const printValues = ({ values }: ValueList) => oneOrMore(values)

function printPrincipal({ everyone, entries }: PrincipalElement) {
  if (everyone && entries.length === 0) return '*'
  return Object.fromEntries(
    [...new Set(entries.map(({ type }) => type))].map(type => [
      type,
      oneOrMore(entries.filter(entry => entry.type === type).map(({ value }) => value)),
    ]),
  )
}

function printConditions(conditions: readonly Condition[]) {
  const block: Record<string, Record<string, unknown>> = {}
  for (const { operator, key, values } of conditions) {
    const keys = (block[operator] ??= {})
    keys[key] = oneOrMore(values)
  }
  return block
}
