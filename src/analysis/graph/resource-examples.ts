import type { CompiledStatement } from '../../policy/compiled-statement.ts'
import { matchesWildcard } from '../../policy/wildcard.ts'
import { parseArn } from '../../types/arn.ts'
import { serviceFacts } from '../../catalogue/facts/authorization-facts.ts'
import type { Member } from './members.ts'

/** Examples are tried until one is allowed; more would hardly tell more. */
const mostExamples = 24

/**
 * Resources of an action that the statements which may allow it name: real shapes, with `x` for what a wildcard leaves open. Where all resources are allowed,
 * one of the action's own type.
 */
export function exampleResources(action: string, allows: readonly CompiledStatement[], member: Member): string[] {
  const formats = formatsOf(action).map(format => inAccount(format, member.account))
  const found = new Set<string>()
  for (const { statement } of allows) {
    const { resource } = statement
    if (!resource || resource.negated || resource.values.includes('*')) for (const format of formats) found.add(format)
    else for (const value of resource.values) for (const format of formats) found.add(filledIn(value, format, member))
    if (found.size >= mostExamples) break
  }
  const shapes = shapesOf(action)
  return [...found].filter(example => shapes.some(shape => matchesWildcard(shape, example))).slice(0, mostExamples)
}

/** What ARNs of an action's resources look like: a statement may name others, which no request of the action has. */
function shapesOf(action: string): readonly string[] {
  const [service = '', name = ''] = action.split(':')
  const known = serviceFacts(service.toLowerCase())?.actions.has(name.toLowerCase()) === true
  return known ? formatsOf(action).map(format => format.replaceAll(/\$\{[^}]*\}/g, '*')) : ['*']
}

/** Formats of the ARNs of the resource types that an action needs, or has; `*` when it has none. Service Authorization Reference. */
function formatsOf(action: string): readonly string[] {
  const [service = '', name = ''] = action.split(':')
  const facts = serviceFacts(service.toLowerCase())
  const types = facts?.actions.get(name.toLowerCase())?.resourceTypes ?? []
  const needed = types.filter(type => type.endsWith('*'))
  const keys = new Set((needed.length > 0 ? needed : types).map(type => type.replace(/\*$/, '')))
  const formats = facts?.resourceTypes.filter(({ key }) => keys.has(key)).map(({ arn }) => arn) ?? []
  return formats.length === 0 ? ['*'] : formats
}

const inAccount = (format: string, account: string): string =>
  format
    .replace('${Partition}', 'aws')
    .replace('${Region}', 'us-east-1')
    .replace('${Account}', account)
    .replaceAll(/\$\{[^}]*\}/g, 'x')

/** A resource that a value of a Resource element covers, as like the format as it can be. */
function filledIn(value: string, format: string, { name, account }: Member): string {
  const named = value.replaceAll('${aws:username}', name).replaceAll('${aws:PrincipalAccount}', account)
  if (!/[*?]/.test(named)) return named
  const shape = parseArn(format)
  const pattern = named.split(':')
  if (pattern[0] !== 'arn' || !shape) return named.replaceAll(/[*?]/g, 'x')
  const [, partition = '*', service = '*', region = '*', owner = '*'] = pattern
  const resource = pattern.length > 5 ? pattern.slice(5).join(':') : '*'
  const part = (text: string, instead: string) => (text === '*' ? instead : text.replaceAll(/[*?]/g, 'x'))
  return [
    'arn',
    part(partition, shape.partition),
    part(service, shape.service),
    part(region, shape.region),
    part(owner, shape.account),
    resourcePart(resource, shape.resource),
  ].join(':')
}

/** `function:*` and `*` give way to the format; `function:app-*` keeps its beginning. */
function resourcePart(pattern: string, shape: string): string {
  const beginning = pattern.slice(0, pattern.search(/[*?]/))
  if (/^[^*?]*\*$/.test(pattern) && shape.startsWith(beginning)) return shape
  return pattern.replaceAll(/[*?]/g, 'x')
}
