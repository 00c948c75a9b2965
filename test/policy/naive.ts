/**
 * A second evaluator, written only from the IAM User Guide, that shares nothing with src/policy but the types of requests: it reads the JSON with JSON.parse,
 * scans every statement, and turns wildcards into regular expressions. Slow and plain; the engine must agree with it.
 */
import type { AuthorizationRequest, ContextValue, PolicyPrincipal } from '../../src/policy/index.ts'

export interface NaivePolicies {
  readonly identity: readonly string[]
  readonly boundary?: string | undefined
  readonly session?: readonly string[] | undefined
  readonly resource?: string | undefined
  readonly resourceMustAllow?: boolean | undefined
  readonly scps?: readonly (readonly string[])[] | undefined
  readonly rcps?: readonly (readonly string[])[] | undefined
  readonly vpce?: readonly string[] | undefined
}

export type NaiveEffect = 'allowed' | 'implicitDeny' | 'explicitDeny'

type Statement = Record<string, unknown> & { Effect: 'Allow' | 'Deny' }
type Named = 'nobody' | 'account' | 'entity' | 'caller'
interface Verdict {
  denies: boolean
  /** The best way in which an Allow names the caller. */
  allows: Named
}

const order: readonly Named[] = ['nobody', 'account', 'entity', 'caller']
const better = (a: Named, b: Named): Named => (order.indexOf(a) >= order.indexOf(b) ? a : b)
const list = <T>(value: T | T[] | undefined): T[] => (value === undefined ? [] : Array.isArray(value) ? value : [value])

/** "How AWS enforcement code logic evaluates requests to allow or deny access". */
export function naiveDecide(request: AuthorizationRequest, policies: NaivePolicies): NaiveEffect {
  const { principal } = request
  const ofAccount = ['root', 'user', 'roleSession', 'federatedUser'].includes(principal.type)
  const serviceLinked = principal.type === 'roleSession' && principal.serviceLinked === true
  const hasBoundary = policies.boundary !== undefined
  const all = (texts: readonly string[]) => texts.map(text => verdictOf(text, request, hasBoundary))

  const scps = !ofAccount || serviceLinked ? [] : (policies.scps ?? []).map(all)
  const rcps = serviceLinked ? [] : (policies.rcps ?? []).map(all)
  const vpce = policies.vpce && all(policies.vpce)
  const resource = policies.resource === undefined ? undefined : verdictOf(policies.resource, request, hasBoundary)
  const identity = all(policies.identity)
  const boundary = policies.boundary === undefined ? undefined : verdictOf(policies.boundary, request, hasBoundary)
  const session = policies.session && all(policies.session)

  const everything = [...scps.flat(), ...rcps.flat(), ...(vpce ?? []), ...identity, ...(session ?? [])]
  if (resource) everything.push(resource)
  if (boundary) everything.push(boundary)
  if (everything.some(verdict => verdict.denies)) return 'explicitDeny'

  const some = (verdicts: readonly Verdict[]) => verdicts.some(verdict => verdict.allows !== 'nobody')
  if (!scps.every(some) || !rcps.every(some) || (vpce && !some(vpce))) return 'implicitDeny'

  const named = resource?.allows ?? 'nobody'
  if (!ofAccount) return named === 'nobody' ? 'implicitDeny' : 'allowed'
  const owner = request.resourceAccount ?? (/^arn:[^:]*:[^:]*:[^:]*:([^:]+):/.exec(request.resource)?.[1] || principal.account)
  // AWS's own resources, such as its managed policies, are in an account of letters.
  const crossAccount = owner !== principal.account && !/^[a-z]/.test(owner ?? '')
  if ((crossAccount || policies.resourceMustAllow) && named === 'nobody') return 'implicitDeny'
  if (principal.type === 'root') return 'allowed'
  if (!crossAccount && named === 'caller') return 'allowed'
  const granted = some(identity) || (!crossAccount && named === 'entity')
  const bounded = boundary === undefined || boundary.allows !== 'nobody'
  const inSession = session ? some(session) : principal.type !== 'federatedUser'
  return granted && bounded && inSession ? 'allowed' : 'implicitDeny'
}

function verdictOf(text: string, request: AuthorizationRequest, hasBoundary: boolean): Verdict {
  const document = JSON.parse(text) as { Version?: string; Statement: Statement | Statement[] }
  const variables = document.Version === '2012-10-17'
  const verdict: Verdict = { denies: false, allows: 'nobody' }
  for (const statement of list(document.Statement)) {
    const named = principalNamed(statement, request.principal, hasBoundary)
    if (named === 'nobody' || !actionCovered(statement, request.action)) continue
    if (!resourceCovered(statement, request, variables) || !conditionsTrue(statement, request, variables)) continue
    if (statement.Effect === 'Deny') verdict.denies = true
    else verdict.allows = better(verdict.allows, named)
  }
  return verdict
}

