import type { JsonMember, JsonNode, JsonStringNode } from '../../policy/index.ts'
import { parseOperator } from '../../policy/index.ts'
import { conditionOperators, type OperatorForm } from '../../policy/condition-types.ts'
import { itemsOf, keyOf, type Place, valueOf } from './finding.ts'

/** Policy types of ValidatePolicy; `trust` is a resource policy that a role has. */
export type CheckedKind = 'identity' | 'resource' | 'trust' | 'scp' | 'rcp'

/** What a rule knows of the document. */
export interface Subject {
  readonly text: string
  readonly kind: CheckedKind
  /** Such as `AWS::S3::Bucket`. */
  readonly resourceType: string | undefined
  /** Whether policy variables count. */
  readonly variables: boolean
  readonly root: Place
  readonly statements: readonly StatementView[]
}

/** A statement as far as it can be read. */
export interface StatementView {
  readonly place: Place
  readonly members: ReadonlyMap<string, JsonMember>
  readonly effect: 'Allow' | 'Deny' | undefined
  readonly action: ElementView | undefined
  readonly resource: ElementView | undefined
  readonly principal: PrincipalView | undefined
  readonly conditions: readonly ConditionView[]
}

/** Action, NotAction, Resource or NotResource. */
export interface ElementView {
  readonly negated: boolean
  readonly place: Place
  readonly values: readonly Place<JsonStringNode>[]
}

export interface PrincipalView {
  readonly negated: boolean
  readonly place: Place
  /** `"*"` instead of an object. */
  readonly everyone: boolean
  readonly entries: readonly { readonly type: string; readonly value: Place<JsonStringNode> }[]
}

export interface ConditionView {
  /** As written. */
  readonly operator: string
  readonly operatorKey: Place<{ start: number; end: number }>
  /** Undefined for operators that do not exist. */
  readonly form: OperatorForm | undefined
  readonly base: string
  readonly qualifier: 'ForAllValues' | 'ForAnyValue' | undefined
  readonly ifExists: boolean
  readonly key: string
  readonly keyPlace: Place<{ start: number; end: number }>
  readonly place: Place
  readonly values: readonly Place[]
}

/** The text of a value as conditions compare it. */
export const textOf = (node: JsonNode): string | undefined => (node.type === 'object' || node.type === 'array' ? undefined : node.value)

/** Whether text is a service-independent condition key. */
export const isGlobal = (key: string): boolean => key.toLowerCase().startsWith('aws:')

/** Whether a condition is on a key, in any case; a name that ends with a slash stands for any tag. */
export const isOn = ({ key }: { readonly key: string }, name: string): boolean =>
  name.endsWith('/') ? key.toLowerCase().startsWith(name.toLowerCase()) : key.toLowerCase() === name.toLowerCase()

/** Reads a statement. */
export function readStatement(place: Place): StatementView {
  const members = new Map(place.node.type === 'object' ? place.node.members.map(member => [member.key, member] as const) : [])
  const effect = members.get('Effect')?.value
  const effectText = effect?.type === 'string' ? effect.value : undefined
  return {
    place,
    members,
    effect: effectText === 'Allow' || effectText === 'Deny' ? effectText : undefined,
    action: readElement(place, members, 'Action'),
    resource: readElement(place, members, 'Resource'),
    principal: readPrincipal(place, members),
    conditions: readConditions(place, members.get('Condition')),
  }
}

function readElement(place: Place, members: ReadonlyMap<string, JsonMember>, name: string): ElementView | undefined {
  const member = members.get(name) ?? members.get(`Not${name}`)
  if (!member) return undefined
  const value = valueOf(place, member)
  return { negated: member.key !== name, place: value, values: itemsOf(value).filter(isText) }
}

const isText = (place: Place): place is Place<JsonStringNode> => place.node.type === 'string'

function readPrincipal(place: Place, members: ReadonlyMap<string, JsonMember>): PrincipalView | undefined {
  const member = members.get('Principal') ?? members.get('NotPrincipal')
  if (!member) return undefined
  const value = valueOf(place, member)
  const { node } = value
  const entries =
    node.type === 'object'
      ? node.members.flatMap(entry =>
          itemsOf(valueOf(value, entry))
            .filter(isText)
            .map(item => ({ type: entry.key, value: item })),
        )
      : []
  return { negated: member.key !== 'Principal', place: value, everyone: node.type === 'string' && node.value === '*', entries }
}

function readConditions(place: Place, member: JsonMember | undefined): ConditionView[] {
  if (member?.value.type !== 'object') return []
  const block = valueOf(place, member)
  return member.value.members.flatMap(operator => {
    if (operator.value.type !== 'object') return []
    const operands = valueOf(block, operator)
    const name = parseOperator(operator.key)
    return operator.value.members.map(entry => {
      const value = valueOf(operands, entry)
      return {
        operator: operator.key,
        operatorKey: keyOf(block, operator),
        form: name && conditionOperators[name.base],
        base: name?.base ?? operator.key,
        qualifier: name?.qualifier,
        ifExists: name?.ifExists ?? false,
        key: entry.key,
        keyPlace: keyOf(operands, entry),
        place: value,
        values: itemsOf(value),
      }
    })
  })
}
