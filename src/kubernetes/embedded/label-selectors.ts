import { keyProblems, valueProblems } from './names.ts'

interface Token {
  readonly kind: 'name' | 'operator' | 'end'
  readonly text: string
}

type Labels = { readonly [key: string]: string }
type Requirement = (labels: Labels) => boolean

/** A selector that cannot be read, in the words of the API server. */
export class SelectorProblem extends Error {}

const operators = ['==', '=', '!=', '!', '(', ')', ',', '>', '<'] as const
const special = new Set('=!(),><')

/** Splits at the signs that have a meaning, the longest first, and at white space. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const character = text[at] as string
    if (/\s/.test(character)) at += 1
    else if (special.has(character)) {
      const operator = operators.find(candidate => text.startsWith(candidate, at)) ?? character
      tokens.push({ kind: 'operator', text: operator })
      at += operator.length
    } else {
      let end = at
      while (end < text.length && !special.has(text[end] as string) && !/\s/.test(text[end] as string)) end += 1
      tokens.push({ kind: 'name', text: text.slice(at, end) })
      at = end
    }
  }
  return [...tokens, { kind: 'end', text: '' }]
}

const binaryOperators = ['in', 'notin', '=', '==', '!=', 'gt', 'lt']

/**
 * Reads a label selector such as `app=shop,tier in (web,api),!legacy`. Kubernetes documentation, "Labels and Selectors".
 * @throws SelectorProblem
 */
export function parseLabelSelector(text: string): Requirement[] {
  const tokens = tokensOf(text)
  let at = 0
  const next = () => tokens[at] as Token
  const take = () => tokens[at++] as Token
  const found = ({ text: literal }: Token, expected: string) => new SelectorProblem(`found '${literal}'${expected}`)
  const requirements: Requirement[] = []

  while (next().kind !== 'end') {
    if (next().kind !== 'name' && next().text !== '!') throw found(next(), ", expected: !, identifier, or 'end of string'")
    requirements.push(inRequirement(requirement))
    const after = take()
    if (after.kind === 'end') break
    if (after.text !== ',' || after.kind !== 'operator') throw found(after, ", expected: ',' or 'end of string'")
    if (next().kind !== 'name' && next().text !== '!') throw found(next(), ", expected: identifier after ','")
  }
  return requirements

  function requirement(): Requirement {
    const not = next().kind === 'operator' && next().text === '!'
    if (not) take()
    const key = take()
    if (key.kind !== 'name') throw found(key, ', expected: identifier')
    const [problem] = keyProblems(key.text).length > 0 ? [keyProblems(key.text).join('; ')] : []
    if (problem !== undefined) throw new SelectorProblem(`<nil>: Invalid value: ${JSON.stringify(key.text)}: ${problem}`)
    const isAlone = next().kind === 'end' || (next().kind === 'operator' && next().text === ',')
    if (not) return labels => valueOf(labels, key.text) === undefined
    if (isAlone) return labels => valueOf(labels, key.text) !== undefined
    const operator = take()
    if (!binaryOperators.includes(operator.text) && operator.text !== '>' && operator.text !== '<')
      throw found(operator, `, expected: ${binaryOperators.join(', ')}`)
    return comparison(key.text, operator.text)
  }

  function comparison(key: string, operator: string): Requirement {
    const values = operator === 'in' || operator === 'notin' ? setOfValues() : [exactValue()]
    const isNumeric = operator === '>' || operator === '<'
    values.forEach((value, index) => {
      if (isNumeric && !/^[+-]?\d+$/.test(value))
        throw new SelectorProblem(
          `values[${index}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
        )
      const problems = valueProblems(value)
      if (problems.length > 0)
        throw new SelectorProblem(`values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${problems.join('; ')}`)
    })
    const test = testOf(operator, values)
    return labels => test(valueOf(labels, key))
  }

  function exactValue(): string {
    if (next().kind === 'end' || next().text === ',') return ''
    const value = take()
    if (value.kind !== 'name') throw found(value, ', expected: identifier')
    return value.text
  }

  function setOfValues(): string[] {
    const open = take()
    if (open.text !== '(') throw found(open, " expected: '('")
    if (next().text === ')') {
      take()
      return ['']
    }
    if (next().kind !== 'name' && next().text !== ',') throw found(next(), ", expected: ',', ')' or identifier")
    const values = new Set<string>()
    for (;;) {
      if (next().kind === 'name') {
        values.add(take().text)
        if (next().text !== ',' && next().text !== ')') throw found(next(), ", expected: ',' or ')'")
      } else if (next().text === ',') {
        take()
        // Between two commas, and before the first and after the last, there is an empty value.
        if (values.size === 0 || next().text === ',' || next().text === ')') values.add('')
      } else if (next().text === ')') {
        take()
        return [...values].sort()
      } else throw found(take(), ", expected: ',', or identifier")
    }
  }
}

/** A label's value; names of what every object has are no labels. */
const valueOf = (labels: Labels, key: string): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined)

function testOf(operator: string, values: readonly string[]): (value: string | undefined) => boolean {
  switch (operator) {
    case 'in':
    case '=':
    case '==':
      return value => value !== undefined && values.includes(value)
    case '>':
      return value => value !== undefined && Number(value) > Number(values[0])
    case '<':
      return value => value !== undefined && Number(value) < Number(values[0])
    default:
      return value => value === undefined || !values.includes(value)
  }
}

/** A problem of one requirement says so. */
function inRequirement(read: () => Requirement): Requirement {
  try {
    return read()
  } catch (problem) {
    if (problem instanceof SelectorProblem) throw new SelectorProblem(`unable to parse requirement: ${problem.message}`)
    throw problem
  }
}
