import { mutable, type ResourceType } from './resource-type.ts'

/** Types that stand in templates and make nothing: nobody signals here, and the CDK's metadata is for its own statistics. */
const noOperation = (name: string, properties: readonly string[]): ResourceType => ({
  name,
  properties: mutable(...properties),
  required: [],
  attributes: [],
  create: async (_properties, context) => ({ physicalId: context.name(128), attributes: {} }),
  update: async physicalId => ({ physicalId }),
  delete: async () => {},
})

export const nothing: readonly ResourceType[] = [
  noOperation('AWS::CloudFormation::WaitConditionHandle', []),
  noOperation('AWS::CDK::Metadata', ['Analytics']),
]
