import type { Json, JsonObject } from '../../../types/json.ts'
import { cloudformation } from '../service.ts'
import { isObject, type Template } from './template.ts'

/** What may stand after a function, and CloudFormation's words when something else does. */
interface Form {
  readonly fits: (argument: Json) => boolean
  readonly problem: string
}

const isFunction = (value: Json | undefined): boolean => {
  if (!isObject(value)) return false
  const [name = '', ...others] = Object.keys(value)
  return others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))
}

const isText = (value: Json | undefined): boolean => ['string', 'number', 'boolean'].includes(typeof value) || isFunction(value)
const isFilled = (value: Json | undefined): boolean => isText(value) && value !== ''
const isList = (value: Json | undefined): boolean => Array.isArray(value) || isFunction(value)

/** A list of fixed length, each of its members as it should be. */
const list =
  (...members: readonly ((value: Json | undefined) => boolean)[]) =>
  (argument: Json): boolean =>
    Array.isArray(argument) && argument.length === members.length && members.every((fits, index) => fits(argument[index]))

const either =
  (...forms: readonly ((argument: Json) => boolean)[]) =>
  (argument: Json): boolean =>
    forms.some(fits => fits(argument))

const between = (least: number, most: number) => (argument: Json) =>
  Array.isArray(argument) && argument.length >= least && argument.length <= most

const anything = () => true
const isString = (value: Json | undefined): boolean => typeof value === 'string'
const isFilledString = (value: Json | undefined): boolean => typeof value === 'string' && value !== ''

const attribute = 'every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute'
const many = (name: string) => `every ${name} object requires a list of at least 2 and at most 10 boolean parameters.`

/** CloudFormation Template Reference, "Intrinsic function reference"; messages as CloudFormation words them, where that is known. */
const forms: ReadonlyMap<string, Form> = new Map<string, Form>([
  ['Ref', { fits: isFilledString, problem: 'every Ref object must have a single String value.' }],
  [
    'Fn::GetAtt',
    {
      fits: either(argument => typeof argument === 'string' && /^[^.]+\..+$/.test(argument), list(isFilledString, isFilled)),
      problem: attribute,
    },
  ],
  [
    'Fn::Join',
    {
      fits: list(isString, isList),
      problem:
        'every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.',
    },
  ],
  [
    'Fn::Split',
    {
      fits: list(isFilledString, isText),
      problem:
        'every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.',
    },
  ],
  [
    'Fn::Select',
    { fits: list(isText, isList), problem: 'Fn::Select requires a list argument with two elements: an integer index and a list' },
  ],
  [
    'Fn::Sub',
    {
      fits: either(isString, list(isString, isObject)),
      problem:
        "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string",
    },
  ],
  [
    'Fn::FindInMap',
    {
      fits: either(list(isText, isText, isText), list(isText, isText, isText, isObject)),
      problem: 'every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value',
    },
  ],
  ['Fn::Base64', { fits: isText, problem: 'every Fn::Base64 object must have a String-typed value.' }],
  ['Fn::GetAZs', { fits: isText, problem: 'every Fn::GetAZs object must have a String-typed value.' }],
  ['Fn::ImportValue', { fits: isFilled, problem: 'every Fn::ImportValue object must have a String-typed value.' }],
  [
    'Fn::Cidr',
    {
      fits: either(list(isFilled, isText), list(isFilled, isText, isText), isFunction),
      problem: 'every Fn::Cidr object requires an address block, a count and, optionally, a number of bits',
    },
  ],
  [
    'Fn::If',
    { fits: list(isFilledString, anything, anything), problem: 'Fn::If requires a list argument with the first element being a condition' },
  ],
  ['Fn::And', { fits: between(2, 10), problem: many('Fn::And') }],
  ['Fn::Or', { fits: between(2, 10), problem: many('Fn::Or') }],
  ['Fn::Not', { fits: between(1, 1), problem: 'every Fn::Not object requires a list of one boolean parameter.' }],
  ['Fn::Equals', { fits: between(2, 2), problem: 'every Fn::Equals object requires a list of 2 string parameters.' }],
])

/** The functions of conditions: where a resource or an output wants a value, Fn::If alone may stand. */
const boolean = new Set(['Fn::And', 'Fn::Or', 'Fn::Not', 'Fn::Equals'])

/** Functions that a transform adds take whatever they are given. */
const free = new Set(['Fn::Length', 'Fn::ToJsonString'])

/** Every function of a value, with what stands after it, however deep. */
export function* functionsIn(value: Json | undefined): Generator<readonly [name: string, argument: Json]> {
  if (Array.isArray(value)) for (const each of value) yield* functionsIn(each)
  else if (isObject(value)) {
    const entries = Object.entries(value)
    for (const [name, argument = null] of entries) {
      if (name.startsWith('Fn::') || (name === 'Ref' && entries.length === 1)) yield [name, argument]
      yield* functionsIn(argument)
    }
  }
}

/**
 * Holds every function of a value against its form.
 * @param block  the section that the value stands in, as messages name it
 * @throws       ValidationError, "Template error: ..."
 */
export function checkFunctions(value: Json | undefined, { conditions, mappings }: Template, block: string): void {
  for (const [name, argument] of functionsIn(value)) {
    const form = forms.get(name)
    if ((!form && !free.has(name)) || (boolean.has(name) && block !== 'Conditions'))
      throw new cloudformation.ValidationError(`Template error: ${name} is not a function that Gatehouse knows`)
    if (form && !form.fits(argument)) throw new cloudformation.ValidationError(`Template error: ${form.problem}`)
    const [first] = Array.isArray(argument) ? argument : []
    if (name === 'Fn::If' && !isNamed(conditions, first))
      throw new cloudformation.ValidationError(
        `Template format error: Unresolved condition dependency ${String(first)} in the ${block} block of the template`,
      )
    if (name === 'Fn::FindInMap' && typeof first === 'string' && !isNamed(mappings, first))
      throw new cloudformation.ValidationError(
        `Template error: Mapping named '${first}' is not present in the 'Mappings' section of template.`,
      )
  }
}

const isNamed = (section: JsonObject, name: Json | undefined): boolean => typeof name === 'string' && Object.hasOwn(section, name)
