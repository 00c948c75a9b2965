import { compileArnPattern } from './arn-pattern.ts'
import type { OperatorForm } from './condition-types.ts'
import { parseDate } from './date.ts'
import { type Address, parseAddress, parsePrefix, prefixContains } from './ip.ts'
import type { AuthorizationRequest } from './request.ts'
import { parseTemplate, resolvePattern, resolveText, type Template, textOf } from './variables.ts'
import { appendPattern, firstWildcard, matchesCodes, matchesWildcard } from './wildcard.ts'

/** One value of a condition key. */
export type Actual = string | number | boolean | Date

/** Whether a value of the request matches any wanted value. One with a policy variable that has no value matches nothing. */
export type Match = (actual: Actual, request: AuthorizationRequest) => boolean

/**
 * Compiles the wanted values of a condition. A wanted or actual value that is not of the operator's type matches nothing.
 * @param variables  whether policy variables count; they do for string, ARN and Boolean operators
 */
export function compileWanted(form: OperatorForm, wanted: readonly string[], variables: boolean): Match {
  switch (form.type) {
    case 'string':
      return stringMatch(form, wanted, variables)
    case 'arn':
      return arnMatch(wanted, variables)
    case 'boolean':
      return stringMatch({ type: 'string', ignoreCase: true }, wanted, variables)
    case 'numeric':
      return orderedMatch(form, wanted.map(numberOf), numberOf)
    case 'date':
      return orderedMatch(form, wanted.map(parseDate), dateOf)
    case 'ip':
      return ipMatch(wanted)
    case 'binary':
      return binaryMatch(wanted)
    default:
      throw new RangeError('Null has no wanted values to match')
  }
}

/** The texts without variables, and the templates of the others. */
function partition(wanted: readonly string[], variables: boolean): { fixed: string[]; templates: Template[] } {
  const fixed: string[] = []
  const templates: Template[] = []
  for (const value of wanted) {
    const template = variables ? parseTemplate(value) : undefined
    if (template) templates.push(template)
    else fixed.push(value)
  }
  return { fixed, templates }
}

function stringMatch({ wildcards, ignoreCase }: OperatorForm, wanted: readonly string[], variables: boolean): Match {
  const { fixed, templates } = partition(wanted, variables)
  const fold = (text: string) => (ignoreCase ? text.toLowerCase() : text)
  const isPattern = (value: string) => wildcards === true && firstWildcard(value) !== -1
  const fixedMatch = matchFixed(fixed.filter(value => !isPattern(value)).map(fold), fixed.filter(isPattern))
  return templates.length === 0
    ? matchWithoutVariables(fixedMatch, ignoreCase === true)
    : matchWithVariables(fixedMatch, templates, fold, wildcards === true)
}

type TextTest = (text: string) => boolean

/** Tests of their own hold only what they need: most conditions want one text. */
function matchFixed(literals: readonly string[], patterns: readonly string[]): TextTest {
  if (patterns.length > 0) {
    const isLiteral = matchFixed(literals, [])
    return text => isLiteral(text) || patterns.some(pattern => matchesWildcard(pattern, text))
  }
  if (literals.length !== 1) return matchAnyOf(literals)
  const only = literals[0]
  return text => text === only
}

function matchAnyOf(literals: readonly string[]): TextTest {
  const set = new Set(literals)
  return text => set.has(text)
}

const matchWithoutVariables = (fixedMatch: TextTest, ignoreCase: boolean): Match =>
  ignoreCase
    ? actual => fixedMatch(textOf(actual).toLowerCase())
    : actual => fixedMatch(typeof actual === 'string' ? actual : textOf(actual))

function matchWithVariables(
  fixedMatch: TextTest,
  templates: readonly Template[],
  fold: (text: string) => string,
  wildcards: boolean,
): Match {
  return (actual, request) => {
    const text = fold(textOf(actual))
    if (fixedMatch(text)) return true
    for (const template of templates) {
      if (wildcards) {
        const pattern = resolvePattern(template, request)
        if (pattern !== undefined && matchesCodes(pattern, text)) return true
      } else {
        const value = resolveText(template, request)
        if (value !== undefined && fold(value) === text) return true
      }
    }
    return false
  }
}

function arnMatch(wanted: readonly string[], variables: boolean): Match {
  const { fixed, templates } = partition(wanted, variables)
  // Most wanted ARNs have no wildcard, and equal ARNs need no look at their components.
  const exact = new Set(fixed)
  const matches = fixed
    .filter(value => firstWildcard(value) !== -1)
    .map(value => {
      const codes: number[] = []
      appendPattern(codes, value)
      return compileArnPattern(codes)
    })
  return (actual, request) => {
    const text = textOf(actual)
    if (exact.has(text) && isArn(text)) return true
    for (const match of matches) if (match(text)) return true
    for (const template of templates) {
      const pattern = resolvePattern(template, request)
      if (pattern !== undefined && compileArnPattern(pattern)(text)) return true
    }
    return false
  }
}

const isArn = (text: string): boolean => text.startsWith('arn:') && text.split(':', 6).length === 6

const numberForm = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/

function numberOf(actual: Actual): number {
  if (typeof actual === 'number') return actual
  return typeof actual === 'string' && numberForm.test(actual) ? Number(actual) : Number.NaN
}

function dateOf(actual: Actual): number {
  if (actual instanceof Date) return actual.getTime()
  if (typeof actual === 'number') return actual * 1000
  return typeof actual === 'string' ? parseDate(actual) : Number.NaN
}

function orderedMatch(
  { ordered = order => order === 0 }: OperatorForm,
  wanted: readonly number[],
  valueOf: (actual: Actual) => number,
): Match {
  return actual => {
    const value = valueOf(actual)
    // A value that is not of the type is NaN, and NaN has no order to anything.
    if (Number.isNaN(value)) return false
    for (const limit of wanted) if (!Number.isNaN(limit) && ordered(Math.sign(value - limit))) return true
    return false
  }
}

// One request's address is compared by many statements.
let lastText = ''
let lastAddress: Address | undefined

function addressOf(text: string): Address | undefined {
  if (text !== lastText) {
    lastAddress = parseAddress(text)
    lastText = text
  }
  return lastAddress
}

function ipMatch(wanted: readonly string[]): Match {
  const prefixes = wanted.map(parsePrefix).filter(prefix => prefix !== undefined)
  return actual => {
    const address = typeof actual === 'string' ? addressOf(actual) : undefined
    if (address === undefined) return false
    for (const prefix of prefixes) if (prefixContains(prefix, address)) return true
    return false
  }
}

function binaryMatch(wanted: readonly string[]): Match {
  const values = new Set(wanted.map(decodeBase64).filter(value => value !== undefined))
  return actual => {
    const value = typeof actual === 'string' ? decodeBase64(actual) : undefined
    return value !== undefined && values.has(value)
  }
}

/** The bytes as text of units below 256, or undefined when it is not base64. */
function decodeBase64(text: string): string | undefined {
  try {
    return atob(text)
  } catch {
    return undefined
  }
}
