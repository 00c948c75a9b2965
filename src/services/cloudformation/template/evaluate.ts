import ipaddr from 'ipaddr.js'
import type { Json, JsonObject } from '../../../types/json.ts'
import { cloudformation } from '../service.ts'
import { refOfParameter } from './parameters.ts'
import { asText, isObject, languageExtensions, type Template } from './template.ts'

/** What a template's functions are answered from. */
export interface Scope {
  readonly template: Template
  readonly parameters: { readonly [name: string]: string }
  /** `AWS::Region` and the like. CloudFormation User Guide, "Get AWS values using pseudo parameters". */
  readonly pseudo: { readonly [name: string]: Json }
  /** Of a resource that is there: what Ref gives, and its attributes. */
  readonly resources: ReadonlyMap<string, { readonly ref: string; readonly attributes: { readonly [name: string]: Json } }>
  /** What other stacks export, by name. */
  readonly exports: ReadonlyMap<string, string>
  /** Takes note of the exports that are asked for. */
  readonly imported?: Set<string>
}

/** Stands for a property that is not to be there. */
const noValue = Symbol('AWS::NoValue')
type Value = Json | typeof noValue

/**
 * A value with every function answered.
 * @returns undefined for AWS::NoValue
 * @throws  ValidationError, "Template error: ..."
 */
export function evaluate(value: Json | undefined, scope: Scope): Json | undefined {
  if (value === undefined) return undefined
  const result = evaluated(value, scope)
  return result === noValue ? undefined : result
}

/** The properties of a resource with every function answered. */
export const evaluateProperties = (properties: JsonObject, scope: Scope): JsonObject => (evaluate(properties, scope) ?? {}) as JsonObject

/** What conditions came to, by what they were answered from: those that name others twice each would cost without end. */
const decided = new WeakMap<Scope, Map<string, boolean>>()

/** Whether a condition holds. @throws ValidationError for one that is not there, or goes in a circle */
export function conditionHolds(name: string, scope: Scope, above: readonly string[] = []): boolean {
  const condition = scope.template.conditions[name]
  if (condition === undefined)
    throw new cloudformation.ValidationError(
      `Template format error: Unresolved condition dependency ${name} in the Conditions block of the template`,
    )
  if (above.includes(name))
    throw new cloudformation.ValidationError(`Template error: circular condition dependency between ${[...above, name].join(', ')}`)
  const known = decided.get(scope) ?? new Map<string, boolean>()
  decided.set(scope, known)
  const holds = known.get(name) ?? truth(condition, scope, [...above, name])
  known.set(name, holds)
  return holds
}

function truth(value: Json, scope: Scope, above: readonly string[]): boolean {
  if (isObject(value)) {
    const [name, argument] = Object.entries(value)[0] ?? []
    const list = Array.isArray(argument) ? argument : []
    switch (name) {
      case 'Fn::And':
        return list.every(each => truth(each, scope, above))
      case 'Fn::Or':
        return list.some(each => truth(each, scope, above))
      case 'Fn::Not':
        return !truth(list[0] ?? false, scope, above)
      case 'Fn::Equals':
        if (list.length !== 2)
          throw new cloudformation.ValidationError('Template error: every Fn::Equals object requires a list of 2 string parameters.')
        return same(evaluated(list[0] as Json, scope), evaluated(list[1] as Json, scope))
      case 'Condition':
        return conditionHolds(asText(argument), scope, above)
    }
  }
  throw new cloudformation.ValidationError(
    'Template error: every Condition member must be a string, or one of Fn::And, Fn::Equals, Fn::Not, Fn::Or',
  )
}

const same = (a: Value, b: Value): boolean =>
  typeof a === 'object' || typeof b === 'object' ? JSON.stringify(a) === JSON.stringify(b) : String(a) === String(b)

function evaluated(value: Json, scope: Scope): Value {
  if (Array.isArray(value)) return value.map(each => evaluated(each, scope)).filter(each => each !== noValue)
  if (!isObject(value)) return value
  const entries = Object.entries(value)
  const [only] = entries
  if (only && entries.length === 1) {
    const [name, argument] = only
    if (name === 'Ref') return refTo(asText(argument), scope)
    if (name === 'Fn::If') return branch(argument, scope)
    if (name.startsWith('Fn::')) {
      const apply = functions[name]
      if (!apply) throw new cloudformation.ValidationError(`Template error: ${name} is not a function that Gatehouse knows`)
      if (extensions.has(name) && !scope.template.transforms.includes(languageExtensions))
        throw new cloudformation.ValidationError(`Template error: ${name} needs the transform ${languageExtensions}`)
      return apply(argument ?? null, scope)
    }
  }
  const pairs = entries
    .map(([key, each]) => [key, evaluated(each ?? null, scope)] as const)
    .filter((pair): pair is readonly [string, Json] => pair[1] !== noValue)
  return Object.fromEntries(pairs)
}

