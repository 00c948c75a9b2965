import { parseArn } from '../../types/arn.ts'
import type { SimulateCustomPolicyRequest } from '../../wire/models/iam.ts'
import { iam } from './service.ts'

/** What both simulators take. */
export type Question = Omit<SimulateCustomPolicyRequest, 'PolicyInputList'>

const instance = ['instance', 'image', 'security-group', 'network-interface']

/** Scenarios of EC2, and the types of the resources that must be named for each. IAM API Reference, "SimulateCustomPolicy", ResourceHandlingOption. */
const scenarios: { readonly [option: string]: readonly string[] } = {
  'EC2-VPC-InstanceStore': instance,
  'EC2-VPC-InstanceStore-Subnet': [...instance, 'subnet'],
  'EC2-VPC-EBS': [...instance, 'volume'],
  'EC2-VPC-EBS-Subnet': [...instance, 'subnet', 'volume'],
}

/**
 * Checks what the model does not say of a simulation. The words are ours: the reference has the rules alone.
 * @throws InvalidInput
 */
export function checkQuestion(question: Question): void {
  const { ActionNames, PermissionsBoundaryPolicyInputList = [], ResourceOwner, ResourceHandlingOption } = question
  const pattern = ActionNames.find(name => name.includes('*'))
  if (pattern !== undefined) throw new iam.InvalidInput(`Invalid action ${pattern}: wildcards are not supported in action names.`)
  if (PermissionsBoundaryPolicyInputList.length > 1) throw new iam.InvalidInput('Only one permissions boundary can be simulated.')
  if (ResourceOwner !== undefined && !isAccount(ResourceOwner)) throw new iam.InvalidInput(`Invalid ResourceOwner: ${ResourceOwner}`)
  if (ResourceHandlingOption !== undefined) checkScenario(ResourceHandlingOption, question)
}

/** @throws InvalidInput when the policies are another account's, in IAM's words, which are not documented */
export function checkSource(account: string, arn: string): void {
  const owner = parseArn(arn)?.account ?? account
  if (owner !== account)
    throw new iam.InvalidInput(
      `Invalid Policy Source Arn: caller's account ${account} does not have access to policies in account ${owner}`,
    )
}

/** `arn:aws:iam::111122223333:root`, as Terraform's AWS provider makes of an account's id. */
const isAccount = (owner: string): boolean => {
  const parsed = parseArn(owner)
  return parsed?.service === 'iam' && parsed.resource === 'root' && /^\d{12}$/.test(parsed.account)
}

function checkScenario(option: string, { ResourceArns = [] }: Question): void {
  const wanted = scenarios[option]
  if (!wanted) throw new iam.InvalidInput(`Invalid ResourceHandlingOption: ${option}`)
  const given = new Set(ResourceArns.map(arn => parseArn(arn)?.resource.split('/')[0]))
  const missing = wanted.filter(type => !given.has(type))
  if (missing.length > 0)
    throw new iam.InvalidInput(`ResourceHandlingOption ${option} requires resources of these types: ${missing.join(', ')}`)
}
