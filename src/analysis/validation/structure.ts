import { type JsonMember, policySize, policySizeLimits } from '../../policy/index.ts'
import { type Findings, itemsOf, keyOf, type Place, valueOf } from './finding.ts'
import type { StatementView, Subject } from './statement.ts'

const documentElements = ['Version', 'Id', 'Statement']
const statementElements = ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']
const versions = ['2012-10-17', '2008-10-17']

const policyTypeNames = {
  identity: 'IDENTITY_POLICY',
  resource: 'RESOURCE_POLICY',
  trust: 'RESOURCE_POLICY',
  scp: 'SERVICE_CONTROL_POLICY',
  rcp: 'RESOURCE_CONTROL_POLICY',
}

/** What holds of the document as a whole. IAM User Guide, "Grammar of the IAM JSON policy language". */
export function checkDocument({ root, kind, text, statements }: Subject, findings: Findings) {
  if (root.node.type !== 'object') {
    findings.add('DATA_TYPE_MISMATCH', root, { dataType: 'object' })
    return
  }
  const members = uniqueMembers(root, documentElements, findings)
  const version = members.get('Version')
  if (!version) findings.add('MISSING_VERSION', root)
  else checkVersion(valueOf(root, version), findings)
  const statement = members.get('Statement')
  if (!statement || (statement.value.type === 'array' && statement.value.items.length === 0)) findings.add('MISSING_STATEMENT', root)
  const id = members.get('Id')
  if (id && id.value.type !== 'string') findings.add('DATA_TYPE_MISMATCH', valueOf(root, id), { dataType: 'string' })
  if (id && kind === 'identity') findings.add('INVALID_POLICY_ELEMENT', keyOf(root, id), { element: 'Id' })
  if (statement && statement.value.type !== 'array' && statement.value.type !== 'object') {
    findings.add('DATA_TYPE_MISMATCH', valueOf(root, statement), { dataType: 'array' })
  }
  checkSize(text, kind, root, findings)
  checkSids(statements, kind, findings)
  checkRepetition(statements, findings)
}

function checkVersion(place: Place, findings: Findings) {
  if (place.node.type !== 'string') findings.add('DATA_TYPE_MISMATCH', place, { dataType: 'string' })
  else if (!versions.includes(place.node.value))
    findings.add('INVALID_VERSION', place, { version: place.node.value, versions: versions.join(', ') })
}

function checkSize(text: string, kind: Subject['kind'], root: Place, findings: Findings) {
  const exceeds = (size: number, quota: number) => (size > quota ? { policySize: String(size), policySizeQuota: String(quota) } : undefined)
  if (kind === 'scp' || kind === 'rcp') {
    const values = exceeds(policySize(text, kind), policySizeLimits[kind])
    if (values) findings.add(kind === 'scp' ? 'POLICY_SIZE_EXCEEDS_SCP_QUOTA' : 'POLICY_SIZE_EXCEEDS_RCP_QUOTA', root, values)
  } else if (kind === 'identity') {
    const values = exceeds(policySize(text, kind), policySizeLimits.managed)
    if (values) findings.add('POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA', root, values)
  } else if (kind === 'trust') {
    if (exceeds(policySize(text, kind), policySizeLimits.trust)) findings.add('POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA', root)
  } else {
    const values = exceeds(text.length, policySizeLimits.bucket)
    if (values) findings.add('POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA', root, values)
  }
}

function checkSids(statements: readonly StatementView[], kind: Subject['kind'], findings: Findings) {
  const seen = new Set<string>()
  for (const { members, place } of statements) {
    const sid = members.get('Sid')
    if (!sid) continue
    const value = valueOf(place, sid)
    if (sid.value.type !== 'string') {
      findings.add('DATA_TYPE_MISMATCH', value, { dataType: 'string' })
      continue
    }
    const text = sid.value.value
    if (text === '') findings.add('EMPTY_SID_VALUE', value)
    else if (kind !== 'resource' && !/^[0-9A-Za-z]*$/.test(text)) findings.add('UNSUPPORTED_SID', value)
    if (text !== '' && seen.has(text)) findings.add(kind === 'resource' ? 'UNIQUE_SIDS_RECOMMENDED' : 'UNIQUE_SIDS_REQUIRED', value)
    seen.add(text)
  }
}

/** Statements that say the same but for their Sid. */
function checkRepetition(statements: readonly StatementView[], findings: Findings) {
  const seen = new Map<string, StatementView[]>()
  for (const statement of statements) {
    const meaning = JSON.stringify(
      [...statement.members.values()]
        .filter(({ key }) => key !== 'Sid')
        .map(({ key, value }) => `${key} ${meaningOf(value)}`)
        .sort(byText),
    )
    seen.set(meaning, [...(seen.get(meaning) ?? []), statement])
  }
  for (const same of seen.values())
    if (same.length > 1)
      findings.add(
        'REDUNDANT_STATEMENT',
        same.map(({ place }) => place),
      )
}

