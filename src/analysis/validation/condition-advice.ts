import { serviceFacts } from '../../catalogue/facts/authorization-facts.ts'
import { globalConditionKey } from '../../policy/index.ts'
import { hasWildcard } from '../patterns.ts'
import { actionHasKey, keyFacts, prefixOf, serviceOfKey } from './condition-keys.ts'
import type { CheckId, Findings } from './finding.ts'
import { type ConditionView, isOn, type StatementView, type Subject, textOf } from './statement.ts'

/** Keys beside which others belong. IAM User Guide, "AWS global condition context keys". */
const pairs: Readonly<Record<string, readonly string[]>> = {
  'aws:VpcSourceIp': ['aws:SourceVpc', 'aws:SourceVpce', 'aws:SourceVpcArn'],
  'aws:Ec2InstanceSourcePrivateIPv4': ['aws:Ec2InstanceSourceVpc'],
}
/** What a caller can put into a request as it likes. */
const spoofable = ['aws:Referer', 'aws:UserAgent']
/** Keys of few services. */
const narrowKeys = ['aws:VpceAccount', 'aws:VpceOrgID', 'aws:VpceOrgPaths', 'aws:SourceVpcArn']
/** Services that send them. IAM User Guide, "aws:VpceAccount". */
const narrowServices = new Set([
  'apprunner',
  'appmesh',
  'appconfig',
  'athena',
  'cloudformation',
  'cloudtrail',
  'cloudwatch',
  'codebuild',
  'comprehendmedical',
  'dynamodb',
  'ecr',
  'ecs',
  'elasticfilesystem',
  'events',
  'firehose',
  'glue',
  'iam',
  'kinesis',
  'kms',
  'lambda',
  'logs',
  'organizations',
  'rds',
  's3',
  'secretsmanager',
  'servicediscovery',
  'sns',
  'sqs',
  'ssm',
  'sts',
  'textract',
  'transcribe',
])

/** What is likely missing beside a condition, or better said in another way. */
export function adviseOnConditions(statement: StatementView, subject: Subject, findings: Findings) {
  const { conditions } = statement
  const has = (name: string) => conditions.some(condition => isOn(condition, name))
  for (const condition of conditions) {
    const { key, keyPlace } = condition
    for (const [name, recommended] of Object.entries(pairs)) {
      if (isOn(condition, name) && !recommended.some(has)) {
        findings.add('MISSING_PAIRED_CONDITION_KEYS', keyPlace, { key, recommendedKeys: recommended.join(', ') })
      }
    }
    if (spoofable.some(name => isOn(condition, name)) && condition.form?.type !== 'null')
      findings.add('UNTRUSTWORTHY_CONDITION_KEY', keyPlace, { key })
    if (narrowKeys.some(name => isOn(condition, name)) && !scopedTo(statement, narrowServices)) {
      findings.add('USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES', keyPlace, { key })
    }
    checkActionsOfKey(condition, statement, subject, findings)
  }
  checkTagKeys(statement, findings)
  checkDataAccess(statement, findings)
  if (subject.kind === 'rcp' && statement.effect === 'Deny') checkRcp(statement, findings)
}

const scopedTo = ({ action }: StatementView, services: ReadonlySet<string>): boolean =>
  action !== undefined && !action.negated && action.values.every(({ node }) => services.has(prefixOf(node.value)))

/**
 * Keys that only some actions have. Some keys of services are facts of the session, as `ec2:SourceInstanceARN`, and come with every action; and `IfExists` is
 * for statements in which not all actions have the key. IAM User Guide, "...IfExists condition operators".
 */
