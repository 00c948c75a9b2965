import { Command } from 'commander'
import { explain, plainExplanation, renderExplanation } from '../policy/index.ts'
import { actionName, type PolicyOptions, readPolicyQuestion, withPolicyOptions } from './policy-question.ts'

/** `gatehouse explain`: why an action on a resource is allowed or denied. IAM User Guide, "Policy evaluation logic". */
export function explainCommand(): Command {
  const command = new Command('explain')
    .description('say why an action on a resource is allowed or denied: gatehouse explain --principal ARN iam:GetUser ARN')
    .argument('<action>', 'an action, such as s3:GetObject', actionName)
    .argument('[resource]', 'a resource', '*')
  return withPolicyOptions(command).action(async (action: string, resource: string, options: PolicyOptions) => {
    const { principal, context, policiesFor } = await readPolicyQuestion(options)
    const explanation = explain({ principal, action, resource, context }, policiesFor(action, resource))
    console.log(options.json ? JSON.stringify(plainExplanation(explanation), undefined, 2) : renderExplanation(explanation))
  })
}
