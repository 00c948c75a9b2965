import { type ActionFacts, type ResourceTypeFacts, type ServiceFacts, serviceFacts } from '../../catalogue/facts/authorization-facts.ts'
import type { AccessStatement, CallContext } from '../../services/operation.ts'
import { bucketArn, objectArn } from '../../services/s3/bucket.ts'
import { ServiceError } from '../../wire/errors.ts'
import { type AskedAction, actionsOf } from './actions.ts'
import { conditionKeys } from './condition-keys.ts'
import { arnParts, resourceMembers, textsAt } from './resource-members.ts'
import { CopySourceError, type S3Asked, s3Asked } from './s3-actions.ts'

interface Input {
  readonly [name: string]: unknown
}

/** What cannot be told from a request: only statements with `Resource: "*"` allow it. */
const anyResource = '*'

/** More resources than any documented batch names. */
const mostStatements = 1_100

/** The service's part of the reference: by its own name, or by what its requests are signed for. */
export const factsOf = (name: string, signingName: string): ServiceFacts | undefined => serviceFacts(name) ?? serviceFacts(signingName)

/** What an operation may ask for, whatever its input; empty for one that no policy can speak of. */
export function possibleActions(facts: ServiceFacts, service: string, operation: string): readonly ActionFacts[] {
  const asked = service === 's3' ? s3Possible(operation) : (actionsOf[service]?.[operation] ?? [{ action: operation }])
  const found = asked.map(({ action }) => facts.actions.get(action.toLowerCase()))
  return found.every(action => action !== undefined) ? found : []
}

/** By what is asked of an empty input; sources of copies and keys of batches aside. */
function s3Possible(operation: string): readonly AskedAction[] {
  if (operation === 'DeleteObjects') return [{ action: 'DeleteObject' }]
  if (operation === 'CopyObject' || operation === 'UploadPartCopy') return [{ action: 'PutObject' }]
  return s3Asked(operation, {})
}

/**
 * The actions and resources of a request, by the service's model and the authorization reference. Resources are the gateway's own account's.
 * @throws ServiceError for a request that names more than can be asked, or a copy of nothing
 */
export function accessOf(facts: ServiceFacts, service: string, operation: string, input: Input, context: CallContext): AccessStatement[] {
  const statements = asked(service, operation, input).flatMap((one): AccessStatement[] => {
    const action = facts.actions.get(one.action.toLowerCase())
    if (!action) throw new ServiceError('AccessDenied', 403, `No policy can allow ${facts.prefix}:${one.action}`)
    const resources = one.on ? [objectArn(one.on.Bucket, one.on.Key)] : resourcesOf(facts, action, service, operation, one, input, context)
    const keys = conditionKeys(action, service, input, context)
    return resources.map(resource => ({
      action: `${facts.prefix}:${action.name}`,
      resource,
      ...(service === 's3' && { resourceName: `"${resource}"` }),
      resourceAccount: context.world.settings.account,
      keys,
    }))
  })
  if (statements.length > mostStatements) throw new ServiceError('LimitExceededException', 400, 'The request names too many resources.')
  // A batch of nothing is the upstream's to refuse, for whoever may do it to everything.
  return statements.length > 0 ? statements : [{ resource: anyResource, resourceAccount: context.world.settings.account }]
}

function asked(service: string, operation: string, input: Input): readonly S3Asked[] {
  if (service !== 's3') {
    const all = actionsOf[service]?.[operation] ?? [{ action: operation }]
    const present = all.filter(({ when }) => when === undefined || textsAt(input, when).length > 0)
    return present.length > 0 ? present : all
  }
  try {
    return s3Asked(operation, input)
  } catch (problem) {
    if (problem instanceof CopySourceError) throw new ServiceError('InvalidArgument', 400, `The copy source ${problem.message}.`)
    throw problem
  }
}

/** Types that fit what the input names; of two of which one is a part of the other, the part. */
function resourcesOf(
  facts: ServiceFacts,
  action: ActionFacts,
  service: string,
  operation: string,
  { members }: AskedAction,
  input: Input,
  context: CallContext,
): string[] {
  if (service === 's3') return [s3Resource(action, input)]
  const naming = { ...resourceMembers[service], ...members }
  const types = action.resourceTypes.map(key => ({
    required: key.endsWith('*'),
    type: facts.resourceTypes.find(type => type.key === key.replace(/\*$/, '')),
  }))
  const found = types.flatMap(({ type, required }) =>
    type ? [{ required, variables: variablesOf(type), ...named(type, naming, input, context, operation) }] : [],
  )
  const resolved = found.filter(({ arns }) => arns.length > 0)
  const narrowest = resolved.filter(one => !resolved.some(other => other !== one && isPart(one.variables, other.variables)))
  const byArn = narrowest.some(({ whole }) => whole)
  const missing = found.some(
    one => one.required && one.arns.length === 0 && !byArn && !narrowest.some(other => isPart(one.variables, other.variables)),
  )
  const arns = narrowest.flatMap(one => one.arns)
  return [...new Set(arns.length === 0 || missing ? [...arns, anyResource] : arns)]
}

