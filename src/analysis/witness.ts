import {
  type ApplicablePolicies,
  type AuthorizationRequest,
  compilePolicy,
  decide,
  parsePolicy,
  type PolicyDocument,
  type PolicyPrincipal,
} from '../policy/index.ts'
import { contextKey, contextValue } from '../policy/context-keys.ts'
import { textOf } from '../policy/variables.ts'
import { matchesSegments } from '../policy/wildcard.ts'
import { arnFormats, serviceFacts, servicePrefixes } from '../catalogue/facts/authorization-facts.ts'
import { example, type Literals, shapeOf, type Variables } from './literals.ts'
import { actionShape, contextOf, type Region } from './search.ts'
import { type Space, variableKeys } from './space.ts'
import { Budget } from './strings.ts'

/** Where a policy is attached. */
export type Attachment = 'identity' | 'resource' | 'trust'

/** A request that a policy allows, by the engine's own decision. */
export interface Witness {
  readonly request: AuthorizationRequest
  /** The statement that allows it: its place, from 0, and its Sid. */
  readonly statementIndex: number
  readonly statementId: string | undefined
  /** No service has the action today. */
  readonly unknownAction: boolean
}

/** Tests whether a policy allows a request, as the engine decides. */
export function decider(document: PolicyDocument, attachment: Attachment): (request: AuthorizationRequest) => boolean {
  const policy = compilePolicy(document, { id: 'policy', type: attachment === 'identity' ? 'inline' : 'resource' })
  const policies: ApplicablePolicies =
    attachment === 'identity' ? { identity: [policy] } : { identity: [everything], resource: policy, resourceMustAllow: true }
  return request => decide(request, policies).effect === 'allowed'
}

/** What a resource's policy leaves to the caller's own account is taken as allowed there. */
export const everything = compilePolicy(
  parsePolicy('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}', 'identity'),
  { id: 'everything', type: 'inline' },
)

/** The resource of questions about trust policies. */
const role = 'arn:aws:iam::111122223333:role/subject'

/** Requests of a region, those with real actions and ARNs first. */
export function* requestsOf(
  region: Region,
  space: Space,
  principal: PolicyPrincipal,
  attachment: Attachment,
): Generator<AuthorizationRequest> {
  const context = { ...variableKeys(space.variables, principal), ...space.known, ...contextOf(region, space) }
  const values = valuesOf(space.variables, { principal, action: 'x:x', resource: '*', context })
  for (const action of actionsOf(region.action)) {
    for (const resource of attachment === 'trust' ? [role] : resourcesOf(region.resource, action, values)) {
      const account = context['aws:resourceaccount']
      yield { principal, action, resource, context, ...(typeof account === 'string' && { resourceAccount: account }) }
    }
  }
}

/** What each policy variable is in the request. */
const valuesOf = ({ names }: Variables, request: AuthorizationRequest): string[] =>
  names.map(name => {
    const value = contextValue(contextKey(name), request)
    return value === undefined || Array.isArray(value) ? '' : textOf(value as string)
  })

function actionsOf(literals: Literals): string[] {
  const found: string[] = []
  const [pattern] = literals.wanted
  const prefix = pattern?.text.split(':')[0] ?? '*'
  for (const service of /[*?]/.test(prefix) ? servicePrefixes() : [prefix]) {
    for (const { name } of serviceFacts(service)?.actions.values() ?? []) {
      if (satisfies(literals, `${service}:${name}`.toLowerCase())) found.push(`${service}:${name}`)
      if (found.length >= 3) return found
    }
  }
  const unknown = example(literals, actionShape, [], new Budget(50_000))
  return unknown === undefined ? found : [...found, unknown]
}

const satisfies = ({ wanted, avoided }: Literals, text: string): boolean =>
  wanted.every(({ codes }) => matchesSegments(codes, text)) && !avoided.some(({ codes }) => matchesSegments(codes, text))

function resourcesOf(literals: Literals, action: string, values: readonly string[]): string[] {
  const [service = '', name = ''] = action.split(':')
  const facts = serviceFacts(service)
  const types = facts?.actions.get(name.toLowerCase())?.resourceTypes.map(type => type.replace(/\*$/, '')) ?? []
  const own = facts?.resourceTypes.filter(({ key }) => types.includes(key)).map(({ arn }) => arn) ?? []
  const formats = [...own, ...arnFormats(service).slice(0, 12)].map(format =>
    shapeOf(
      format
        .replace('${Partition}', 'aws')
        .replace('${Region}', 'us-east-1')
        .replace('${Account}', '111122223333')
        .replaceAll(/\$\{[^}]*\}/g, '?*'),
    ),
  )
  const shapes = [...formats, shapeOf('arn:aws:?*:*:*:?*'), shapeOf('arn:?*:?*:*:*:?*'), ['*'.charCodeAt(0)]]
  const found = new Set<string>()
  for (const shape of types.length === 0 && facts ? [...shapes.slice(-1), ...shapes] : shapes) {
    const text = example(literals, shape, values, new Budget(20_000))
    if (text !== undefined) found.add(text)
    if (found.size >= 3) break
  }
  return [...found]
}
