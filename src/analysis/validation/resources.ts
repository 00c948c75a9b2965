import type { JsonStringNode } from '../../policy/index.ts'
import { arnFormats, arnServiceNames } from '../../catalogue/facts/authorization-facts.ts'
import { hasWildcard, patternCovers, patternsMeet } from '../patterns.ts'
import { redundantValues } from './actions.ts'
import type { Findings, Place } from './finding.ts'
import { isRegion, partitions } from './regions.ts'
import { resourcePolicyOf } from './resource-types.ts'
import type { StatementView, Subject } from './statement.ts'

/** What holds of Resource and NotResource. IAM User Guide, "IAM JSON policy elements: Resource". */
export function checkResources({ resource }: StatementView, subject: Subject, findings: Findings) {
  if (!resource || subject.kind === 'trust') return
  for (const value of resource.values) checkArn(value, subject, findings)
  const texts = resource.values.map(({ node }) => node.value)
  const redundant = redundantValues(texts, patternCovers).map(index => resource.values[index] as Place<JsonStringNode>)
  if (redundant.length > 0) findings.add('REDUNDANT_RESOURCE', redundant, { count: String(redundant.length) })
}

const open = (text: string) => hasWildcard(text) || text.includes('${')

function checkArn(place: Place<JsonStringNode>, subject: Subject, findings: Findings) {
  const text = place.node.value
  if (text === '*' || text === '') return
  const fields = splitArn(text)
  if (fields[0] !== 'arn') {
    // A variable or wildcard may bring the prefix in.
    if (!/^[*?$]/.test(text)) findings.add('INVALID_ARN_PREFIX', place)
    return
  }
  if (fields.length < 6) {
    findings.add('MISSING_ARN_FIELD', place, { fields: '6' })
    return
  }
  const [, partition = '', service = '', region = '', account = '', resource = ''] = fields
  if (!open(partition) && !partitions.includes(partition))
    findings.add('INVALID_PARTITION', place, { service, partition, partitions: partitions.join(', ') })
  if (hasWildcard(service)) {
    if (service !== '*') findings.add('WILDCARD_IN_SERVICE_NAME', place)
    return
  }
  if (service !== service.toLowerCase()) {
    findings.add('INVALID_ARN_SERVICE_CASE', place, { service })
    return
  }
  if (!arnServiceNames().has(service)) {
    if (!open(service)) findings.add('INVALID_SERVICE', place, { service })
    return
  }
  if (region !== '' && !open(region) && !isRegion(region)) findings.add('INVALID_ARN_REGION', place, { region })
  if (account !== '' && account !== 'aws' && !open(account) && !/^[0-9]{12}$/.test(account))
    findings.add('INVALID_ARN_ACCOUNT', place, { account })
  checkFormat(place, { service, region, account, resource }, findings)
  const { resourceType } = subject
  const policy = resourcePolicyOf(resourceType)
  if (resourceType && policy && !policy.arns.some(arn => patternsMeet(arn, text.replaceAll(/\$\{[^}]*\}/g, '*')))) {
    findings.add('UNSUPPORTED_RESOURCE_ARN_IN_POLICY', place, { resourceType })
  }
}

interface Fields {
  readonly service: string
  readonly region: string
  readonly account: string
  readonly resource: string
}

/** Region and account are judged by the resource types that the last field can mean. */
function checkFormat(place: Place<JsonStringNode>, { service, region, account, resource }: Fields, findings: Findings) {
  const formats = arnFormats(service).map(splitArn)
  if (formats.length === 0) return
  const given = resource.replaceAll(/\$\{[^}]*\}?/g, '*')
  const meant = formats.filter(format => patternsMeet((format[5] ?? '').replaceAll(/\$\{[^}]*\}/g, '*'), given))
  if (meant.length === 0) {
    findings.add('INVALID_ARN_RESOURCE', place)
    return
  }
  const has = (index: number) => meant.map(format => (format[index] ?? '') !== '')
  const [withRegion, withAccount] = [has(3), has(4)]
  if (region !== '' && region !== '*' && !withRegion.includes(true)) findings.add('ARN_REGION_NOT_ALLOWED', place, { service })
  if (region === '' && !withRegion.includes(false)) findings.add('MISSING_ARN_REGION', place, { service })
  if (account !== '' && account !== '*' && !withAccount.includes(true)) findings.add('ARN_ACCOUNT_NOT_ALLOWED', place, { service })
  if (account === '' && !withAccount.includes(false)) findings.add('MISSING_ARN_ACCOUNT', place, { resource })
}

/** At most six fields; colons within a variable divide nothing. */
function splitArn(text: string): string[] {
  const fields = ['']
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i)
    if (character === '{' && text[i - 1] === '$') depth++
    else if (character === '}' && depth > 0) depth--
    if (character === ':' && depth === 0 && fields.length < 6) fields.push('')
    else fields[fields.length - 1] += character
  }
  return fields
}
