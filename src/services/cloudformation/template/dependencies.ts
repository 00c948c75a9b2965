import type { Json } from '../../../types/json.ts'
import { cloudformation } from '../service.ts'
import { conditionHolds, type Scope } from './evaluate.ts'
import { checkFunctions, functionsIn } from './function-forms.ts'
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
        found.attributes.add(
          asText(typeof argument === 'string' ? argument.split('.')[0] : Array.isArray(argument) ? argument[0] : undefined),
        )
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

/** Holds the functions and names of a template against what it declares. @throws ValidationError in CloudFormation's words */
export function checkNames(template: Template): void {
  checkConditions(template)
  const { resources } = template
  const missing: string[] = []
  for (const { properties, metadata, condition, dependsOn } of resources.values()) {
    checkFunctions(properties, template, 'Resources')
    checkFunctions(metadata, template, 'Resources')
    const names = namesIn(properties)
    checkAttributes(names, template)
    checkCondition(condition, template, 'Resources')
    missing.push(...unresolved(names, template), ...dependsOn.filter(name => !resources.has(name)))
  }
  refuseUnresolved(missing, 'Resources')
  for (const [key, { value, exportName, condition }] of template.outputs) {
    checkFunctions(value, template, 'Outputs')
    const names = namesIn(value)
    refuseUnresolved(unresolved(names, template), 'Outputs')
    checkAttributes(names, template)
    checkCondition(condition, template, 'Outputs')
    checkExport(key, exportName, template)
  }
  checkImports(template)
  dependencyOrder([...resources.values()])
}

const unresolved = ({ refs }: Names, { resources, parameters }: Template): string[] =>
  [...refs].filter(name => !resources.has(name) && !parameters.has(name) && !pseudoParameters.has(name))

function refuseUnresolved(names: readonly string[], block: string): void {
  if (names.length > 0)
    throw new cloudformation.ValidationError(
      `Template format error: Unresolved resource dependencies [${[...new Set(names)].join(', ')}] in the ${block} block of the template`,
    )
}

function checkAttributes({ attributes }: Names, { resources }: Template): void {
  for (const name of attributes)
    if (!resources.has(name))
      throw new cloudformation.ValidationError(`Template error: instance of Fn::GetAtt references undefined resource ${name}`)
}

function checkCondition(condition: string | undefined, { conditions }: Template, block: string): void {
  if (condition !== undefined && !Object.hasOwn(conditions, condition))
    throw new cloudformation.ValidationError(
      `Template format error: Unrecognized condition ${condition} in the ${block} block of the template`,
    )
}

/** Conditions are about parameters, mappings and one another. */
function checkConditions(template: Template): void {
  const wanted = Object.values(template.conditions)
  for (const condition of wanted) {
    const [name = '', ...others] = isObject(condition) ? Object.keys(condition) : []
    if (!conditionFunctions.has(name) || others.length > 0)
      throw new cloudformation.ValidationError(
        'Template format error: Conditions can only be boolean operations on parameters and other conditions',
      )
    checkFunctions(condition, template, 'Conditions')
    const { refs, attributes } = namesIn(condition)
    const strange = [...refs, ...attributes].filter(each => !template.parameters.has(each) && !pseudoParameters.has(each))
    if (strange.length > 0)
      throw new cloudformation.ValidationError(
        `Template format error: Unresolved dependencies [${strange.join(', ')}]. Cannot reference resources in the Conditions block of the template`,
      )
  }
}
const conditionFunctions = new Set(['Fn::And', 'Fn::Or', 'Fn::Not', 'Fn::Equals', 'Condition'])

/** Whether a value can be told before anything is made. */
const dependsOnMade = (value: Json | undefined, { resources }: Template): boolean => {
  const { refs, attributes } = namesIn(value)
  return (
    attributes.size > 0 ||
    [...refs].some(name => resources.has(name)) ||
    [...functionsIn(value)].some(([name]) => name === 'Fn::ImportValue' || name === 'Fn::GetAZs')
  )
}

function checkExport(output: string, name: Json | undefined, template: Template): void {
  if (name === undefined) return
  checkFunctions(name, template, 'Outputs')
  if (dependsOnMade(name, template))
    throw new cloudformation.ValidationError(
      `Template format error: Output ${output} is malformed.  The Name field of Export must not depend on any resources, imported values, or Fn::GetAZs.`,
    )
  refuseUnresolved(unresolved(namesIn(name), template), 'Outputs')
}

function checkImports(template: Template): void {
  const values = [
    ...[...template.resources.values()].map(({ properties }) => properties),
    ...[...template.outputs.values()].map(({ value }) => value),
  ]
  for (const value of values)
    for (const [name, argument] of functionsIn(value))
      if (name === 'Fn::ImportValue' && dependsOnMade(argument, template))
        throw new cloudformation.ValidationError(
          'Template error: the attribute in Fn::ImportValue must not depend on any resources, imported values, or Fn::GetAZs',
        )
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
