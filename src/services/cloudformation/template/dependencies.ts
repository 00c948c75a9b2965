import type { Json } from '../../../types/json.ts'
import { cloudformation } from '../service.ts'
import { conditionHolds, isKnownFunction, type Scope } from './evaluate.ts'
import { asText, isObject, type ResourceDeclaration, type Template } from './template.ts'

/** What a value of a template names. */
interface Names {
  readonly refs: Set<string>
  readonly attributes: Set<string>
}

/** Every name that Ref, Fn::GetAtt and Fn::Sub of a value mention. */
export function namesIn(
  value: Json | undefined,
  found: Names = { refs: new Set(), attributes: new Set() },
  locals: readonly string[] = [],
): Names {
  if (Array.isArray(value)) for (const each of value) namesIn(each, found, locals)
  else if (isObject(value)) {
    const entries = Object.entries(value)
    for (const [name, argument] of entries) {
      if (name === 'Ref' && entries.length === 1) found.refs.add(asText(argument))
      else if (name === 'Fn::GetAtt' && entries.length === 1)
        found.attributes.add(asText(typeof argument === 'string' ? argument.split('.')[0] : (argument as Json[])[0]))
      else if (name === 'Fn::Sub' && entries.length === 1) namesInSub(argument, found, locals)
      else namesIn(argument, found, locals)
    }
  }
  return found
}

function namesInSub(argument: Json | undefined, found: Names, locals: readonly string[]): void {
  const [text, variables] = Array.isArray(argument) ? argument : [argument, {}]
  const own = isObject(variables) ? Object.keys(variables) : []
  namesIn(variables, found, locals)
  for (const [, inside = ''] of asText(text).matchAll(/\$\{([^${}!][^${}]*)\}/g)) {
    const name = inside.trim()
    if ([...own, ...locals].includes(name)) continue
    if (name.includes('.') && !name.startsWith('AWS::')) found.attributes.add(name.split('.')[0] as string)
    else found.refs.add(name)
  }
}

const pseudoParameters = new Set([
  'AWS::AccountId',
  'AWS::NotificationARNs',
  'AWS::NoValue',
  'AWS::Partition',
  'AWS::Region',
  'AWS::StackId',
  'AWS::StackName',
  'AWS::URLSuffix',
])

/** @throws ValidationError for a function that is not served, wherever it stands in a value */
function checkFunctions(value: Json | undefined): void {
  if (Array.isArray(value)) for (const each of value) checkFunctions(each)
  else if (isObject(value))
    for (const [name, argument] of Object.entries(value)) {
      if (name.startsWith('Fn::') && !isKnownFunction(name))
        throw new cloudformation.ValidationError(`Template error: ${name} is not a function that Gatehouse knows`)
      checkFunctions(argument)
    }
}

/** Holds the names of a template against what it declares. @throws ValidationError in CloudFormation's words */
export function checkNames(template: Template): void {
  const { resources, parameters, conditions } = template
  const unresolved = new Set<string>()
  for (const { properties, dependsOn, condition } of resources.values()) {
    checkFunctions(properties)
    const { refs, attributes } = namesIn(properties)
    for (const name of refs) if (!resources.has(name) && !parameters.has(name) && !pseudoParameters.has(name)) unresolved.add(name)
    for (const name of attributes)
      if (!resources.has(name))
        throw new cloudformation.ValidationError(`Template error: instance of Fn::GetAtt references undefined resource ${name}`)
    for (const name of dependsOn) if (!resources.has(name)) unresolved.add(name)
    if (condition !== undefined && conditions[condition] === undefined)
      throw new cloudformation.ValidationError(
        `Template format error: Unrecognized condition ${condition} in the Resources block of the template`,
      )
  }
  if (unresolved.size > 0)
    throw new cloudformation.ValidationError(
      `Template format error: Unresolved resource dependencies [${[...unresolved].join(', ')}] in the Resources block of the template`,
    )
  for (const { value } of template.outputs.values()) {
    checkFunctions(value)
    const { refs, attributes } = namesIn(value)
    const missing = [...refs].filter(each => !resources.has(each) && !parameters.has(each) && !pseudoParameters.has(each))
    if (missing.length > 0)
      throw new cloudformation.ValidationError(
        `Template format error: Unresolved resource dependencies [${missing.join(', ')}] in the Outputs block of the template`,
      )
    for (const each of attributes)
      if (!resources.has(each))
        throw new cloudformation.ValidationError(`Template error: instance of Fn::GetAtt references undefined resource ${each}`)
  }
  dependencyOrder([...resources.values()])
}

/**
 * Resources in an order in which each comes after those that it needs; those that need nothing of each other stay as the template has them.
 * @throws ValidationError for a circle
 */
export function dependencyOrder(resources: readonly ResourceDeclaration[]): ResourceDeclaration[] {
  const byId = new Map(resources.map(resource => [resource.logicalId, resource]))
  const needs = new Map(resources.map(resource => [resource.logicalId, needsOf(resource).filter(id => byId.has(id))]))
  const ordered: ResourceDeclaration[] = []
  const done = new Set<string>()
  while (ordered.length < resources.length) {
    const ready = resources.filter(({ logicalId }) => !done.has(logicalId) && needs.get(logicalId)?.every(id => done.has(id)))
    if (ready.length === 0) {
      const circle = resources.map(({ logicalId }) => logicalId).filter(id => !done.has(id))
      throw new cloudformation.ValidationError(`Circular dependency between resources: [${circle.join(', ')}]`)
    }
    for (const resource of ready) {
      ordered.push(resource)
      done.add(resource.logicalId)
    }
  }
  return ordered
}

/** The logical ids that a resource comes after. */
export function needsOf({ properties, dependsOn, logicalId }: ResourceDeclaration): string[] {
  const { refs, attributes } = namesIn(properties)
  return [...new Set([...dependsOn, ...refs, ...attributes])].filter(id => id !== logicalId || dependsOn.includes(id))
}

/** The resources whose conditions hold. */
export const wantedResources = (template: Template, scope: Scope): ResourceDeclaration[] =>
  [...template.resources.values()].filter(({ condition }) => condition === undefined || conditionHolds(condition, scope))
