import type { Json, JsonObject } from '../../types/json.ts'
import { cloudformation } from './service.ts'
import { asText, isObject, type Template } from './template/template.ts'

// What updates may change of a stack. CloudFormation User Guide, "Prevent updates to stack resources".

export type UpdateAction = 'Update:Modify' | 'Update:Replace' | 'Update:Delete'

interface ProtectedResource {
  readonly logicalId: string
  readonly type: string
}

const mostBytes = 16_384
const elements = new Set(['Sid', 'Effect', 'Action', 'NotAction', 'Principal', 'Resource', 'NotResource', 'Condition'])

/**
 * Reads a stack policy that somebody gives.
 * @param template  of the stack: what a policy names must be there
 * @throws          ValidationError
 */
export function checkedStackPolicy(text: string, template: Template): string {
  if (Buffer.byteLength(text) > mostBytes) throw invalid(`Stack policy may not exceed ${mostBytes} bytes`)
  statementsOf(text).forEach((statement, index) => checkStatement(statement, index + 1, template))
  return text
}

const invalid = (problem: string) => new cloudformation.ValidationError(`Error validating stack policy: ${problem}`)

function statementsOf(text: string): readonly JsonObject[] {
  const policy = parsed(text)
  const statements = isObject(policy) ? [policy['Statement'] ?? []].flat() : []
  if (statements.length === 0 || !statements.every(each => isObject(each))) throw invalid('Invalid stack policy')
  return statements
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    throw invalid('Invalid stack policy')
  }
}

function checkStatement(statement: JsonObject, place: number, template: Template): void {
  const unknown = Object.keys(statement).find(element => !elements.has(element))
  const wrong =
    unknown !== undefined ||
    !['Allow', 'Deny'].includes(String(statement['Effect'])) ||
    statement['Principal'] !== '*' ||
    (statement['Action'] === undefined) === (statement['NotAction'] === undefined) ||
    (statement['Resource'] === undefined) === (statement['NotResource'] === undefined) ||
    !actionsOf(statement).every(action => /^Update:(Modify|Replace|Delete|\*)$|^\*$/.test(action)) ||
    !conditionsOf(statement).every(({ operator, key }) => operators.has(operator) && key === 'ResourceType')
  if (wrong) throw invalid(`Invalid statement {#${place}}${unknown === undefined ? '' : `: unknown element ${unknown}`}`)
  for (const resource of resourcesOf(statement)) {
    const [, id] = /^LogicalResourceId\/([^*?]+)$/.exec(resource) ?? []
    if (id !== undefined && !template.resources.has(id))
      throw invalid(
        `Unknown logical id '${resource}' in statement {#${place}} - stack policies can only be applied to logical ids referenced in the template`,
      )
  }
}

const texts = (value: Json | undefined): string[] => (value === undefined ? [] : [value].flat().map(asText))
const actionsOf = (statement: JsonObject) => texts(statement['Action'] ?? statement['NotAction'])
const resourcesOf = (statement: JsonObject) => texts(statement['Resource'] ?? statement['NotResource'])

const operators = new Set(['StringEquals', 'StringLike'])

function conditionsOf({ Condition }: JsonObject): { operator: string; key: string; values: string[] }[] {
  return Object.entries(isObject(Condition) ? Condition : {}).flatMap(([operator, keys]) =>
    Object.entries(isObject(keys) ? keys : {}).map(([key, values]) => ({ operator, key, values: texts(values) })),
  )
}

/**
 * Whether a policy lets an update do something to a resource: a policy protects all that it does not allow, and what it denies it does not allow.
 * @throws Error in the words of the resource's event
 */
export function requireAllowed(policy: string | null, action: UpdateAction, resource: ProtectedResource): void {
  if (policy === null) return
  const statements = statementsOf(policy)
  const [denying] = statements.flatMap((statement, index) =>
    statement['Effect'] === 'Deny' && covers(statement, action, resource) ? [index + 1] : [],
  )
  const named = `LogicalResourceId/${resource.logicalId}`
  if (denying !== undefined)
    throw new Error(`Action denied by stack policy: Statement [#${denying}] does not allow [${action}] for resource [${named}];`)
  if (!statements.some(statement => statement['Effect'] === 'Allow' && covers(statement, action, resource)))
    throw new Error(`Action not allowed by stack policy: no statement allows [${action}] for resource [${named}];`)
}

function covers(statement: JsonObject, action: UpdateAction, { logicalId, type }: ProtectedResource): boolean {
  const named = [`LogicalResourceId/${logicalId}`]
  return (
    oneMatches(actionsOf(statement), [action]) === (statement['NotAction'] === undefined) &&
    oneMatches(resourcesOf(statement), named) === (statement['NotResource'] === undefined) &&
    conditionsOf(statement).every(({ operator, values }) =>
      operator === 'StringEquals' ? values.includes(type) : oneMatches(values, [type]),
    )
  )
}

const oneMatches = (patterns: readonly string[], names: readonly string[]): boolean =>
  patterns.some(pattern => names.some(name => like(pattern).test(name)))

/** `*` stands for any characters, `?` for one. */
const like = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\/]/g, String.raw`\$&`)
      .replaceAll(/\*+/g, '.*')
      .replaceAll('?', '.')}$`,
    's',
  )
