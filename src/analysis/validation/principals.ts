import type { JsonStringNode } from '../../policy/index.ts'
import { matchesWildcard } from '../../policy/wildcard.ts'
import { hasWildcard } from '../patterns.ts'
import { type Findings, keyOf, type Place, valueOf } from './finding.ts'
import { resourcePolicyOf } from './resource-types.ts'
import { isOn, type PrincipalView, type StatementView, type Subject, textOf } from './statement.ts'

const principalKeys = ['AWS', 'CanonicalUser', 'Federated', 'Service']
const sourceKeys = ['aws:SourceArn', 'aws:SourceAccount', 'aws:SourceOrgID', 'aws:SourceOrgPaths']
/** Keys that people use in their place. */
const weakSourceKeys = ['aws:Referer', 'aws:SourceOwner', 'aws:UserAgent']
/** Keys about principals of accounts, which a service's own calls do not have. IAM User Guide, "AWS global condition context keys". */
const accountPrincipalKeys = [
  'aws:PrincipalOrgID',
  'aws:PrincipalOrgPaths',
  'aws:PrincipalTag/',
  'aws:PrincipalAccount',
  'aws:username',
  'aws:MultiFactorAuthPresent',
]

/** What holds of Principal and NotPrincipal. IAM User Guide, "AWS JSON policy elements: Principal". */
export function checkPrincipals(statement: StatementView, subject: Subject, findings: Findings) {
  const { principal } = statement
  if (!principal || subject.kind === 'identity' || subject.kind === 'scp') return
  if (subject.kind === 'rcp') {
    checkRcp(statement, principal, findings)
    return
  }
  checkForm(principal, findings)
  for (const { type, value } of principal.entries) checkValue(type, value, subject, findings)
  if (principal.negated && statement.effect === 'Allow') findings.add('ALLOW_WITH_NOT_PRINCIPAL', principal.place)
  if (subject.kind === 'trust') checkTrust(statement, principal, findings)
  else {
    checkServices(statement, principal, findings)
    checkResourceType(statement, subject, findings)
  }
}

function checkRcp({ effect, conditions, resource }: StatementView, principal: PrincipalView, findings: Findings) {
  const everyone = principal.everyone || (principal.entries.length === 1 && principal.entries[0]?.value.node.value === '*')
  if (principal.negated || !everyone) findings.add('RCP_SYNTAX_ERROR_PRINCIPAL', principal.place)
  const everything = resource !== undefined && !resource.negated && resource.values.length === 1 && resource.values[0]?.node.value === '*'
  if (effect === 'Allow' && (!everyone || principal.negated || !everything || conditions.length > 0)) {
    findings.add('RCP_SYNTAX_ERROR_ALLOW', principal.place)
  }
}

function checkForm({ place, everyone }: PrincipalView, findings: Findings) {
  const { node } = place
  if (node.type !== 'object') {
    if (node.type === 'array' && node.items.length === 0) findings.add('EMPTY_ARRAY_PRINCIPAL', place)
    else if (!everyone) findings.add('INVALID_PRINCIPAL_FORMAT', place)
    return
  }
  if (node.members.length === 0) findings.add('EMPTY_OBJECT_PRINCIPAL', place)
  for (const member of node.members) {
    if (!principalKeys.includes(member.key)) findings.add('INVALID_PRINCIPAL_KEY', keyOf(place, member), { key: member.key })
    if (member.value.type === 'array' && member.value.items.length === 0) findings.add('EMPTY_ARRAY_PRINCIPAL', valueOf(place, member))
  }
}

function checkValue(type: string, value: Place<JsonStringNode>, { kind }: Subject, findings: Findings) {
  const text = value.node.value
  if (hasWildcard(text) && !(type === 'AWS' && text === '*')) findings.add('UNSUPPORTED_WILDCARD_IN_PRINCIPAL', value, { key: type })
  if (type === 'AWS' && /^AROA[A-Z0-9]{12,}/.test(text)) findings.add('INVALID_ROLE_REFERENCE', value, { roleId: text })
  if (type === 'AWS' && /^AIDA[A-Z0-9]{12,}/.test(text)) findings.add('INVALID_USER_REFERENCE', value, { userId: text })
  if (type === 'Service' && !hasWildcard(text) && !isServicePrincipal(text)) {
    findings.add('INVALID_SERVICE_PRINCIPAL_FORMAT', value, { expectedFormat: 'service-name.amazonaws.com' })
  }
  if (type !== 'Federated') return
  if (kind !== 'trust') findings.add('FEDERATED_PRINCIPAL_NOT_SUPPORTED', value)
  else if (!isSaml(text) && !isOidc(text)) findings.add('INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY', value)
}

/** IAM User Guide, "AWS service principals". */
export const isServicePrincipal = (text: string): boolean =>
  /^[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|aws\.internal|amazon\.com|aws\.com)$/.test(text)

const isSaml = (text: string) => /^arn:[a-z-]+:iam::[0-9]{12}:saml-provider\/[\w+=,.@-]+$/.test(text)
const isOidc = (text: string) =>
  /^arn:[a-z-]+:iam::[0-9]{12}:oidc-provider\/[^*?\s]+$/.test(text) || /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(text)

