import type { Json, JsonObject } from '../../types/json.ts'
import { cloudformation } from './service.ts'
import type { ResourceState, Stack, StackContent, StackOutput, StackResource } from './stack-store.ts'
import { dependencyOrder, namesIn, wantedResources } from './template/dependencies.ts'
import { conditionHolds, evaluate, evaluateProperties, type Scope } from './template/evaluate.ts'
import { hidden } from './template/parameters.ts'
import { asText, isObject, type ResourceDeclaration, type Template } from './template/template.ts'
import { resourceTypes } from './types/index.ts'
import { systemTagPlaces } from './types/properties.ts'
import { propertyProblems, publishedSchemas } from './types/published.ts'
import type { ResourceType } from './types/resource-type.ts'

/** What the functions of a stack's template are answered from. */
export function scopeOf(
  stack: Pick<Stack, 'id' | 'account' | 'region' | 'name'>,
  template: Template,
  content: StackContent,
  made: readonly StackResource[],
  exports: ReadonlyMap<string, string>,
): Scope & { readonly imported: Set<string> } {
  return {
    template,
    parameters: content.parameters,
    pseudo: {
      'AWS::AccountId': stack.account,
      'AWS::NotificationARNs': [...content.notificationArns],
      'AWS::Partition': 'aws',
      'AWS::Region': stack.region,
      'AWS::StackId': stack.id,
      'AWS::StackName': stack.name,
      'AWS::URLSuffix': 'amazonaws.com',
    },
    resources: new Map(
      made.flatMap(({ logicalId, physicalId, state }) =>
        physicalId === null ? [] : [[logicalId, { ref: physicalId, attributes: state.attributes }] as const],
      ),
    ),
    exports,
    imported: new Set(),
  }
}

/** The type of a resource. @throws ValidationError for one that stacks here do not hold */
export function requireType({ type }: Pick<ResourceDeclaration, 'type'>): ResourceType {
  const known = resourceTypes.get(type)
  if (!known) throw new cloudformation.ValidationError(`Template format error: Unrecognized resource types: [${type}]`)
  return known
}

/** @throws ValidationError for what stacks here do not hold: every such type by its name, and references to other services */
export function checkTypes(template: Template): void {
  const unknown = new Set([...template.resources.values()].map(({ type }) => type).filter(type => !resourceTypes.has(type)))
  if (unknown.size > 0)
    throw new cloudformation.ValidationError(`Template format error: Unrecognized resource types: [${[...unknown].join(', ')}]`)
  for (const { properties } of template.resources.values()) refuseDynamicReferences(properties)
}

/**
 * What would be fetched from Systems Manager or Secrets Manager, which are not here: taken as they are, such texts would become names and secrets.
 * CloudFormation User Guide, "Get values stored in other services using dynamic references".
 * @throws ValidationError
 */
export function refuseDynamicReferences(properties: JsonObject): void {
  const [reference] = /\{\{resolve:[^{}]{0,200}\}\}/.exec(JSON.stringify(properties)) ?? []
  if (reference !== undefined) throw new cloudformation.ValidationError(`Gatehouse does not serve dynamic references: ${reference}`)
}

/** A resource as a template wants it, its functions answered. @throws Error in CloudFormation's words for properties that are not its type's */
export function wantedState(declaration: ResourceDeclaration, scope: Scope): ResourceState {
  const type = requireType(declaration)
  const properties = evaluateProperties(declaration.properties, scope)
  refuseDynamicReferences(properties)
  const problems = [
    ...type.required.filter(name => properties[name] === undefined).map(name => `#: required key [${name}] not found`),
    ...propertyProblems(type.name, Object.keys(type.properties), properties),
    ...systemTagPlaces(properties).map(place => `${place}: failed validation constraint for keyword [pattern]`),
  ]
  if (problems.length > 0)
    throw new Error(`Properties validation failed for resource ${declaration.logicalId} with message:\n${problems.join('\n')}`)
  return {
    properties,
    attributes: {},
    ...(declaration.metadata !== undefined && { metadata: evaluate(declaration.metadata, scope) ?? null }),
    deletionPolicy: declaration.deletionPolicy,
    updateReplacePolicy: declaration.updateReplacePolicy,
  }
}

