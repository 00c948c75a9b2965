import { runInNewContext } from 'node:vm'
import { cloudformation } from '../service.ts'
import type { ParameterDeclaration, Template } from './template.ts'

/** A parameter as a caller gives it. CloudFormation API Reference, "Parameter". */
export interface GivenParameter {
  readonly ParameterKey?: string | undefined
  readonly ParameterValue?: string | undefined
  readonly UsePreviousValue?: boolean | undefined
}

/** What stands in the place of a value that NoEcho hides. */
export const hidden = '****'

/**
 * The value of every parameter of a template.
 * @param previous  the values of the stack as it is, for UsePreviousValue
 * @throws          ValidationError for what is missing, unknown or not allowed
 */
export function parameterValues(
  template: Template,
  given: readonly GivenParameter[],
  previous: { readonly [name: string]: string } = {},
): { readonly [name: string]: string } {
  const byKey = new Map(given.map(parameter => [parameter.ParameterKey ?? '', parameter]))
  if (byKey.size < given.length) throw new cloudformation.ValidationError('Parameters: duplicate parameter keys are not allowed')
  const unknown = [...byKey.keys()].filter(name => !template.parameters.has(name))
  if (unknown.length > 0) throw new cloudformation.ValidationError(`Parameters: [${unknown.join(', ')}] do not exist in the template`)
  const values: { [name: string]: string } = {}
  const missing: string[] = []
  for (const [name, declaration] of template.parameters) {
    const value = valueOf(byKey.get(name), declaration, previous[name])
    if (value === undefined) missing.push(name)
    else values[name] = checked(name, value, declaration)
  }
  if (missing.length > 0) throw new cloudformation.ValidationError(`Parameters: [${missing.join(', ')}] must have values`)
  return values
}

function valueOf(given: GivenParameter | undefined, declaration: ParameterDeclaration, previous: string | undefined): string | undefined {
  if (given?.UsePreviousValue) return previous ?? declaration.default
  return given?.ParameterValue ?? declaration.default
}

/** A pattern of a template is its author's: it gets no more time than a short text can cost. */
const mostPatternCharacters = 500
const mostMatchedCharacters = 4_096

function checked(name: string, value: string, declaration: ParameterDeclaration): string {
  const { type, allowedValues, allowedPattern, constraintDescription, minLength, maxLength, minValue, maxValue } = declaration
  const wrong = (why: string) =>
    new cloudformation.ValidationError(
      `Parameter '${name}' ${constraintDescription === undefined ? why : `failed to satisfy constraint: ${constraintDescription}`}`,
    )
  if (type.startsWith('AWS::SSM::'))
    throw new cloudformation.ValidationError(
      `Unable to fetch parameters of type ${type} from parameter store: Gatehouse has no Systems Manager`,
    )
  const items = type === 'CommaDelimitedList' || type.startsWith('List<') ? value.split(',').map(item => item.trim()) : [value]
  for (const item of items) {
    if ((type === 'Number' || type === 'List<Number>') && (item === '' || Number.isNaN(Number(item)))) throw wrong('must be a number')
    if (allowedValues && !allowedValues.includes(item))
      throw new cloudformation.ValidationError(
        constraintDescription === undefined
          ? `Parameter '${name}' must be one of AllowedValues`
          : `Parameter '${name}' failed to satisfy constraint: ${constraintDescription}`,
      )
    if (allowedPattern !== undefined && !matches(allowedPattern, item, name)) throw wrong(`must match pattern ${allowedPattern}`)
    if (minValue !== undefined && Number(item) < minValue) throw wrong(`must be a number not less than ${minValue}`)
    if (maxValue !== undefined && Number(item) > maxValue) throw wrong(`must be a number not greater than ${maxValue}`)
  }
  if (minLength !== undefined && value.length < minLength) throw wrong(`must contain at least ${minLength} characters`)
  if (maxLength !== undefined && value.length > maxLength) throw wrong(`must contain at most ${maxLength} characters`)
  return value
}

/** Milliseconds that a pattern may take: no look at it tells all that run away. */
const longestMatch = 100

/** Java's patterns and ours agree on what templates use. */
function matches(pattern: string, value: string, name: string): boolean {
  const tooCostly = `Parameter '${name}' AllowedPattern is too costly to match`
  if (pattern.length > mostPatternCharacters || value.length > mostMatchedCharacters) throw new cloudformation.ValidationError(tooCostly)
  try {
    const asked = { pattern: `^(?:${pattern})$`, value }
    // Only a script's time can be bounded, whatever it does.
    return runInNewContext('new RegExp(pattern).test(value)', asked, { timeout: longestMatch }) as boolean
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw new cloudformation.ValidationError(tooCostly)
    throw new cloudformation.ValidationError(`Parameter '${name}' AllowedPattern is not a regular expression that Gatehouse knows`)
  }
}

/** Lists are lists to Ref, all else is text. */
export const refOfParameter = ({ type }: ParameterDeclaration, value: string): string | string[] =>
  type === 'CommaDelimitedList' || type.startsWith('List<') ? (value === '' ? [] : value.split(',').map(item => item.trim())) : value