function checkTrust(statement: StatementView, principal: PrincipalView, findings: Findings) {
  if (principal.negated) findings.add('ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL', principal.place)
  if (principal.everyone) findings.add('ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL', principal.place)
  const names = principal.entries.map(({ value }) => value.node.value)
  for (const { value } of principal.entries) {
    const session = /^arn:([a-z-]+):sts::([0-9]{12}):assumed-role\/([^/]+)\/.+$/.exec(value.node.value)
    const role =
      session && names.find(name => name.startsWith(`arn:${session[1]}:iam::${session[2]}:role/`) && name.endsWith(`/${session[3]}`))
    if (role) findings.add('REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY', value, { principal: value.node.value, role })
  }
  checkAssumeActions(statement, principal, findings)
  if (statement.effect === 'Allow') checkOidc(statement, principal, findings)
}

function checkAssumeActions({ action, effect }: StatementView, { entries, negated }: PrincipalView, findings: Findings) {
  if (!action || action.negated || negated || effect !== 'Allow') return
  const ofType = (test: (type: string, value: string) => boolean) => entries.filter(({ type, value }) => test(type, value.node.value))
  const mismatched = {
    'sts:AssumeRoleWithSAML': ofType((type, value) => type !== 'Federated' || !isSaml(value)),
    'sts:AssumeRoleWithWebIdentity': ofType((type, value) => type !== 'Federated' || isSaml(value)),
    'sts:AssumeRole': ofType(type => type === 'Federated'),
  }
  for (const value of action.values) {
    for (const [name, wrong] of Object.entries(mismatched)) {
      if (value.node.value.toLowerCase() !== name.toLowerCase() || wrong.length === 0) continue
      const principals = wrong.map(entry => entry.value.node.value).join(', ')
      findings.add('MISMATCHED_ACTION_FOR_PRINCIPAL', value, { action: value.node.value, principals })
    }
  }
  const anywhere = entries.find(({ type, value }) => type === 'Service' && value.node.value === 'rolesanywhere.amazonaws.com')
  const grants = (name: string) => action.values.some(({ node }) => matchesWildcard(node.value.toLowerCase(), name))
  if (anywhere && !['sts:assumerole', 'sts:setsourceidentity', 'sts:tagsession'].every(grants)) {
    findings.add('MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY', action.place)
  }
}

const gitHub = 'token.actions.githubusercontent.com'

function checkOidc({ conditions }: StatementView, { entries }: PrincipalView, findings: Findings) {
  for (const { type, value } of entries) {
    const text = value.node.value
    if (type !== 'Federated' || isSaml(text) || !isOidc(text)) continue
    const issuer = text
      .slice(text.indexOf(':oidc-provider/') + 1)
      .replace(/^oidc-provider\//, '')
      .toLowerCase()
    if (!conditions.some(({ key }) => key.toLowerCase().startsWith(`${issuer}:`))) {
      findings.add('MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL', value)
    }
    if (issuer !== gitHub) continue
    const subjects = conditions.filter(condition => isOn(condition, `${gitHub}:sub`))
    if (subjects.length === 0) findings.add('MISSING_GITHUB_REPO_CONDITION_KEY', value)
    const branch = conditions.some(condition => isOn(condition, `${gitHub}:ref`))
    for (const item of subjects.flatMap(({ values }) => values)) {
      const [, repository = '', ...rest] = (textOf(item.node) ?? '').split(':')
      const specific = /^[^*?/]+\/[^*?]+$/.test(repository) && (branch || (rest.length > 0 && !hasWildcard(rest.join(':'))))
      if (!specific) findings.add('SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED', item)
    }
  }
}

function checkServices({ effect, conditions }: StatementView, { entries, negated }: PrincipalView, findings: Findings) {
  const services = entries.filter(({ type }) => type === 'Service')
  const [first] = services
  if (!first || negated) return
  const unsupported = conditions.filter(condition => accountPrincipalKeys.some(name => isOn(condition, name)))
  if (services.length === entries.length && unsupported.length > 0) {
    findings.add(
      'UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL',
      unsupported.map(({ keyPlace }) => keyPlace),
      {
        conditionKeys: unsupported.map(({ key }) => key).join(', '),
      },
    )
  }
  if (effect !== 'Allow' || conditions.some(condition => sourceKeys.some(name => isOn(condition, name)))) return
  const weak = conditions.find(condition => weakSourceKeys.some(name => isOn(condition, name)))
  if (weak) {
    const principal = first.value.node.value.split('.')[0] ?? ''
    findings.add('RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL', weak.keyPlace, { principal, key: weak.key })
  } else
    findings.add(
      'RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL',
      services.map(({ value }) => value),
    )
}

function checkResourceType({ action, conditions }: StatementView, { resourceType }: Subject, findings: Findings) {
  const policy = resourcePolicyOf(resourceType)
  if (!policy || !resourceType) return
  for (const value of action?.negated === false ? action.values : []) {
    const prefix = value.node.value.slice(0, value.node.value.indexOf(':')).toLowerCase()
    if (value.node.value !== '*' && !policy.services.some(service => matchesWildcard(prefix, service))) {
      findings.add('UNSUPPORTED_ACTION_IN_POLICY', value, { action: value.node.value, resourceType })
    }
  }
  for (const condition of conditions) {
    if (policy.irrelevantKeys.some(name => isOn(condition, name))) {
      findings.add('IRRELEVANT_CONDITION_KEY_IN_POLICY', condition.keyPlace, { key: condition.key, resourceType })
    }
  }
}
