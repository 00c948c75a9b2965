import { MalformedPolicyDocument, positionAt } from './errors.ts'
import { type JsonMember, type JsonNode, type JsonObjectNode, parseJson } from './json.ts'
import { parseOperator } from './condition-types.ts'
import { checkAction, checkConditionKey, checkResource, checkSid } from './parse-values.ts'
import { parsePrincipal } from './parse-principal.ts'
import { policyRules } from './policy-kinds.ts'
import { type Refusal, syntaxErrors } from './refusal.ts'
import type { Condition, PolicyDocument, PolicyKind, PolicyVersion, Statement, ValueList } from './document.ts'

/**
 * Parses a policy document strictly.
 * @param text  a raw document, JSON; its size is checked elsewhere (see `policySize`), since the limit depends on what it is attached to
 * @param kind  where it will be used
 * @returns     the policy, immutable, with positions
 * @throws      MalformedPolicyDocument with AWS's message and the place
 * @see         IAM User Guide, "Grammar of the IAM JSON policy language"
 */
export function parsePolicy(text: string, kind: PolicyKind): PolicyDocument {
  const refusal: Refusal = {
    kind,
    refuse(offset, message, detail) {
      throw new MalformedPolicyDocument(policyRules[kind].message ?? message, positionAt(text, offset), detail ?? message)
    },
  }
  const root = parseJson(text, policyRules[kind].message ?? policyRules[kind].notJson ?? syntaxErrors)
  if (root.type !== 'object') return refusal.refuse(root.start, syntaxErrors, 'A policy is a JSON object.')
  const elements = uniqueMembers(root, ['Version', 'Id', 'Statement'], refusal)

  const version = elements.get('Version')
  const id = elements.get('Id')
  if (id && !policyRules[kind].id) refusal.refuse(id.keyStart, syntaxErrors, 'The Id element is not for identity-based policies.')
  const statement = elements.get('Statement')
  if (!statement) return refusal.refuse(root.start, syntaxErrors, 'The Statement element is missing.')
  const nodes = statement.value.type === 'array' ? statement.value.items : [statement.value]
  if (nodes.length === 0) refusal.refuse(statement.value.start, syntaxErrors, 'A policy has at least one statement.')

  // Positions are told for every statement, so lines are counted once over the text instead of once a statement.
  const positions = positionCounter(text)
  const statementsStart = positions(statement.value.start + 1)
  const statements = nodes.map((node, index) => parseStatement(node, index, positions, refusal))
  refuseRepeatedSids(statements, nodes, refusal)
  return {
    kind,
    text,
    version: version ? parseVersion(version.value, refusal) : '2008-10-17',
    versionGiven: version !== undefined,
    id: id && stringOf(id.value, refusal),
    statements,
    statementsStart,
  }
}

const statementElements = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
] as const

function parseStatement(node: JsonNode, index: number, positions: (offset: number) => Statement['start'], refusal: Refusal): Statement {
  if (node.type !== 'object') return refusal.refuse(node.start, syntaxErrors, 'A statement is a JSON object.')
  const rules = policyRules[refusal.kind]
  const elements = uniqueMembers(node, statementElements, refusal)

  const effect = elements.get('Effect')
  if (!effect)
    return refusal.refuse(
      node.start,
      rules.principal === 'required' ? 'Missing required field Effect' : syntaxErrors,
      'The Effect element is missing.',
    )
  const effectText = stringOf(effect.value, refusal)
  if (effectText !== 'Allow' && effectText !== 'Deny') {
    return refusal.refuse(
      effect.value.start,
      rules.principal === 'required' ? `Invalid effect: ${effectText}` : syntaxErrors,
      'Effect is Allow or Deny.',
    )
  }

  const principal = oneOf(elements, 'Principal', 'NotPrincipal', refusal)
  if (principal && rules.principal === 'forbidden') refusal.refuse(principal.keyStart, 'Policy document should not specify a principal.')
  if (!principal && rules.principal === 'required') refusal.refuse(node.start, 'Missing required field Principal')
  for (const name of rules.prohibited ?? []) {
    const element = elements.get(name)
    if (element) refusal.refuse(element.keyStart, `Has prohibited field ${name}`)
  }

  const action = oneOf(elements, 'Action', 'NotAction', refusal)
  if (!action)
    return refusal.refuse(
      node.start,
      rules.principal === 'required' ? 'Missing required field Action' : 'Policy statement must contain actions.',
    )
  const actions = valueList(action, refusal)
  if (actions.values.length === 0) {
    refusal.refuse(
      action.value.start,
      rules.principal === 'required' ? 'Missing required field Action cannot be empty!' : 'Policy statement must contain actions.',
    )
  }
  actions.values.forEach((value, i) => checkAction(value, actions.offsets[i] ?? 0, refusal))

  const resource = oneOf(elements, 'Resource', 'NotResource', refusal)
  if (resource && rules.resource === 'forbidden') refusal.refuse(resource.keyStart, `Has prohibited field ${resource.key}`)
  if (!resource && rules.resource === 'required') refusal.refuse(node.start, 'Policy statement must contain resources.')
  const resources = resource && valueList(resource, refusal)
  if (resources?.values.length === 0) refusal.refuse(resource?.value.start ?? node.start, 'Policy statement must contain resources.')
  resources?.values.forEach((value, i) => checkResource(value, resources.offsets[i] ?? 0, refusal))

  const sid = elements.get('Sid')
  if (sid) checkSid(stringOf(sid.value, refusal), sid.value.start, refusal)
  const condition = elements.get('Condition')
  return {
    index,
    sid: sid && stringOf(sid.value, refusal),
    effect: effectText,
    principal: principal && parsePrincipal(principal, refusal),
    action: actions,
    resource: resources,
    conditions: condition ? parseConditions(condition.value, refusal) : [],
    start: positions(node.start),
    end: positions(node.end),
  }
}