const isPart = (fewer: readonly string[], more: readonly string[]) =>
  fewer.length < more.length && fewer.every(variable => more.includes(variable))

function s3Resource({ resourceTypes }: ActionFacts, { Bucket, Key }: Input): string {
  const types = resourceTypes.map(key => key.replace(/\*$/, ''))
  if (typeof Bucket !== 'string') return anyResource
  if (types.includes('object') && typeof Key === 'string') return objectArn(Bucket, Key)
  return types.includes('bucket') ? bucketArn(Bucket) : anyResource
}

const placed = new Set(['Partition', 'Region', 'Account'])
const variablesOf = ({ arn }: ResourceTypeFacts): string[] =>
  [...arn.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name as string).filter(name => !placed.has(name))

interface Named {
  readonly arns: readonly string[]
  /** Whether the input gave whole ARNs. */
  readonly whole: boolean
}

function named(
  type: ResourceTypeFacts,
  naming: { readonly [variable: string]: readonly string[] },
  input: Input,
  context: CallContext,
  operation: string,
): Named {
  const variables = variablesOf(type)
  const texts = new Map(variables.map(variable => [variable, textsOf(variable, naming, input)]))
  const format = formatOf(type)
  const arns = [...texts.values()].flat().filter(text => text.startsWith('arn:') && format.test(text))
  if (arns.length > 0) return { arns: arns.map(arn => ended(arn, type, operation)), whole: true }
  let filled = [
    type.arn.replace('${Partition}', 'aws').replace('${Region}', context.region).replace('${Account}', context.world.settings.account),
  ]
  for (const variable of variables) {
    const parts = (texts.get(variable) as string[])
      .filter(text => !text.startsWith('arn:'))
      .map(text => (arnParts[variable] ?? same)(text, input, type.key))
    if (parts.length === 0 || parts.includes(undefined)) return { arns: [], whole: false }
    // Each with each: a stream's name counts in every group that is named.
    filled = filled.flatMap(arn => parts.map(part => arn.replace(`\${${variable}}`, () => part as string)))
    if (filled.length > mostStatements) return { arns: [], whole: false }
  }
  return { arns: filled.map(arn => ended(arn, type, operation)), whole: false }
}

/** What ARNs of a type end in that a name does not tell. */
function ended(arn: string, { key }: ResourceTypeFacts, operation: string): string {
  // All but the actions of tags are on what a log group holds. CloudWatch Logs User Guide, "CloudWatch Logs resources and operations".
  if (key === 'log-group') return arn.endsWith(':*') || /Tag|Untag/.test(operation) ? arn : `${arn}:*`
  // ARNs end in a hyphen and six characters of chance, which policies have as `-??????`. Secrets Manager User Guide, "Secret ARNs".
  if (key === 'Secret') return /-(?:[A-Za-z0-9]{6}|\?{6})$/.test(arn) ? arn : `${arn}-??????`
  return arn
}

const formats = new Map<string, RegExp>()

function formatOf({ arn }: ResourceTypeFacts): RegExp {
  const known = formats.get(arn)
  if (known) return known
  const source = arn
    .split(/(\$\{\w+\})/)
    .map(part => {
      const variable = /^\$\{(\w+)\}$/.exec(part)?.[1]
      if (variable === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      return placed.has(variable) ? '[^:]*' : '.+'
    })
    .join('')
  const made = new RegExp(`^${source}$`, 's')
  formats.set(arn, made)
  return made
}

const same = (text: string): string | undefined => text

/** Where the tables have nothing, members are called as the variables are, in any case. */
function textsOf(variable: string, naming: { readonly [variable: string]: readonly string[] }, input: Input): string[] {
  const paths = naming[variable] ?? Object.keys(input).filter(name => name.toLowerCase() === variable.toLowerCase() || /arn$/i.test(name))
  return paths.flatMap(path => textsAt(input, path))
}
