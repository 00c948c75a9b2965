import { parseDate } from '../../policy/date.ts'
import { parsePrefix, type Prefix } from '../../policy/ip.ts'
import { hasWildcard } from '../patterns.ts'
import type { KeyFacts } from './condition-keys.ts'
import type { Findings, Place } from './finding.ts'
import { isServicePrincipal } from './principals.ts'
import { isRegion } from './regions.ts'
import { type ConditionView, isOn, textOf } from './statement.ts'

/** Operator types that fit a key's type. Service Authorization Reference, "Condition keys table". */
const fitting: Readonly<Record<string, { readonly types: readonly string[]; readonly operator: string }>> = {
  String: { types: ['string', 'arn'], operator: 'String' },
  ARN: { types: ['arn', 'string'], operator: 'ARN' },
  Numeric: { types: ['numeric'], operator: 'Numeric' },
  Date: { types: ['date', 'numeric'], operator: 'Date' },
  Bool: { types: ['boolean', 'string'], operator: 'Bool' },
  IPAddress: { types: ['ip'], operator: 'IpAddress' },
  Binary: { types: ['binary'], operator: 'Binary' },
}

/** What holds of the values of a condition. */
export function checkValues(condition: ConditionView, known: KeyFacts | undefined, findings: Findings) {
  const { form, values, keyPlace, operator, key } = condition
  const fits = known && fitting[known.type]
  if (fits && form && form.type !== 'null' && !fits.types.includes(form.type)) {
    findings.add('TYPE_MISMATCH', keyPlace, { allowed: fits.operator, operator, key })
  }
  if (known?.type === 'ARN' && /^string(not)?like$/i.test(condition.base)) {
    findings.add('STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS', keyPlace, { allowed: 'ARN', operator, key })
  }
  const types = new Set(values.map(({ node }) => node.type))
  if (types.size > 1) findings.add('INVALID_CONDITION_DATA_TYPE', condition.place)
  checkForm(condition, findings)
  checkContent(condition, findings)
  checkAddresses(condition, findings)
  checkWildcards(condition, findings)
}

const numberForm = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/
const isVariable = (text: string) => text.includes('${')

function checkForm({ form, values, operator, key, place }: ConditionView, findings: Findings) {
  if (!form) return
  const texts = values.map(value => [value, textOf(value.node)] as const)
  for (const [value, text] of texts) {
    if (text === undefined) findings.add('DATA_TYPE_MISMATCH', value, { dataType: 'string' })
    else if (!isVariable(text)) checkText(form.type, text, value, operator, findings)
  }
  if (form.type === 'boolean' && values.length > 1) findings.add('INVALID_CONDITION_MULTIPLE_BOOLEAN', place)
  if (form.ordered && (form.type === 'numeric' || form.type === 'date') && values.length > 1) {
    findings.add('REDUNDANT_CONDITION_VALUE_NUM', place, { operator, key, extreme: /lessthan/i.test(operator) ? 'greatest' : 'least' })
  }
}

function checkText(type: string, text: string, value: Place, operator: string, findings: Findings) {
  if ((type === 'boolean' || type === 'null') && !/^(true|false)$/i.test(text)) findings.add('TYPE_MISMATCH_BOOLEAN', value, { operator })
  if (type === 'numeric' && !numberForm.test(text)) findings.add('TYPE_MISMATCH_NUMBER', value, { operator })
  if (type === 'date') {
    if (numberForm.test(text) && !/^\d{4}$/.test(text)) findings.add('INVALID_DATE_VALUE', value, { date: text })
    else if (Number.isNaN(parseDate(text))) findings.add('TYPE_MISMATCH_DATE', value)
  }
  if (type === 'binary' && !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text))
    findings.add('TYPE_MISMATCH_STRING', value, { operator })
  if (type === 'ip' && !parsePrefix(text)) findings.add('TYPE_MISMATCH_IP_RANGE', value, { operator })
}

const serviceNameKeys = [
  'aws:PrincipalServiceName',
  'aws:PrincipalServiceNamesList',
  'aws:CalledVia',
  'aws:CalledViaFirst',
  'aws:CalledViaLast',
  'iam:PassedToService',
  'iam:AWSServiceName',
]
const keyArn = /^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key\/[A-Za-z0-9-]+$/
const kmsKeys = ['s3:x-amz-server-side-encryption-aws-kms-key-id', 'ebs:KmsKeyId', 'elasticfilesystem:KmsKeyId', 'rds:KmsKeyId']