function parseConditions(node: JsonNode, refusal: Refusal): readonly Condition[] {
  if (node.type !== 'object') return refusal.refuse(node.start, syntaxErrors, 'Condition is a JSON object of operators.')
  const conditions: Condition[] = []
  for (const { key: operator, keyStart, value } of uniqueMembers(node, undefined, refusal).values()) {
    const name = parseOperator(operator)
    if (!name) return refusal.refuse(keyStart, syntaxErrors, `There is no condition operator ${operator}.`)
    if (value.type !== 'object') return refusal.refuse(value.start, syntaxErrors, `${operator} takes a JSON object of condition keys.`)
    for (const { key, keyStart: offset, value: wanted } of uniqueMembers(value, undefined, refusal).values()) {
      checkConditionKey(key, offset, refusal)
      const values = (wanted.type === 'array' ? wanted.items : [wanted]).map(item => conditionValue(item, refusal))
      conditions.push({ operator, ...name, key, values, offset })
    }
  }
  return conditions
}

/** Quotation marks are optional for numbers and Booleans. */
function conditionValue(node: JsonNode, refusal: Refusal): string {
  if (node.type === 'string' || node.type === 'number' || node.type === 'boolean') return node.value
  return refusal.refuse(node.start, syntaxErrors, 'A condition value is a string, a number or a Boolean.')
}

function parseVersion(node: JsonNode, refusal: Refusal): PolicyVersion {
  const version = stringOf(node, refusal)
  if (version === '2012-10-17' || version === '2008-10-17') return version
  return refusal.refuse(node.start, syntaxErrors, `There is no policy language version ${version}.`)
}

/** The members by key; an unknown key or one that is there twice is refused. */
function uniqueMembers(node: JsonObjectNode, known: readonly string[] | undefined, refusal: Refusal): Map<string, JsonMember> {
  const members = new Map<string, JsonMember>()
  for (const member of node.members) {
    if (members.has(member.key)) refusal.refuse(member.keyStart, syntaxErrors, `The key ${member.key} is there twice.`)
    if (known && !known.includes(member.key)) refusal.refuse(member.keyStart, syntaxErrors, `There is no policy element ${member.key}.`)
    members.set(member.key, member)
  }
  return members
}

function oneOf(elements: Map<string, JsonMember>, name: string, negation: string, refusal: Refusal): JsonMember | undefined {
  const negated = elements.get(negation)
  const plain = elements.get(name)
  if (plain && negated) refusal.refuse(negated.keyStart, syntaxErrors, `A statement has ${name} or ${negation}, not both.`)
  return plain ?? negated
}

function valueList({ key, value }: JsonMember, refusal: Refusal): ValueList {
  const nodes = value.type === 'array' ? value.items : [value]
  return { negated: key.startsWith('Not'), values: nodes.map(node => stringOf(node, refusal)), offsets: nodes.map(node => node.start) }
}

function stringOf(node: JsonNode, refusal: Refusal): string {
  return node.type === 'string' ? node.value : refusal.refuse(node.start, syntaxErrors, 'A string is expected here.')
}

function refuseRepeatedSids(statements: readonly Statement[], nodes: readonly JsonNode[], refusal: Refusal) {
  const seen = new Set<string>()
  for (const { sid, index } of statements) {
    if (!sid) continue
    if (seen.has(sid)) refusal.refuse(nodes[index]?.start ?? 0, 'Statement IDs (SID) in a single policy must be unique.')
    seen.add(sid)
  }
}

/** Positions of offsets that are asked for in rising order. */
function positionCounter(text: string) {
  let line = 1
  let lineStart = 0
  let newline = text.indexOf('\n')
  return (offset: number): Statement['start'] => {
    while (newline !== -1 && newline < offset) {
      line++
      lineStart = newline + 1
      newline = text.indexOf('\n', lineStart)
    }
    return { line, column: offset - lineStart + 1, offset }
  }
}