function checkActionsOfKey({ key, keyPlace, ifExists }: ConditionView, { action }: StatementView, { kind }: Subject, findings: Findings) {
  if (!action || action.negated) return
  const exact = action.values.map(({ node }) => node.value).filter(name => !hasWildcard(name))
  if (!globalConditionKey(key) && !ifExists && serviceOfKey(key) && keyFacts(key)) {
    const unsupported = exact.filter(name => actionHasKey(name, key) === false)
    if (unsupported.length > 0) findings.add('UNSUPPORTED_ACTION_FOR_CONDITION_KEY', keyPlace, { actions: unsupported.join(', '), key })
  }
  if (kind !== 'trust') return
  const needed = /^aws:(requesttag\/|tagkeys$)|^sts:transitivetagkeys$/i.test(key)
    ? 'sts:TagSession'
    : /^sts:sourceidentity$/i.test(key)
      ? 'sts:SetSourceIdentity'
      : undefined
  const granted = (name: string) =>
    action.values.some(({ node }) => node.value.toLowerCase() === name.toLowerCase() || node.value === 'sts:*')
  if (needed && !granted(needed)) findings.add('MISSING_ACTION_FOR_CONDITION_KEY', action.place, { action: needed, key })
}

/** `aws:ResourceTag` where actions do not know it. IAM User Guide, "AWS services that work with IAM", column ABAC. */
function checkTagKeys({ effect, action, conditions }: StatementView, findings: Findings) {
  const [tag] = conditions.filter(condition => isOn(condition, 'aws:ResourceTag/'))
  if (!tag || !action || !effect || tag.form?.negated || tag.ifExists) return
  const { key, keyPlace } = tag
  if (action.negated) {
    findings.add(`${effect === 'Deny' ? 'DENY' : 'ALLOW'}_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE`, keyPlace, { key })
    return
  }
  const prefixes = new Set(action.values.map(({ node }) => prefixOf(node.value)).filter(prefix => prefix !== ''))
  const unsupported = [...prefixes].filter(prefix => {
    const service = serviceFacts(prefix)
    return service && ![...service.conditionKeys.keys()].some(name => name.startsWith('aws:resourcetag/'))
  })
  if (unsupported.length === 0) return
  const check: CheckId = `${effect === 'Deny' ? 'DENY' : 'ALLOW'}_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE`
  findings.add(check, keyPlace, { key, services: unsupported.join(', ') })
}

function checkDataAccess({ effect, conditions }: StatementView, findings: Findings) {
  for (const condition of conditions) {
    const { form, keyPlace, values } = condition
    if (form?.type === 'null') continue
    if (isOn(condition, 'dynamodb:Attributes') && effect === 'Allow') {
      const select = conditions.find(other => isOn(other, 'dynamodb:Select'))
      const specific = select?.values.length === 1 && select.values.every(value => textOf(value.node) === 'SPECIFIC_ATTRIBUTES')
      if (!specific) findings.add('DYNAMODB_ATTRIBUTES_WITHOUT_SELECT', keyPlace)
    }
    if (!isOn(condition, 's3:prefix') || form?.type !== 'string' || values.length === 0) continue
    if ((effect === 'Deny') !== (form.negated === true)) findings.add('S3_PREFIX_IN_NEGATIVE_CONTEXT', keyPlace)
  }
}

const principalKeys = ['aws:PrincipalAccount', 'aws:PrincipalArn', 'aws:PrincipalOrgID', 'aws:PrincipalOrgPaths', 'aws:PrincipalTag/']
const sourceKeys = ['aws:SourceAccount', 'aws:SourceArn', 'aws:SourceOrgID', 'aws:SourceOrgPaths']

/** Organizations User Guide, "RCP syntax"; a data perimeter stops services' own calls where it does not leave them out. */
function checkRcp({ conditions }: StatementView, findings: Findings) {
  const asks = (wanted: string) =>
    conditions.some(
      condition =>
        isOn(condition, 'aws:PrincipalIsAWSService') && condition.values.some(value => textOf(value.node)?.toLowerCase() === wanted),
    )
  const present = conditions.some(
    condition =>
      condition.form?.type === 'null' &&
      sourceKeys.slice(0, 2).some(name => isOn(condition, name)) &&
      condition.values.some(value => textOf(value.node) === 'false'),
  )
  for (const condition of conditions) {
    const { key, keyPlace, form } = condition
    if (form?.type === 'null') continue
    if (principalKeys.some(name => isOn(condition, name)) && !asks('false'))
      findings.add('RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY', keyPlace, { key })
    if (!sourceKeys.some(name => isOn(condition, name))) continue
    if (!asks('true')) findings.add('RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY', keyPlace, { key })
    if (!present) findings.add('RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK', keyPlace, { key })
  }
}