// "AWS JSON policy elements: Principal", "NotPrincipal"

function principalNamed(statement: Statement, principal: PolicyPrincipal, hasBoundary: boolean): Named {
  if (statement['Principal'] !== undefined) return namedIn(statement['Principal'], principal)
  if (statement['NotPrincipal'] === undefined) return 'caller'
  const element = statement['NotPrincipal']
  if (statement.Effect === 'Allow') return namedIn(element, principal) === 'nobody' ? 'caller' : 'nobody'
  return !hasBoundary && sparedBy(element, principal) ? 'nobody' : 'caller'
}

function entries(element: unknown, type: string): string[] {
  return typeof element === 'string' ? [] : list((element as Record<string, string | string[]>)[type])
}

function isEveryone(element: unknown): boolean {
  return element === '*' || entries(element, 'AWS').includes('*')
}

function accountNamed(element: unknown, account: string, canonicalId: string | undefined): boolean {
  if (canonicalId !== undefined && entries(element, 'CanonicalUser').includes(canonicalId)) return true
  return entries(element, 'AWS').some(value => value === account || new RegExp(`^arn:[^:]+:iam::${account}:root$`).test(value))
}

function namedIn(element: unknown, principal: PolicyPrincipal): Named {
  if (isEveryone(element)) return 'caller'
  const aws = entries(element, 'AWS')
  switch (principal.type) {
    case 'anonymous':
      return 'nobody'
    case 'service': {
      const names = [principal.service, ...(principal.serviceNames ?? []), '*']
      return entries(element, 'Service').some(value => names.includes(value)) ? 'caller' : 'nobody'
    }
    case 'webIdentity':
    case 'saml':
      return entries(element, 'Federated').some(value => value === principal.provider || value === '*') ? 'caller' : 'nobody'
    case 'root':
      return accountNamed(element, principal.account, principal.canonicalId) ? 'caller' : 'nobody'
    case 'user':
      if (aws.includes(principal.arn) || aws.includes(principal.userId)) return 'caller'
      break
    case 'roleSession':
      if (aws.includes(principal.arn)) return 'caller'
      if (aws.includes(principal.roleArn) || aws.includes(principal.roleId)) return 'entity'
      break
    case 'federatedUser':
      if (aws.includes(principal.arn)) return 'caller'
      if (aws.includes(principal.userArn) && !principal.userArn.endsWith(':root')) return 'entity'
      break
  }
  return accountNamed(element, principal.account, principal.canonicalId) ? 'account' : 'nobody'
}

/** AWS validates the account, then the user or role, then the session. */
function sparedBy(element: unknown, principal: PolicyPrincipal): boolean {
  if (isEveryone(element)) return true
  const aws = entries(element, 'AWS')
  if (principal.type === 'user') {
    return (
      accountNamed(element, principal.account, principal.canonicalId) && (aws.includes(principal.arn) || aws.includes(principal.userId))
    )
  }
  if (principal.type === 'federatedUser') {
    return (
      accountNamed(element, principal.account, principal.canonicalId) && (aws.includes(principal.arn) || aws.includes(principal.userArn))
    )
  }
  if (principal.type === 'roleSession') {
    if (!accountNamed(element, principal.account, principal.canonicalId)) return false
    if (!aws.includes(principal.roleArn) && !aws.includes(principal.roleId)) return false
    const sessions = aws.filter(value => value.startsWith(principal.arn.replace(/[^/]*$/, '')))
    return sessions.length === 0 || sessions.includes(principal.arn)
  }
  return namedIn(element, principal) !== 'nobody'
}

// "IAM JSON policy elements: Action", "NotAction"

function wildcardToRegExp(pattern: string, flags: string): RegExp {
  return new RegExp(
    `^${pattern
      .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
      .replaceAll('*', '[^]*')
      .replaceAll('?', '[^]')}$`,
    flags,
  )
}

function actionCovered(statement: Statement, action: string): boolean {
  const covers = (value: string) => value === '*' || value === '*:*' || wildcardToRegExp(value, 'i').test(action)
  if (statement['Action'] !== undefined) return list(statement['Action'] as string | string[]).some(covers)
  return !list(statement['NotAction'] as string | string[]).some(covers)
}

// "IAM JSON policy elements: Resource", "NotResource"; "Variables and tags"

function resourceCovered(statement: Statement, request: AuthorizationRequest, variables: boolean): boolean {
  const negated = statement['NotResource'] !== undefined
  const values = (negated ? statement['NotResource'] : statement['Resource']) as string | string[] | undefined
  if (values === undefined) return true
  return list(values).some(value => resourceMatches(value, request, variables)) !== negated
}

