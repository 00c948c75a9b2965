import type { Json, JsonObject } from '../../../types/json.ts'
import { cloudformation } from '../service.ts'
import { readTemplate, type TemplateDocument } from './document.ts'
import { expandLoops, hasLoops } from './loops.ts'

/** A template that holds together: its sections are what they should be, and what they name is there. CloudFormation User Guide, "Template sections". */
export interface Template {
  readonly text: string
  readonly description: string | undefined
  readonly metadata: JsonObject | undefined
  readonly parameters: ReadonlyMap<string, ParameterDeclaration>
  readonly mappings: JsonObject
  readonly rules: JsonObject
  readonly conditions: JsonObject
  readonly resources: ReadonlyMap<string, ResourceDeclaration>
  readonly outputs: ReadonlyMap<string, OutputDeclaration>
  readonly transforms: readonly string[]
}

export interface ParameterDeclaration {
  readonly type: string
  readonly default: string | undefined
  readonly noEcho: boolean
  readonly description: string | undefined
  readonly allowedValues: readonly string[] | undefined
  readonly allowedPattern: string | undefined
  readonly constraintDescription: string | undefined
  readonly minLength: number | undefined
  readonly maxLength: number | undefined
  readonly minValue: number | undefined
  readonly maxValue: number | undefined
}

export interface ResourceDeclaration {
  readonly logicalId: string
  readonly type: string
  readonly properties: JsonObject
  readonly metadata: Json | undefined
  readonly condition: string | undefined
  readonly dependsOn: readonly string[]
  readonly deletionPolicy: Retention
  readonly updateReplacePolicy: Retention
}

/** What becomes of a resource that its stack lets go of. CloudFormation Template Reference, "DeletionPolicy attribute". */
export type Retention = 'Delete' | 'Retain' | 'RetainExceptOnCreate' | 'Snapshot'

export interface OutputDeclaration {
  readonly value: Json
  readonly description: string | undefined
  readonly exportName: Json | undefined
  readonly condition: string | undefined
}

const sections = new Set([
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Mappings',
  'Conditions',
  'Resources',
  'Outputs',
  'Transform',
  'Rules',
  'Hooks',
])
const attributes = new Set([
  'Type',
  'Properties',
  'DependsOn',
  'Condition',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'Metadata',
  'CreationPolicy',
  'UpdatePolicy',
  'Description',
])
const retentions = new Set(['Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot'])
/** "Understand CloudFormation quotas". */
const mostResources = 500

/** The one transform that Gatehouse applies: it adds Fn::ForEach, Fn::Length and Fn::ToJsonString. */
export const languageExtensions = 'AWS::LanguageExtensions'

/**
 * Reads a template and holds its sections together.
 * @throws ValidationError in CloudFormation's words
 */
export function parseTemplate(text: string): Template {
  const document = withLoopsWritten(readTemplate(text))
  const { content } = document
  const strange = Object.keys(content).filter(name => !sections.has(name))
  if (strange.length > 0) throw new cloudformation.ValidationError(`Invalid template property or properties [${strange.join(', ')}]`)
  const version = content['AWSTemplateFormatVersion']
  if (version !== undefined && version !== '2010-09-09')
    throw new cloudformation.ValidationError(
      'Template format error: Template version is not supported. The latest template version is 2010-09-09',
    )
  const template: Template = {
    text: document.text,
    description: optionalText(content['Description'], 'Template format error: Description must be a string'),
    metadata: content['Metadata'] === undefined ? undefined : section(document, 'Metadata'),
    parameters: new Map(Object.entries(section(document, 'Parameters')).map(([name, value]) => [name, parameterOf(name, value)])),
    mappings: section(document, 'Mappings'),
    rules: section(document, 'Rules'),
    conditions: section(document, 'Conditions'),
    resources: resourcesOf(document),
    outputs: new Map(Object.entries(section(document, 'Outputs')).map(([name, value]) => [name, outputOf(name, value)])),
    transforms: transformsOf(content['Transform']),
  }
  if (content['Hooks'] !== undefined) throw new cloudformation.ValidationError('Template error: Gatehouse does not apply the section Hooks')
  const transform = template.transforms.find(name => name !== languageExtensions)
  if (transform !== undefined) throw new cloudformation.ValidationError(`No transform named ${transform} found.`)
  return template
}

function withLoopsWritten(document: TemplateDocument): TemplateDocument {
  if (!hasLoops(document.content)) return document
  if (!transformsOf(document.content['Transform']).includes(languageExtensions))
    throw new cloudformation.ValidationError(`Template error: Fn::ForEach needs the transform ${languageExtensions}`)
  return { ...document, content: expandLoops(document.content) }
}

function section({ content }: TemplateDocument, name: string): JsonObject {
  const value = content[name] ?? {}
  if (typeof value !== 'object' || Array.isArray(value) || value === null)
    throw new cloudformation.ValidationError(`Template format error: ${name} must be an object.`)
  return value
}

