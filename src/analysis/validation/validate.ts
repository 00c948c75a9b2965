import { MalformedPolicyDocument, parseJson } from '../../policy/index.ts'
import { checkActions } from './actions.ts'
import { adviseOnConditions } from './condition-advice.ts'
import { checkBreadth, checkConditions } from './conditions.ts'
import { type Finding, Findings, itemsOf, type Place, valueOf } from './finding.ts'
import { checkPrincipals } from './principals.ts'
import { checkResources } from './resources.ts'
import { readStatement, type Subject } from './statement.ts'
import { checkDocument, checkStatementShape } from './structure.ts'
import { checkVariables } from './variables.ts'

/** Where a policy is used. Access Analyzer API Reference, "ValidatePolicy". */
export interface PolicyUse {
  readonly policyType: 'IDENTITY_POLICY' | 'RESOURCE_POLICY' | 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY'
  /** Such as `AWS::S3::Bucket`; of resource policies only. */
  readonly resourceType?: string | undefined
}

/**
 * Checks a policy against grammar and best practices.
 * @param text  a raw document, JSON, of any quality
 * @returns     findings in the order of the document's elements; none for a policy that passes every check
 * @see         IAM User Guide, "IAM policy validation check reference"
 */
export function validatePolicy(text: string, use: PolicyUse): Finding[] {
  const findings = new Findings(text)
  const root = parse(text, findings)
  if (!root) return findings.found
  const subject = readSubject(text, root, use)
  checkDocument(subject, findings)
  for (const statement of subject.statements) {
    checkStatementShape(statement, subject, findings)
    checkActions(statement, subject, findings)
    checkResources(statement, subject, findings)
    checkPrincipals(statement, subject, findings)
    checkConditions(statement, subject, findings)
    checkBreadth(statement, findings)
    adviseOnConditions(statement, subject, findings)
    checkVariables(statement, subject, findings)
  }
  return findings.found
}

function parse(text: string, findings: Findings): Place | undefined {
  try {
    return { node: parseJson(text), path: [] }
  } catch (problem) {
    if (!(problem instanceof MalformedPolicyDocument)) throw problem
    const { line, column, offset } = problem.position
    const end = Math.min(text.length, offset + 1)
    findings.add(
      'JSON_SYNTAX_ERROR',
      { node: { start: Math.min(offset, text.length), end }, path: [] },
      {
        index: String(offset),
        line: String(line),
        column: String(column - 1),
      },
    )
    return undefined
  }
}

const kinds = {
  IDENTITY_POLICY: 'identity',
  RESOURCE_POLICY: 'resource',
  SERVICE_CONTROL_POLICY: 'scp',
  RESOURCE_CONTROL_POLICY: 'rcp',
} as const

function readSubject(text: string, root: Place, { policyType, resourceType }: PolicyUse): Subject {
  const members = root.node.type === 'object' ? root.node.members : []
  const statement = members.find(({ key }) => key === 'Statement')
  const value = statement && valueOf(root, statement)
  const places = value && (value.node.type === 'array' || value.node.type === 'object') ? itemsOf(value) : []
  const version = members.find(({ key }) => key === 'Version')?.value
  return {
    text,
    kind: resourceType === 'AWS::IAM::AssumeRolePolicyDocument' ? 'trust' : kinds[policyType],
    resourceType,
    variables: version?.type === 'string' && version.value === '2012-10-17',
    root,
    statements: places.map(readStatement),
  }
}