function resourceMatches(value: string, request: AuthorizationRequest, variables: boolean): boolean {
  if (!value.startsWith('arn:')) {
    const source = substitute(value, request, variables, '[^]*', '[^]')
    return source !== undefined && new RegExp(`^${source}$`).test(request.resource)
  }
  const segments = value.split(':')
  while (segments.length < 6) segments.push('*')
  // A `*` at the end of a segment expands over colons; other wildcards stay within theirs.
  const head = segments.slice(0, 5).map(segment => {
    const inner = segment.endsWith('*') ? segment.slice(0, -1) : segment
    const source = inner
      .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
      .replaceAll('*', '[^:]*')
      .replaceAll('?', '[^:]')
    return segment.endsWith('*') ? `${source}[^]*` : source
  })
  const tail = substitute(segments.slice(5).join(':'), request, variables, '[^]*', '[^]')
  return tail !== undefined && new RegExp(`^${head.join(':')}:${tail}$`).test(request.resource)
}

const escapeRegExp = (text: string) => text.replace(/[\\^$.|+()[\]{}*?]/g, '\\$&')

/** The source of a regular expression for text with wildcards and policy variables; undefined when a variable has no value. */
function substitute(text: string, request: AuthorizationRequest, variables: boolean, any: string, one: string): string | undefined {
  let missing = false
  const plain = (part: string) =>
    part
      .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
      .replaceAll('*', any)
      .replaceAll('?', one)
  if (!variables) return plain(text)
  const source = text
    .split(/(\$\{[*?$]\}|\$\{[^${}'", ]+:[^${}'", ]*(?:,\s*'[^'{}]*')?\})/)
    .map((part, i) => {
      if (i % 2 === 0) return plain(part)
      const name = part.slice(2, -1)
      if (name.length === 1) return escapeRegExp(name)
      const [, key = '', fallback] = /^([^,]+)(?:,\s*'(.*)')?$/.exec(name) ?? []
      const value = lookUp(key, request)
      const resolved = value === undefined || Array.isArray(value) ? fallback : asText(value as string)
      if (resolved === undefined) missing = true
      return escapeRegExp(resolved ?? '')
    })
    .join('')
  return missing ? undefined : source
}

// "AWS global condition context keys", "Principal key values"

function lookUp(name: string, request: AuthorizationRequest): ContextValue | undefined {
  const wanted = name.toLowerCase()
  for (const [key, value] of Object.entries(request.context)) if (key.toLowerCase() === wanted && value !== undefined) return value
  const { principal } = request
  switch (wanted) {
    case 'aws:principalarn':
      if (principal.type === 'roleSession') return principal.roleArn
      return 'arn' in principal ? principal.arn : undefined
    case 'aws:principalaccount':
      return principal.account
    case 'aws:principalisawsservice':
      return principal.type === 'service'
    case 'aws:username':
      return principal.type === 'user' ? principal.userName : undefined
    case 'aws:userid':
      if (principal.type === 'user') return principal.userId
      if (principal.type === 'root') return principal.account
      if (principal.type === 'roleSession') return `${principal.roleId}:${principal.sessionName}`
      return principal.type === 'federatedUser' ? `${principal.account}:${principal.arn.split('/')[1]}` : undefined
    case 'aws:resourceaccount':
      return request.resourceAccount ?? (/^arn:[^:]*:[^:]*:[^:]*:([^:]+):/.exec(request.resource)?.[1] || principal.account)
    default:
      return undefined
  }
}

function asText(value: string | number | boolean | Date): string {
  return value instanceof Date ? value.toISOString().replace(/\.\d+Z$/, 'Z') : String(value)
}

// "IAM JSON policy elements: Condition operators", "Multivalued context keys"

function conditionsTrue(statement: Statement, request: AuthorizationRequest, variables: boolean): boolean {
  const block = (statement['Condition'] ?? {}) as Record<string, Record<string, unknown>>
  return Object.entries(block).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => conditionTrue(operator, key, list(values).map(String), request, variables)),
  )
}

function conditionTrue(operator: string, key: string, wanted: string[], request: AuthorizationRequest, variables: boolean): boolean {
  const [qualifier, name = operator] = operator.includes(':') ? operator.toLowerCase().split(':') : [undefined, operator.toLowerCase()]
  const ifExists = name.endsWith('ifexists')
  const base = ifExists ? name.slice(0, -'ifexists'.length) : name
  const negated = base.includes('not')
  const value = lookUp(key, request)
  const values = value === undefined ? [] : list(value as string | string[])
  if (base === 'null') {
    const absent = value === undefined || (Array.isArray(value) && values.every(item => item === ''))
    return wanted.some(text => text.toLowerCase() === String(absent))
  }
  const satisfied = (actual: string) => {
    return wanted.some(text => compare(base.replace('not', ''), actual, text, request, variables)) !== negated
  }
  const empty = values.every(item => item === '')
  if (qualifier === 'forallvalues') return empty || values.every(satisfied)
  if (qualifier === 'foranyvalue') return empty ? ifExists : values.some(satisfied)
  if (values.length === 0) return ifExists || negated
  return negated ? values.every(satisfied) : values.some(satisfied)
}

/** Whether one value equals, is like, or is in order to one wanted value; a wanted value whose variable is missing matches nothing. */
function compare(
  base: string,
  actual: string | number | boolean | Date,
  wanted: string,
  request: AuthorizationRequest,
  variables: boolean,
): boolean {
  const text = asText(actual)
  const withVariables = (flags: string, any: string, one: string) => {
    const source = substitute(wanted, request, variables, any, one)
    return source !== undefined && new RegExp(`^${source}$`, flags).test(text)
  }
  if (base === 'stringequals') return withVariables('', '\\*', '\\?')
  if (base === 'stringequalsignorecase' || base === 'bool') return withVariables('i', '\\*', '\\?')
  if (base === 'stringlike') return withVariables('', '[^]*', '[^]')
  if (base === 'arnequals' || base === 'arnlike') return arnLike(text, wanted, request, variables)
  if (base === 'ipaddress') return typeof actual === 'string' && inRange(actual, wanted)
  if (base === 'binaryequals') return typeof actual === 'string' && sameBytes(actual, wanted)
  const numeric = base.startsWith('numeric')
  const left = numeric ? numberOf(actual) : timeOf(actual)
  const right = numeric ? numberOf(wanted) : timeOf(wanted)
  switch (base.replace(/^(numeric|date)/, '')) {
    case 'equals':
      return left === right
    case 'lessthan':
      return left < right
    case 'lessthanequals':
      return left <= right
    case 'greaterthan':
      return left > right
    case 'greaterthanequals':
      return left >= right
    default:
      throw new Error(`unknown operator ${base}`)
  }
}

/** Each of the six components is compared by itself. */
function arnLike(text: string, wanted: string, request: AuthorizationRequest, variables: boolean): boolean {
  if (wanted === '*') return true
  // Values of variables come in before the components are told apart; their wildcards stay literal.
  const marked = wanted.split(/(\$\{[*?$]\}|\$\{[^${}'", ]+:[^${}'", ]*(?:,\s*'[^'{}]*')?\})/).map((part, i) => {
    if (i % 2 === 0 || !variables) return part.replaceAll('*', '\u0001').replaceAll('?', '\u0002')
    const source = substitute(part, request, variables, '', '')
    return source?.replace(/\\(.)/g, '$1')
  })
  if (marked.includes(undefined)) return false
  const split = (arn: string) => [...arn.split(':').slice(0, 5), arn.split(':').slice(5).join(':')]
  const wantedText = marked.join('')
  if (wantedText === '\u0001') return true
  if (text.split(':').length < 6 || wantedText.split(':').length < 6) return false
  const patterns = split(wantedText)
  return split(text).every((component, i) => {
    const source = escapeRegExp(patterns[i] ?? '')
      .replaceAll('\u0001', '[^]*')
      .replaceAll('\u0002', '[^]')
    return new RegExp(`^${source}$`).test(component)
  })
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value
  return typeof value === 'string' && value.trim() !== '' && /^[-+.\deE]+$/.test(value) ? Number(value) : Number.NaN
}

function timeOf(value: unknown): number {
  if (value instanceof Date) return value.getTime()
  if (typeof value === 'number') return value * 1000
  if (typeof value !== 'string') return Number.NaN
  if (/^\d{4}(-|$)/.test(value)) return Date.parse(value)
  return /^\d{5,}$/.test(value) ? Number(value) * 1000 : Number.NaN
}

/** All bits of an address, as text of 0 and 1; undefined for what is not one. */
function bitsOf(address: string): string | undefined {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(address)) {
    const bytes = address.split('.').map(Number)
    return bytes.every(byte => byte < 256) ? bytes.map(byte => byte.toString(2).padStart(8, '0')).join('') : undefined
  }
  if (!/^[0-9a-f:]+$/i.test(address) || !address.includes(':')) return undefined
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  const groups = tail === undefined ? left : [...left, ...zeros, ...right]
  if (groups.length !== 8) return undefined
  return groups.map(group => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('')
}

function inRange(address: string, range: string): boolean {
  const [start = '', length] = range.split('/')
  const wanted = bitsOf(start)
  const actual = bitsOf(address)
  if (!wanted || !actual || wanted.length !== actual.length) return false
  const compared = length === undefined ? wanted.length : Number(length)
  return compared <= wanted.length && wanted.slice(0, compared) === actual.slice(0, compared)
}

function sameBytes(a: string, b: string): boolean {
  const bytes = (text: string) => (/^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, 'base64').toString('hex') : undefined)
  return bytes(a) !== undefined && bytes(a) === bytes(b)
}