function branch(argument: Json | undefined, scope: Scope): Value {
  if (!Array.isArray(argument) || argument.length !== 3)
    throw new cloudformation.ValidationError('Template error: Fn::If requires a list argument with the first element being a condition')
  return evaluated((conditionHolds(asText(argument[0]), scope) ? argument[1] : argument[2]) as Json, scope)
}

function refTo(name: string, { template, parameters, pseudo, resources }: Scope): Value {
  if (name === 'AWS::NoValue') return noValue
  if (Object.hasOwn(pseudo, name)) return pseudo[name] as Json
  const declaration = template.parameters.get(name)
  if (declaration) return refOfParameter(declaration, parameters[name] ?? '')
  const resource = resources.get(name)
  if (resource) return resource.ref
  throw new cloudformation.ValidationError(
    template.resources.has(name)
      ? `Unresolved resource dependencies [${name}] in the Resources block of the template`
      : `Template format error: Unresolved resource dependencies [${name}] in the Resources block of the template`,
  )
}

function attributeOf(logicalId: string, name: string, { template, resources }: Scope): Json {
  if (!template.resources.has(logicalId))
    throw new cloudformation.ValidationError(`Template error: instance of Fn::GetAtt references undefined resource ${logicalId}`)
  const resource = resources.get(logicalId)
  const value = resource?.attributes[name]
  if (value === undefined)
    throw new cloudformation.ValidationError(
      resource
        ? `Requested attribute ${name} does not exist in schema for ${template.resources.get(logicalId)?.type ?? ''}`
        : `Unresolved resource dependencies [${logicalId}] in the Resources block of the template`,
    )
  return value
}

/** Functions that a transform adds. */
const extensions = new Set(['Fn::Length', 'Fn::ToJsonString'])

type Apply = (argument: Json, scope: Scope) => Value

const known = (argument: Json, scope: Scope): Json => {
  const value = evaluated(argument, scope)
  return value === noValue ? '' : value
}

const listOf = (argument: Json, scope: Scope, problem: string): Json[] => {
  const value = known(argument, scope)
  if (!Array.isArray(value)) throw new cloudformation.ValidationError(`Template error: ${problem}`)
  return value
}

