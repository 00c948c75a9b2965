import { cloudformation } from './service.ts'
import type { Template } from './template/template.ts'
import { resourceTypes } from './types/index.ts'

/** What a template must be acknowledged with, and for the sake of which resources. CloudFormation API Reference, "CreateStack", Capabilities. */
export function neededCapability({ resources }: Template): { readonly capability?: string; readonly reason?: string } {
  const iam = [...resources.values()].filter(({ type }) => resourceTypes.get(type)?.grantsAccess)
  if (iam.length === 0) return {}
  const named = iam.some(({ type, properties }) => {
    const namedBy = resourceTypes.get(type)?.namedBy
    return namedBy !== undefined && properties[namedBy] !== undefined
  })
  return {
    capability: named ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM',
    reason: `The following resource(s) require capabilities: [${[...new Set(iam.map(({ type }) => type))].join(', ')}]`,
  }
}

/** @throws InsufficientCapabilitiesException */
export function checkCapabilities(template: Template, given: readonly string[] = []): void {
  const { capability } = neededCapability(template)
  const missing = capability !== undefined && !given.includes(capability) && !given.includes('CAPABILITY_NAMED_IAM')
  if (missing) throw new cloudformation.InsufficientCapabilitiesException(`Requires capabilities : [${capability}]`)
}
