import { type Answer, grantedAccess, newAccess, publicAccess } from '../../analysis/questions.ts'
import { describeRequest } from '../../analysis/request-text.ts'
import type { Attachment, Witness } from '../../analysis/witness.ts'
import { MalformedPolicyDocument, parsePolicy, type PolicyDocument } from '../../policy/index.ts'
import { accessAnalyzer } from './service.ts'

/** One reason for each statement that grants; more statements than this are not looked at one by one. */
const mostReasons = 10

/** CheckNoNewAccess: whether an updated policy allows what the existing one does not. Access Analyzer API Reference, "CheckNoNewAccess". */
export const CheckNoNewAccess = accessAnalyzer.operation('CheckNoNewAccess', {
  access: () => ({ resource: '*' }),

  async handle({ newPolicyDocument, existingPolicyDocument, policyType }) {
    const updated = parsed(newPolicyDocument, 'newPolicyDocument', policyType)
    const existing = parsed(existingPolicyDocument, 'existingPolicyDocument', policyType)
    return resultOf(newAccess(existing, updated, attachmentOf(updated, policyType), { witnesses: mostReasons }), {
      pass: 'The modified permissions do not grant new access compared to your existing policy.',
      fail: 'The modified permissions grant new access compared to your existing policy.',
      reason: 'New access',
    })
  },
})

/** CheckAccessNotGranted: whether a policy allows none of some actions and resources. Access Analyzer API Reference, "CheckAccessNotGranted". */
export const CheckAccessNotGranted = accessAnalyzer.operation('CheckAccessNotGranted', {
  access: () => ({ resource: '*' }),

  async handle({ policyDocument, access, policyType }) {
    const policy = parsed(policyDocument, 'policyDocument', policyType)
    const answers = access.flatMap(({ actions = [], resources = [] }) => {
      if (actions.length + resources.length === 0)
        throw new accessAnalyzer.InvalidParameterException('Specify at least one action or resource in each access.')
      return (actions.length > 0 ? actions : [undefined]).flatMap(action =>
        (resources.length > 0 ? resources : [undefined]).map(resource =>
          grantedAccess(policy, { action: checkedAction(action), resource }, attachmentOf(policy, policyType), { witnesses: mostReasons }),
        ),
      )
    })
    return resultOf(joined(answers), {
      pass: 'The policy document does not grant access to perform the listed actions or resources.',
      fail: 'The policy document grants access to perform one or more of the listed actions or resources.',
      reason: 'One or more of the listed actions or resources',
    })
  },
})

/** CheckNoPublicAccess: whether a resource's policy lets anyone in. Access Analyzer API Reference, "CheckNoPublicAccess". */
export const CheckNoPublicAccess = accessAnalyzer.operation('CheckNoPublicAccess', {
  access: () => ({ resource: '*' }),

  async handle({ policyDocument, resourceType }) {
    const policy = parsed(policyDocument, 'policyDocument', 'RESOURCE_POLICY')
    const attachment = resourceType === 'AWS::IAM::AssumeRolePolicyDocument' ? 'trust' : 'resource'
    return resultOf(publicAccess(policy, attachment, { witnesses: mostReasons }), {
      pass: 'The resource policy does not grant public access for the given resource type.',
      fail: 'The resource policy grants public access for the given resource type.',
      reason: 'Public access',
    })
  },
})

function parsed(text: string, parameter: string, policyType: string): PolicyDocument {
  try {
    return parsePolicy(text, policyType === 'IDENTITY_POLICY' ? 'identity' : 'resource')
  } catch (problem) {
    if (!(problem instanceof MalformedPolicyDocument)) throw problem
    const { line, column } = problem.position
    throw new accessAnalyzer.InvalidParameterException(
      `${parameter} is not a valid policy: ${problem.detail} (line ${line}, column ${column})`,
    )
  }
}

/** Trust policies name no resource and only actions of STS. */
function attachmentOf({ statements }: PolicyDocument, policyType: string): Attachment {
  if (policyType === 'IDENTITY_POLICY') return 'identity'
  const assumes = statements.every(({ resource, action }) => resource === undefined && action.values.every(value => /^sts:/i.test(value)))
  return assumes ? 'trust' : 'resource'
}

function checkedAction(action: string | undefined): string | undefined {
  if (action === undefined || /^[a-z0-9-]+:[a-z0-9]+$/i.test(action)) return action
  throw new accessAnalyzer.InvalidParameterException(`${action} is not an action: wildcards are not supported.`)
}

function joined(answers: readonly Answer[]): Answer {
  const witnesses = answers.flatMap(answer => (answer.outcome === 'found' ? answer.witnesses : []))
  const byStatement = new Map(witnesses.toReversed().map(witness => [witness.statementIndex, witness]))
  if (byStatement.size > 0) return { outcome: 'found', witnesses: [...byStatement.values()] }
  return answers.some(({ outcome }) => outcome === 'undetermined') ? { outcome: 'undetermined' } : { outcome: 'none' }
}

interface Wording {
  readonly pass: string
  readonly fail: string
  readonly reason: string
}

function resultOf(answer: Answer, { pass, fail, reason }: Wording) {
  if (answer.outcome === 'none') return { result: 'PASS', message: pass }
  // A result that is not certain would be taken for a proof.
  if (answer.outcome === 'undetermined')
    throw new accessAnalyzer.UnprocessableEntityException('The policy is too complex to be analyzed: the result is undetermined.')
  const inOrder = [...answer.witnesses].sort((a, b) => a.statementIndex - b.statementIndex)
  return { result: 'FAIL', message: fail, reasons: inOrder.map(witness => reasonOf(witness, reason)) }
}

const reasonOf = ({ request, statementIndex, statementId }: Witness, reason: string) => ({
  description: `${reason} in the statement with ${statementId ? `sid: ${statementId}` : `index: ${statementIndex}`}. For example: ${describeRequest(request)}`,
  statementIndex,
  ...(statementId && { statementId }),
})