/** Properties as events show them: what NoEcho hides stays hidden. */
export function shownProperties(declaration: ResourceDeclaration, scope: Scope): JsonObject {
  const parameters = Object.fromEntries(
    Object.entries(scope.parameters).map(([name, value]) => [name, scope.template.parameters.get(name)?.noEcho ? hidden : value]),
  )
  return evaluateProperties(declaration.properties, { ...scope, parameters })
}

/** The resources that a template wants, each after those that it needs. */
export const wantedInOrder = (template: Template, scope: Scope): ResourceDeclaration[] => dependencyOrder(wantedResources(template, scope))

/** What is in place of a value that is not known before its resource is made. */
const unknown = (logicalId: string, attribute: string): string => `{{${logicalId}.${attribute}}}`

/** One change that an update would make. CloudFormation API Reference, "ResourceChange". */
export interface PlannedChange {
  readonly logicalId: string
  readonly type: string
  readonly action: 'Add' | 'Modify' | 'Remove'
  readonly physicalId?: string | undefined
  readonly replacement?: 'True' | 'False' | 'Conditional' | undefined
  /** The properties that change, and whether they do for sure. */
  readonly details: readonly { readonly name: string; readonly replaces: boolean; readonly certain: boolean; readonly cause?: string }[]
  /** What changes that is no property. */
  readonly scope: readonly ('Properties' | 'Metadata' | 'DeletionPolicy' | 'UpdateReplacePolicy' | 'Tags')[]
}

/**
 * What would change if a stack got a template: found out without making anything. Values of resources that are yet to be made, or made anew, are unknown.
 * @param scope  of the stack with its resources as they are
 */
export function plannedChanges(scope: Scope, made: readonly StackResource[], tagsChange: boolean): PlannedChange[] {
  const byId = new Map(made.map(resource => [resource.logicalId, resource]))
  const renewed = new Set<string>()
  const resources = new Map<string, Scope['resources'] extends ReadonlyMap<string, infer Each> ? Each : never>()
  const changes: PlannedChange[] = []
  for (const declaration of wantedInOrder(scope.template, scope)) {
    const { logicalId, type } = declaration
    const known = byId.get(logicalId)
    const change = known && changeOf(declaration, known, plannedState(declaration, { ...scope, resources }, renewed), renewed, tagsChange)
    if (!known) changes.push({ logicalId, type, action: 'Add', details: [], scope: [] })
    else if (change) changes.push(change)
    if (known && change?.replacement !== 'True')
      resources.set(logicalId, { ref: known.physicalId ?? '', attributes: known.state.attributes })
    else {
      renewed.add(logicalId)
      resources.set(logicalId, unmade(logicalId, requireType(declaration)))
    }
  }
  const wanted = new Set(wantedResources(scope.template, scope).map(({ logicalId }) => logicalId))
  const removed = made
    .filter(({ logicalId }) => !wanted.has(logicalId))
    .map(({ logicalId, type, physicalId }) => ({
      logicalId,
      type,
      action: 'Remove' as const,
      physicalId: physicalId ?? undefined,
      details: [],
      scope: [],
    }))
  return [...changes, ...removed]
}

/** What functions make of unknown values may make no sense: then the whole property is unknown. */
function plannedState(declaration: ResourceDeclaration, scope: Scope, renewed: ReadonlySet<string>): ResourceState {
  const guarded = Object.entries(declaration.properties).map(([name, value]) => {
    const { refs, attributes } = namesIn(value)
    const cause = [...refs, ...attributes].find(each => renewed.has(each))
    if (cause === undefined) return [name, value]
    try {
      return [name, evaluate(value, scope)]
    } catch {
      return [name, unknown(cause, name)]
    }
  })
  return wantedState({ ...declaration, properties: Object.fromEntries(guarded) as JsonObject }, scope)
}