function resourcesOf(document: TemplateDocument): ReadonlyMap<string, ResourceDeclaration> {
  const resources = Object.entries(section(document, 'Resources'))
  if (resources.length === 0)
    throw new cloudformation.ValidationError('Template format error: At least one Resources member must be defined.')
  if (resources.length > mostResources)
    throw new cloudformation.ValidationError(
      `Template format error: Number of resources, ${resources.length}, is greater than maximum allowed, ${mostResources}`,
    )
  return new Map(resources.map(([logicalId, value]) => [logicalId, resourceOf(logicalId, value)]))
}

function resourceOf(logicalId: string, value: Json | undefined): ResourceDeclaration {
  const at = `[/Resources/${logicalId}]`
  if (!/^[A-Za-z0-9]{1,255}$/.test(logicalId))
    throw new cloudformation.ValidationError(`Template format error: Resource name ${logicalId} is non alphanumeric.`)
  if (!isObject(value)) throw new cloudformation.ValidationError(`Template format error: ${at} resource definition is malformed`)
  const { Type, Properties, Metadata, Condition, DependsOn, DeletionPolicy, UpdateReplacePolicy } = value
  if (typeof Type !== 'string')
    throw new cloudformation.ValidationError(`Template format error: ${at} Every Resources object must contain a Type member.`)
  const strange = Object.keys(value).find(name => !attributes.has(name))
  if (strange !== undefined) throw new cloudformation.ValidationError(`Invalid template resource property '${strange}'`)
  if (Properties !== undefined && !isObject(Properties))
    throw new cloudformation.ValidationError('Template format error: [/Resources/' + logicalId + '/Properties] must be an object')
  const depends = DependsOn === undefined ? [] : Array.isArray(DependsOn) ? DependsOn : [DependsOn]
  if (!depends.every(name => typeof name === 'string'))
    throw new cloudformation.ValidationError('Template format error: DependsOn must be a string or list of strings.')
  return {
    logicalId,
    type: Type,
    properties: Properties ?? {},
    metadata: Metadata,
    condition: optionalText(Condition, `Template format error: ${at} Condition must be a string`),
    dependsOn: depends as string[],
    deletionPolicy: retentionOf(DeletionPolicy, 'DeletionPolicy'),
    updateReplacePolicy: retentionOf(UpdateReplacePolicy, 'UpdateReplacePolicy'),
  }
}

function retentionOf(value: Json | undefined, name: string): Retention {
  if (value === undefined) return 'Delete'
  if (typeof value !== 'string' || !retentions.has(value))
    throw new cloudformation.ValidationError(
      `Template format error: Unrecognized ${name} ${typeof value === 'string' ? value : JSON.stringify(value)}.`,
    )
  return value as Retention
}

function parameterOf(name: string, value: Json | undefined): ParameterDeclaration {
  if (!isObject(value) || typeof value['Type'] !== 'string')
    throw new cloudformation.ValidationError(`Template format error: Every Parameters object must contain a Type member.`)
  const number = (member: string) => {
    const given = value[member]
    if (given === undefined) return undefined
    // An object is none, whatever it says that its text is.
    const read = typeof given === 'number' || (typeof given === 'string' && given.trim() !== '') ? Number(given) : Number.NaN
    if (Number.isNaN(read))
      throw new cloudformation.ValidationError(`Template format error: Parameter '${name}' ${member} must be a number`)
    return read
  }
  const allowed = value['AllowedValues']
  return {
    type: value['Type'],
    default: value['Default'] === undefined ? undefined : asText(value['Default']),
    noEcho: value['NoEcho'] === true || value['NoEcho'] === 'true',
    description: optionalText(value['Description'], `Template format error: Parameter '${name}' Description must be a string`),
    allowedValues: Array.isArray(allowed) ? allowed.map(asText) : undefined,
    allowedPattern: optionalText(value['AllowedPattern'], `Template format error: Parameter '${name}' AllowedPattern must be a string`),
    constraintDescription: optionalText(value['ConstraintDescription'], `Template format error: ConstraintDescription must be a string`),
    minLength: number('MinLength'),
    maxLength: number('MaxLength'),
    minValue: number('MinValue'),
    maxValue: number('MaxValue'),
  }
}

function outputOf(name: string, value: Json | undefined): OutputDeclaration {
  if (!isObject(value) || value['Value'] === undefined)
    throw new cloudformation.ValidationError(`Template format error: Every Outputs member must contain a Value object`)
  const { Export, Description, Condition } = value
  if (Export !== undefined && (!isObject(Export) || Export['Name'] === undefined))
    throw new cloudformation.ValidationError(
      `Template format error: Output ${name} is malformed. The Name field of every Export member must be specified.`,
    )
  return {
    value: value['Value'],
    description: optionalText(Description, `Template format error: Output ${name} Description must be a string`),
    exportName: isObject(Export) ? Export['Name'] : undefined,
    condition: optionalText(Condition, `Template format error: Output ${name} Condition must be a string`),
  }
}

function transformsOf(value: Json | undefined): string[] {
  if (value === undefined) return []
  return (Array.isArray(value) ? value : [value]).map(each => (typeof each === 'string' ? each : 'AWS::Include'))
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Scalars of templates are texts to services, whichever way they were written. */
export const asText = (value: Json | undefined): string =>
  typeof value === 'string' ? value : typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '')

function optionalText(value: Json | undefined, problem: string): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string') throw new cloudformation.ValidationError(problem)
  return value
}