/** CloudFormation Template Reference, "Intrinsic function reference". */
const functions: { readonly [name: string]: Apply } = {
  'Fn::GetAtt': (argument, scope) => {
    const [logicalId, ...rest] =
      typeof argument === 'string'
        ? argument.split('.')
        : listOf(
            argument,
            scope,
            'every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute',
          ).map(asText)
    if (!logicalId || rest.length === 0)
      throw new cloudformation.ValidationError(
        'Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute',
      )
    return attributeOf(logicalId, rest.join('.'), scope)
  },
  'Fn::Join': (argument, scope) => {
    const [delimiter, items] = Array.isArray(argument) ? argument : []
    if (typeof delimiter !== 'string' || items === undefined)
      throw new cloudformation.ValidationError(
        'Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.',
      )
    const texts = listOf(items, scope, 'Fn::Join requires a list of strings to be joined').map(asText)
    checkLength(texts.reduce((sum, text) => sum + text.length + delimiter.length, 0))
    return texts.join(delimiter)
  },
  'Fn::Split': (argument, scope) => {
    const [delimiter, source] = Array.isArray(argument) ? argument : []
    if (typeof delimiter !== 'string' || delimiter === '' || source === undefined)
      throw new cloudformation.ValidationError(
        'Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.',
      )
    return asText(known(source, scope)).split(delimiter)
  },
  'Fn::Select': (argument, scope) => {
    const [index, items] = Array.isArray(argument) ? argument : []
    if (index === undefined || items === undefined)
      throw new cloudformation.ValidationError(
        'Template error: Fn::Select requires a list argument with two elements: an integer index and a list',
      )
    const list = listOf(items, scope, 'Fn::Select requires a list argument with two elements: an integer index and a list')
    const chosen = list[Number(asText(known(index, scope)))]
    if (chosen === undefined)
      throw new cloudformation.ValidationError(
        `Template error: Fn::Select cannot select nonexistent value at index ${asText(known(index, scope))}`,
      )
    return chosen
  },
  'Fn::Sub': (argument, scope) => {
    const [text, variables] = Array.isArray(argument) ? argument : [argument, {}]
    if (typeof text !== 'string' || !isObject(variables))
      throw new cloudformation.ValidationError(
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string",
      )
    return substituted(text, variables, scope)
  },
  'Fn::FindInMap': (argument, scope) => {
    const [map, first, second, options] = listOf(
      argument,
      scope,
      'every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value',
    )
    const row = scope.template.mappings[asText(map)]
    if (!isObject(row))
      throw new cloudformation.ValidationError(
        `Template error: Mapping named '${asText(map)}' is not present in the 'Mappings' section of template.`,
      )
    const column = row[asText(first)]
    const value = isObject(column) ? column[asText(second)] : undefined
    if (value !== undefined) return value
    if (isObject(options) && options['DefaultValue'] !== undefined) return options['DefaultValue']
    throw new cloudformation.ValidationError(
      `Template error: Unable to get mapping for ${asText(map)}::${asText(first)}::${asText(second)}`,
    )
  },
  'Fn::Base64': (argument, scope) => Buffer.from(asText(known(argument, scope))).toString('base64'),
  'Fn::GetAZs': (argument, scope) => {
    const region = asText(known(argument, scope)) || asText(scope.pseudo['AWS::Region'])
    return ['a', 'b', 'c'].map(zone => `${region}${zone}`)
  },
  'Fn::ImportValue': (argument, scope) => {
    const name = asText(known(argument, scope))
    const value = scope.exports.get(name)
    if (value === undefined) throw new cloudformation.ValidationError(`No export named ${name} found.`)
    scope.imported?.add(name)
    return value
  },
  'Fn::Cidr': (argument, scope) =>
    cidrs(listOf(argument, scope, 'Fn::Cidr requires a list of an address block, a count and a number of bits')),
  'Fn::Length': (argument, scope) => listOf(argument, scope, 'Fn::Length requires a list').length,
  'Fn::ToJsonString': (argument, scope) => JSON.stringify(known(argument, scope)),
}

/** Characters that a function may make: as many as a template may have. What functions within functions repeat grows without end. */
const longestText = 1_048_576

function checkLength(characters: number): void {
  if (characters > longestText)
    throw new cloudformation.ValidationError(`Template error: a function makes a text of more than ${longestText} characters`)
}

function substituted(text: string, variables: JsonObject, scope: Scope): string {
  const values = new Map<string, string>()
  let length = text.length
  return text.replaceAll(/\$\{([^${}]*)\}/g, (_whole, inside: string) => {
    if (inside.startsWith('!')) return `\${${inside.slice(1)}}`
    const name = inside.trim()
    const value = values.get(name) ?? substitute(name, variables, scope)
    values.set(name, value)
    length += value.length
    checkLength(length)
    return value
  })
}

function substitute(name: string, variables: JsonObject, scope: Scope): string {
  if (Object.hasOwn(variables, name)) return asText(known(variables[name] ?? '', scope))
  if (name.includes('.') && !name.startsWith('AWS::')) {
    const [logicalId = '', ...rest] = name.split('.')
    return asText(attributeOf(logicalId, rest.join('.'), scope))
  }
  if (!/^[A-Za-z0-9:]+$/.test(name))
    throw new cloudformation.ValidationError(
      `Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons`,
    )
  const value = refTo(name, scope)
  return value === noValue ? '' : asText(value)
}

/** Blocks of one size in a row. CloudFormation Template Reference, "Fn::Cidr". */
function cidrs([block, count, bits]: readonly Json[]): string[] {
  try {
    const [address, prefix] = ipaddr.parseCIDR(asText(block))
    const width = address.kind() === 'ipv4' ? 32 : 128
    const size = bits === undefined ? prefix : width - Number(asText(bits))
    const wanted = Number(asText(count))
    if (!(wanted >= 1 && wanted <= 256) || !(size >= prefix && size <= width)) throw new Error('out of range')
    const start = address.toByteArray().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
    const step = 1n << BigInt(width - size)
    return Array.from({ length: wanted }, (_, index) => {
      const value = start + BigInt(index) * step
      const bytes = Array.from({ length: width / 8 }, (_each, place) => Number((value >> BigInt(width - 8 * (place + 1))) & 255n))
      return `${ipaddr.fromByteArray(bytes).toString()}/${size}`
    })
  } catch {
    throw new cloudformation.ValidationError(
      'Template error: Fn::Cidr requires an address block, a count from 1 to 256 and a number of bits that fits',
    )
  }
}