/** A resource that is not there yet: whatever is asked of it is unknown. */
function unmade(logicalId: string, { attributes }: ResourceType) {
  return { ref: unknown(logicalId, 'Ref'), attributes: Object.fromEntries(attributes.map(name => [name, unknown(logicalId, name)])) }
}

function changeOf(
  { logicalId, type, properties }: ResourceDeclaration,
  known: StackResource,
  state: ResourceState,
  renewed: ReadonlySet<string>,
  tagsChange: boolean,
): PlannedChange | undefined {
  const kinds = requireType({ type }).properties
  const details = changedProperties(known.state.properties, state.properties).map(name => {
    const { refs, attributes } = namesIn(properties[name])
    const cause = [...refs, ...attributes].find(each => renewed.has(each))
    return { name, replaces: replaces(type, name, known.state, state), certain: cause === undefined, ...(cause !== undefined && { cause }) }
  })
  const scope = [
    ...(details.length > 0 ? (['Properties'] as const) : []),
    ...(same(known.state.metadata, state.metadata) ? [] : (['Metadata'] as const)),
    ...(known.state.deletionPolicy === state.deletionPolicy ? [] : (['DeletionPolicy'] as const)),
    ...(known.state.updateReplacePolicy === state.updateReplacePolicy ? [] : (['UpdateReplacePolicy'] as const)),
    ...(tagsChange && Object.hasOwn(kinds, 'Tags') ? (['Tags'] as const) : []),
  ]
  if (scope.length === 0) return undefined
  const replacement = details.some(({ replaces, certain }) => replaces && certain)
    ? 'True'
    : details.some(({ replaces }) => replaces)
      ? 'Conditional'
      : 'False'
  return { logicalId, type, action: 'Modify', physicalId: known.physicalId ?? undefined, replacement, details, scope }
}

/** The properties that differ. */
export const changedProperties = (before: JsonObject, after: JsonObject): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(name => !same(before[name], after[name]))

/** Whether a property's change makes the resource anew: of some properties the change of a member does. */
export function replaces(typeName: string, name: string, before: Pick<ResourceState, 'properties'>, after: typeof before): boolean {
  if (requireType({ type: typeName }).properties[name] === 'replaces') return true
  const members = (publishedSchemas[typeName]?.replaces ?? []).filter(path => path.startsWith(`${name}.`))
  return members.some(path => !same(memberAt(before.properties, path), memberAt(after.properties, path)))
}

const memberAt = (properties: JsonObject, path: string): Json | undefined =>
  path.split('.').reduce<Json | undefined>((within, step) => (isObject(within) ? within[step] : undefined), properties)

/** Templates do not tell `"1"` from `1`. */
export const same = (a: Json | undefined, b: Json | undefined): boolean => canonical(a) === canonical(b)

function canonical(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(asText(value))
  const members = Object.keys(value)
    .toSorted()
    .map(key => `${JSON.stringify(key)}:${canonical(value[key])}`)
  return `{${members.join(',')}}`
}

/** The outputs of a template, those whose conditions hold. */
export function outputsOf(template: Template, scope: Scope): StackOutput[] {
  return [...template.outputs]
    .filter(([, { condition }]) => condition === undefined || conditionHolds(condition, scope))
    .map(([key, { value, description, exportName }]) => {
      const result = evaluate(value, scope)
      if (result === undefined || typeof result === 'object')
        throw new Error(
          `Template format error: Output ${key} is malformed. The Value field of every Outputs member must evaluate to a String.`,
        )
      const name = exportName === undefined ? undefined : asText(evaluate(exportName, scope))
      return { key, value: asText(result), description, exportName: name }
    })
}
