import { type Command, InvalidArgumentError } from 'commander'
import {
  type ApplicablePolicies,
  type CompiledPolicy,
  compilePolicy,
  MalformedPolicyDocument,
  parsePolicy,
  type PolicyDocument,
  type PolicyPrincipal,
  type RequestContext,
} from '../policy/index.ts'
import { parseArn } from '../types/arn.ts'
import { openClient } from './client.ts'
import { readNamedFile } from './named-file.ts'
import { heldPolicies, readAccount, trustPolicyOf } from './principal-policies.ts'

/** The options that `gatehouse simulate` and `gatehouse explain` share: whose request, under which policies and circumstances. */
export interface PolicyOptions {
  readonly principal?: string
  readonly caller: string
  readonly policy: readonly string[]
  readonly boundary?: string
  readonly sessionPolicy: readonly string[]
  readonly resourcePolicy?: string
  readonly trustPolicy?: string
  readonly scp: readonly string[]
  readonly rcp: readonly string[]
  readonly context: readonly string[]
  readonly data?: string
  readonly json?: boolean
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value]

/** Adds the shared options to a command. */
export function withPolicyOptions(command: Command): Command {
  return command
    .option('--principal <arn>', 'a user, role or role session of a running Gatehouse (or of AWS), whose policies are read by the IAM API')
    .option('--caller <arn>', 'who asks, when no --principal is given; nothing is read', 'arn:aws:iam::111122223333:user/someone')
    .option('--policy <file>', 'an identity-based policy, beside those of the principal; repeatable', collect, [])
    .option('--boundary <file>', "a permissions boundary, instead of the principal's")
    .option('--session-policy <file>', 'a session policy; repeatable', collect, [])
    .option('--resource-policy <file>', "the resource's own policy")
    .option('--trust-policy <file>', 'the trust policy of the role that is the resource; read by the IAM API with --principal')
    .option('--scp <file>', 'a service control policy; each is a level, the root of the organization first; repeatable', collect, [])
    .option('--rcp <file>', 'a resource control policy; each is a level; repeatable', collect, [])
    .option('--context <key=value>', 'a condition key of the request; given twice, it has several values; repeatable', collect, [])
    .option('--data <folder>', 'the data folder of the running Gatehouse, instead of AWS_ENDPOINT_URL and keys in the environment')
    .option('--json', 'as JSON')
}

/** What the options mean: all of a question but its action and resource. */
export interface PolicyQuestion {
  readonly principal: PolicyPrincipal
  readonly context: RequestContext
  /** The policies for a call on a resource; a role's trust policy is its resource policy for calls of STS. */
  policiesFor(action: string, resource: string): ApplicablePolicies
}

/**
 * Reads files and, with `--principal`, the account.
 * @throws Error that names the file, line and column of what is wrong
 */
export async function readPolicyQuestion(options: PolicyOptions): Promise<PolicyQuestion> {
  const files = filePolicies(options)
  const context = contextOf(options.context)
  const trust = options.trustPolicy === undefined ? undefined : readPolicy(options.trustPolicy, 'trust')
  if (options.principal === undefined) {
    return { principal: principalOf(options.caller), context, policiesFor: action => withTrust(files, isOfSts(action) ? trust : undefined) }
  }
  const client = openClient(options.data)
  const account = await readAccount(client)
  const held = await heldPolicies(client, account, options.principal)
  const boundary = files.boundary ?? held.boundary
  const policies = { ...files, identity: [...held.identity, ...files.identity], ...(boundary && { boundary }) }
  return {
    principal: held.principal,
    context: { ...held.tags, ...context },
    policiesFor: (action, resource) => withTrust(policies, isOfSts(action) ? (trust ?? trustPolicyOf(account, resource)) : undefined),
  }
}

/** @throws InvalidArgumentError for what is no name of an action, such as a resource in its place */
export function actionName(text: string): string {
  if (!/^[\w-]+:[\w*?]+$/.test(text)) throw new InvalidArgumentError('An action is SERVICE:NAME, such as s3:GetObject.')
  return text
}

const isOfSts = (action: string) => action.toLowerCase().startsWith('sts:')

const withTrust = (policies: ApplicablePolicies, trust: CompiledPolicy | undefined): ApplicablePolicies =>
  trust ? { ...policies, resource: trust, resourceMustAllow: true } : policies

function filePolicies({ policy, boundary, sessionPolicy, resourcePolicy, scp, rcp }: PolicyOptions): ApplicablePolicies {
  return {
    identity: policy.map(file => readPolicy(file, 'identity')),
    ...(boundary !== undefined && { boundary: readPolicy(boundary, 'boundary') }),
    ...(sessionPolicy.length > 0 && { session: sessionPolicy.map(file => readPolicy(file, 'session')) }),
    ...(resourcePolicy !== undefined && { resource: readPolicy(resourcePolicy, 'resource') }),
    ...(scp.length > 0 && { scps: scp.map(file => [readPolicy(file, 'scp')]) }),
    ...(rcp.length > 0 && { rcps: rcp.map(file => [readPolicy(file, 'rcp')]) }),
  }
}

const sourceTypes = {
  identity: 'user managed',
  boundary: 'boundary',
  session: 'session',
  resource: 'resource',
  trust: 'trust',
  scp: 'scp',
  rcp: 'rcp',
} as const

function readPolicy(file: string, kind: keyof typeof sourceTypes): CompiledPolicy {
  return compilePolicy(parsed(file, kind), { id: file, type: sourceTypes[kind] })
}

function parsed(file: string, kind: keyof typeof sourceTypes): PolicyDocument {
  try {
    return parsePolicy(readNamedFile(file), kind)
  } catch (problem) {
    if (problem instanceof MalformedPolicyDocument)
      throw new Error(`${file}:${problem.position.line}:${problem.position.column}: ${problem.detail}`, { cause: problem })
    throw problem
  }
}

function contextOf(entries: readonly string[]): RequestContext {
  const values = new Map<string, string[]>()
  for (const entry of entries) {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(entry) ?? []
    if (key === undefined || value === undefined) throw new Error(`--context ${entry}: give key=value`)
    values.set(key, [...(values.get(key) ?? []), value])
  }
  return Object.fromEntries([...values].map(([key, list]) => [key, list.length === 1 ? list[0] : list]))
}

/** The principal that an ARN, or a service's name, stands for; `*` is nobody in particular. */
function principalOf(text: string): PolicyPrincipal {
  if (text === '*') return { type: 'anonymous' }
  if (/^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/.test(text)) return { type: 'service', service: text }
  const { account = '', resource = '' } = parseArn(text) ?? {}
  const [kind, ...names] = resource.split('/')
  const [first, second] = [names[0] ?? '', names[1] ?? '']
  if (resource === 'root') return { type: 'root', account, arn: text }
  if (kind === 'user' && first !== '') return { type: 'user', account, arn: text, userId: '', userName: names.at(-1) ?? '' }
  if (kind === 'assumed-role' && second !== '') {
    const roleArn = `arn:aws:iam::${account}:role/${first}`
    return { type: 'roleSession', account, arn: text, roleArn, roleId: '', sessionName: second }
  }
  if (kind === 'role' && first !== '') {
    const arn = `arn:aws:sts::${account}:assumed-role/${names.at(-1)}/session`
    return { type: 'roleSession', account, arn, roleArn: text, roleId: '', sessionName: 'session' }
  }
  throw new Error(
    `--caller ${text}: give the ARN of a root user, user, role or role session, a service such as pods.eks.amazonaws.com, or *`,
  )
}