/** Text that is equal for values that mean the same: neither the order of lists nor of keys matters. */
function meaningOf(node: JsonMember['value']): string {
  if (node.type === 'object')
    return `{${node.members
      .map(({ key, value }) => `${JSON.stringify(key)}:${meaningOf(value)}`)
      .sort(byText)
      .join(',')}}`
  if (node.type === 'array') return node.items.map(meaningOf).sort(byText).join(',')
  return JSON.stringify(node.value)
}

const byText = (first: string, second: string): number => (first < second ? -1 : first > second ? 1 : 0)

/** What holds of the elements of a statement, apart from their values. */
export function checkStatementShape(statement: StatementView, { kind }: Subject, findings: Findings) {
  const { place } = statement
  if (place.node.type !== 'object') {
    findings.add('DATA_TYPE_MISMATCH', place, { dataType: 'object' })
    return
  }
  const members = uniqueMembers(place, statementElements, findings)
  for (const name of ['Action', 'Resource', 'Principal']) {
    const negation = members.get(`Not${name}`)
    if (members.has(name) && negation)
      findings.add('UNSUPPORTED_ELEMENT_COMBINATION', keyOf(place, negation), { element1: name, element2: `Not${name}` })
  }
  checkEffect(members.get('Effect'), place, findings)
  checkList(statement, 'Action', findings)
  checkList(statement, 'Resource', findings)
  if (!members.has('Action') && !members.has('NotAction')) findings.add('MISSING_ACTION', place)
  if (kind === 'trust') {
    for (const name of ['Resource', 'NotResource']) {
      const member = members.get(name)
      if (member) findings.add('ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE', keyOf(place, member))
    }
  } else if (!members.has('Resource') && !members.has('NotResource')) findings.add('MISSING_RESOURCE', place)
  checkPrincipalPresence(members, place, kind, findings)
  const condition = members.get('Condition')
  if (condition && condition.value.type !== 'object') findings.add('DATA_TYPE_MISMATCH', valueOf(place, condition), { dataType: 'object' })
  else if (condition?.value.type === 'object' && condition.value.members.length === 0)
    findings.add('EMPTY_OBJECT_CONDITION', valueOf(place, condition))
}

function checkEffect(effect: JsonMember | undefined, place: Place, findings: Findings) {
  if (!effect) findings.add('MISSING_EFFECT', place)
  else if (effect.value.type !== 'string') findings.add('DATA_TYPE_MISMATCH', valueOf(place, effect), { dataType: 'string' })
  else if (!['Allow', 'Deny'].includes(effect.value.value))
    findings.add('INVALID_EFFECT', valueOf(place, effect), { effect: effect.value.value })
}

function checkList({ members, place }: StatementView, name: 'Action' | 'Resource', findings: Findings) {
  for (const key of [name, `Not${name}`]) {
    const member = members.get(key)
    if (!member) continue
    const value = valueOf(place, member)
    if (member.value.type === 'array' && member.value.items.length === 0)
      findings.add(`EMPTY_ARRAY_${name === 'Action' ? 'ACTION' : 'RESOURCE'}`, value)
    for (const item of itemsOf(value)) if (item.node.type !== 'string') findings.add('DATA_TYPE_MISMATCH', item, { dataType: 'string' })
  }
}

function checkPrincipalPresence(members: ReadonlyMap<string, JsonMember>, place: Place, kind: Subject['kind'], findings: Findings) {
  const principal = members.get('Principal') ?? members.get('NotPrincipal')
  if (kind === 'identity' || kind === 'scp') {
    if (!principal) return
    if (kind === 'scp') findings.add('SCP_SYNTAX_ERROR_PRINCIPAL', keyOf(place, principal))
    else findings.add('UNSUPPORTED_PRINCIPAL', keyOf(place, principal), { policyType: policyTypeNames[kind] })
  } else if (!principal) findings.add('MISSING_PRINCIPAL', place)
}

/** The members by key. A key that is there twice has no meaning that everyone agrees on: RFC 8259, section 4. */
function uniqueMembers(place: Place, known: readonly string[], findings: Findings): Map<string, JsonMember> {
  const members = new Map<string, JsonMember>()
  for (const member of place.node.type === 'object' ? place.node.members : []) {
    if (members.has(member.key)) findings.add('JSON_SYNTAX_ERROR_ELSEWHERE', keyOf(place, member))
    if (!known.includes(member.key)) findings.add('INVALID_POLICY_ELEMENT', keyOf(place, member), { element: member.key })
    members.set(member.key, member)
  }
  return members
}
