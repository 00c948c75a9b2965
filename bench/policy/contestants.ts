import { createRequire } from 'node:module'
import type { AuthorizationRequest } from '../../src/policy/index.ts'
import type { Holder } from './workloads.ts'

/** Decides a request of one holder, in whatever form the contestant wants it. */
export type Decide = (request: AuthorizationRequest) => boolean | Promise<boolean>

export interface Contestant {
  readonly name: string
  /** What it is not asked to do, because it cannot. */
  readonly spared: string
  prepare(holder: Holder): Promise<Decide>
}

const require = createRequire(import.meta.url)

interface StatementJson {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action: string | string[]
  readonly Resource: string | string[]
  readonly Condition?: Record<string, Record<string, string | string[]>>
}
const statementsOf = ({ policies }: Holder): StatementJson[] =>
  policies.identity.flatMap(text => (JSON.parse(text) as { Statement: StatementJson[] }).Statement)

const textOf = (value: unknown): string => (value instanceof Date ? value.toISOString() : String(value))
const roleArn = (request: AuthorizationRequest) => (request.principal.type === 'roleSession' ? request.principal.roleArn : '')

const iamSimulate: Contestant = {
  name: '@cloud-copilot/iam-simulate',
  spared: 'nothing',
  async prepare({ policies }) {
    // Not a literal: the main installation, which checks types, has no contestants.
    const name: string = this.name
    const { runSimulation } = (await import(name)) as {
      runSimulation(simulation: unknown, options: unknown): Promise<{ resultType: string; overallResult?: string }>
    }
    const identityPolicies = policies.identity.map((text, i) => ({ name: `p${i}`, policy: JSON.parse(text) as unknown }))
    return async request => {
      const contextVariables = Object.fromEntries(Object.entries(request.context).map(([key, value]) => [key, textOf(value)]))
      const resource = { resource: request.resource, accountId: '111122223333' }
      const result = await runSimulation(
        {
          request: { principal: roleArn(request), action: request.action, resource, contextVariables },
          identityPolicies,
          serviceControlPolicies: [],
          resourceControlPolicies: [],
        },
        {},
      )
      if (result.resultType === 'error') throw new Error(JSON.stringify(result).slice(0, 400))
      return result.overallResult === 'Allowed'
    }
  },
}

/** A statement in Cedar's language; resources and actions as text with `like`, so that the wildcards stay what they are. */
function cedarPolicy({ Effect, Action, Resource, Condition = {} }: StatementJson): string {
  const like = (path: string, values: string | string[]) =>
    `(${[values]
      .flat()
      .map(value => `${path} like "${value}"`)
      .join(' || ')})`
  // A variable is not expressible in a pattern: the tag is written in, which spares the contestant the look-up.
  const clauses = [
    like('context.action', Action),
    like('context.resource', JSON.parse(JSON.stringify(Resource).replaceAll('${aws:PrincipalTag/team}', 'shop')) as string),
  ]
  for (const [operator, keys] of Object.entries(Condition)) {
    for (const [key, wanted] of Object.entries(keys)) {
      const values = [wanted].flat()
      if (operator === 'IpAddress') clauses.push(`(${values.map(value => `context.ip.isInRange(ip("${value}"))`).join(' || ')})`)
      else if (operator === 'Bool') clauses.push(`context.secure == ${values[0]}`)
      else if (operator === 'DateLessThan') clauses.push(`context.time < ${Date.parse(values[0] ?? '')}`)
      else
        clauses.push(
          `[${values.map(value => `"${value}"`).join(', ')}].contains(context.${key === 'aws:RequestedRegion' ? 'region' : 'team'})`,
        )
    }
  }
  return `${Effect === 'Allow' ? 'permit' : 'forbid'}(principal, action, resource) when { ${clauses.join(' && ')} };`
}

const cedar: Contestant = {
  name: '@cedar-policy/cedar-wasm',
  spared: 'case of actions and policy variables',
  async prepare(holder) {
    const { preparsePolicySet, statefulIsAuthorized } = require('@cedar-policy/cedar-wasm/nodejs') as {
      preparsePolicySet(id: string, policies: unknown): { type: string }
      statefulIsAuthorized(call: unknown): { type: string; response?: { decision: string } }
    }
    const policies = Object.fromEntries(statementsOf(holder).map((statement, i) => [`p${i}`, cedarPolicy(statement)]))
    const parsed = preparsePolicySet('bench', { staticPolicies: policies })
    if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed).slice(0, 400))
    const entity = (id: string) => ({ type: 'Thing', id })
    return request => {
      const { context } = request
      const answer = statefulIsAuthorized({
        principal: entity(roleArn(request)),
        action: { type: 'Action', id: 'call' },
        resource: entity('resource'),
        context: {
          action: request.action,
          resource: request.resource,
          ip: { __extn: { fn: 'ip', arg: textOf(context['aws:SourceIp']) } },
          secure: context['aws:SecureTransport'],
          time: (context['aws:CurrentTime'] as Date).getTime(),
          region: context['aws:RequestedRegion'],
          team: context['aws:PrincipalTag/team'],
        },
        preparsedPolicySetId: 'bench',
        entities: [],
      })
      return answer.response?.decision === 'allow'
    }
  },
}

const casbinModel = `
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.sub == p.sub && keyMatch(r.act, p.act) && keyMatch(r.obj, p.obj)
`

const casbin: Contestant = {
  name: 'casbin',
  spared: 'all conditions, policy variables, and what follows the first wildcard; so its answers are not compared',
  async prepare(holder) {
    const { newEnforcer, newModelFromString } = require('casbin') as {
      newModelFromString(text: string): unknown
      newEnforcer(model: unknown): Promise<{ addPolicies(rules: string[][]): Promise<boolean>; enforceSync(...values: string[]): boolean }>
    }
    const enforcer = await newEnforcer(newModelFromString(casbinModel))
    const short = (pattern: string) => (pattern.includes('*') ? pattern.slice(0, pattern.indexOf('*') + 1) : pattern)
    const rules = new Map<string, string[]>()
    for (const { Effect, Action, Resource } of statementsOf(holder)) {
      for (const act of [Action].flat()) {
        for (const obj of [Resource].flat()) {
          const rule = ['role', short(obj), short(act), Effect.toLowerCase()]
          rules.set(rule.join(), rule)
        }
      }
    }
    await enforcer.addPolicies([...rules.values()])
    return request => enforcer.enforceSync('role', request.resource, request.action)
  },
}

export const contestants: readonly Contestant[] = [iamSimulate, cedar, casbin]