/** Values whose form follows from the key. */
function checkContent(condition: ConditionView, findings: Findings) {
  if (condition.form?.type !== 'string' && condition.form?.type !== 'arn') return
  for (const value of condition.values) {
    const text = textOf(value.node) ?? ''
    if (isVariable(text) || hasWildcard(text)) continue
    const on = (name: string) => isOn(condition, name)
    if (on('aws:RequestedRegion') && !isRegion(text) && text !== 'aws-global') findings.add('INVALID_REGION', value, { region: text })
    if (on('aws:SourceVpc') && !/^vpc-([0-9a-z]{8}|[0-9a-z]{17})$/.test(text)) findings.add('INVALID_VPC_FORMAT', value)
    if (on('aws:SourceVpce') && !/^vpce-([0-9a-z]{8}|[0-9a-z]{17})$/.test(text)) findings.add('INVALID_VPCE_FORMAT', value)
    if (kmsKeys.some(on) && !keyArn.test(text)) findings.add('INVALID_KMS_KEY_VALUE', value, { key: condition.key })
    if (serviceNameKeys.some(on) && !isServicePrincipal(text)) {
      findings.add('INVALID_SERVICE_PRINCIPAL_FORMAT', value, { expectedFormat: 'service-name.amazonaws.com' })
    }
    if (on('kms:ViaService') && !/^[a-z0-9-]+\.[a-z]{2}[a-z0-9-]*-\d\.amazonaws\.com(\.cn)?$/.test(text)) {
      findings.add('INVALID_SERVICE_PRINCIPAL_FORMAT', value, { expectedFormat: 'service-name.AWS_region.amazonaws.com' })
    }
  }
}

function checkAddresses(condition: ConditionView, findings: Findings) {
  const { form, values, place } = condition
  if (form?.type !== 'ip') return
  const prefixes = values.flatMap(value => {
    const prefix = parsePrefix(textOf(value.node) ?? '')
    return prefix ? [{ value, prefix }] : []
  })
  for (const { value, prefix } of prefixes) {
    const network = networkOf(prefix)
    if (network !== undefined) findings.add('IMPROVE_IP_RANGE', value, { address: network })
  }
  if (!isOn(condition, 'aws:SourceIp') || prefixes.length === 0) return
  const hidden = prefixes.filter(({ prefix }) => isPrivate(prefix)).length
  const all = hidden === prefixes.length
  if (hidden === 0) return
  if (form.negated) findings.add(all ? 'PRIVATE_NOT_IP_ADDRESS' : 'PRIVATE_NOT_IP_ADDRESS_SUBSET', place)
  else findings.add(all ? 'PRIVATE_IP_ADDRESS' : 'PRIVATE_IP_ADDRESS_SUBSET', place)
}

/** The range as it should be written; undefined when it is so already. */
function networkOf({ address, length }: Prefix): string | undefined {
  if (typeof address === 'number') {
    const size = 2 ** (32 - length)
    const start = Math.floor(address / size) * size
    return start === address ? undefined : `${[24, 16, 8, 0].map(bits => Math.floor(start / 2 ** bits) % 256).join('.')}/${length}`
  }
  const kept = address.map((group, i) => {
    const bits = Math.min(16, Math.max(0, length - i * 16))
    return group & (0xffff << (16 - bits)) & 0xffff
  })
  return kept.every((group, i) => group === address[i]) ? undefined : `${kept.map(group => group.toString(16)).join(':')}/${length}`
}

const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'].map(text => parsePrefix(text) as Prefix)

/** RFC 1918, RFC 4193. */
function isPrivate({ address, length }: Prefix): boolean {
  return privateRanges.some(range => {
    if (range.length > length || (typeof range.address === 'number') !== (typeof address === 'number')) return false
    if (typeof address === 'number')
      return Math.floor(address / 2 ** (32 - range.length)) === Math.floor((range.address as number) / 2 ** (32 - range.length))
    return ((address[0] ?? 0) & 0xfe00) === 0xfc00
  })
}

function checkWildcards({ form, values, operator, key, keyPlace, qualifier, ifExists }: ConditionView, findings: Findings) {
  if (form?.type !== 'string') return
  for (const value of values) {
    const text = (textOf(value.node) ?? '').replaceAll(/\$\{[^}]*\}/g, '')
    if (!form.wildcards && hasWildcard(text)) findings.add('WILDCARD_WITHOUT_LIKE_OPERATOR', value)
  }
  // What is left is whether the key is there, if that: with IfExists or ForAllValues an absent key is matched as well, by a negated operator it alone is. ForAnyValue matches none.
  const matchesAll = form.wildcards && values.some(value => textOf(value.node) === '*')
  if (!matchesAll) return
  const mayBeAbsent = ifExists || qualifier === 'ForAllValues'
  const check = form.negated
    ? qualifier === 'ForAnyValue' && !ifExists
      ? 'REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION'
      : 'EQUIVALENT_TO_NULL_TRUE'
    : mayBeAbsent
      ? 'REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION'
      : 'EQUIVALENT_TO_NULL_FALSE'
  findings.add(check, keyPlace, { key, operator, recommendedKey: key })
}
