import type { JsonObject } from '../../../types/json.ts'
import { asText, isObject } from '../template/template.ts'
import { changed, requiredText, tagsOf, text, texts } from './properties.ts'
import { mutable, type ResourceContext, type ResourceType, thenFinish } from './resource-type.ts'

const call = <Output = object>(context: ResourceContext, operation: string, input: object) =>
  context.call<Output>('cloudformation', operation, input)

interface Described {
  readonly StackId: string
  readonly StackStatus: string
  readonly StackStatusReason?: string
  readonly Outputs?: readonly { readonly OutputKey: string; readonly OutputValue: string }[]
}

async function describe(StackName: string, context: ResourceContext): Promise<Described> {
  const { Stacks } = await call<{ Stacks: readonly [Described] }>(context, 'DescribeStacks', { StackName })
  return Stacks[0]
}

/** Waits for a stack within the stack. @returns its outputs, as Fn::GetAtt knows them */
async function settled(id: string, done: string, context: ResourceContext): Promise<{ [name: string]: string }> {
  let outputs: { [name: string]: string } = {}
  await context.until(async () => {
    const stack = await describe(id, context)
    if (stack.StackStatus.endsWith('_IN_PROGRESS')) return false
    if (stack.StackStatus !== done)
      throw new Error(`Embedded stack ${id} was not successfully ${verbs[done] ?? 'changed'}: ${stack.StackStatusReason ?? ''}`)
    outputs = Object.fromEntries((stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [`Outputs.${OutputKey}`, OutputValue]))
    return true
  })
  return outputs
}

const verbs: { readonly [status: string]: string } = { CREATE_COMPLETE: 'created', UPDATE_COMPLETE: 'updated', DELETE_COMPLETE: 'deleted' }

const inputOf = (properties: JsonObject, context: ResourceContext) => ({
  TemplateURL: requiredText(properties, 'TemplateURL'),
  Parameters: Object.entries(isObject(properties['Parameters']) ? properties['Parameters'] : {}).map(([ParameterKey, value]) => ({
    ParameterKey,
    ParameterValue: Array.isArray(value) ? value.map(asText).join(',') : asText(value),
  })),
  Capabilities: context.capabilities,
  NotificationARNs: texts(properties, 'NotificationARNs'),
  Tags: tagsOf(properties, context.tags),
})

/** A stack within a stack. CloudFormation Template Reference, "AWS::CloudFormation::Stack". */
export const stack: ResourceType = {
  name: 'AWS::CloudFormation::Stack',
  properties: mutable('TemplateURL', 'Parameters', 'NotificationARNs', 'Tags', 'TimeoutInMinutes'),
  required: ['TemplateURL'],
  attributes: [],

  async create(properties, context) {
    const { StackId } = await call<{ StackId: string }>(context, 'CreateStack', {
      StackName: context.name(128),
      ...inputOf(properties, context),
      TimeoutInMinutes: text(properties, 'TimeoutInMinutes'),
      DisableRollback: true,
    })
    return { physicalId: StackId, attributes: await thenFinish(StackId, () => settled(StackId, 'CREATE_COMPLETE', context)) }
  },

  async update(id, properties, previous, context) {
    const relevant = ['TemplateURL', 'Parameters', 'Tags', 'NotificationARNs'].some(name => changed(properties, previous, name))
    if (!relevant) return { physicalId: id }
    try {
      await call(context, 'UpdateStack', { StackName: id, ...inputOf(properties, context) })
    } catch (problem) {
      if (problem instanceof Error && problem.message === 'No updates are to be performed.') return { physicalId: id }
      throw problem
    }
    return { physicalId: id, attributes: await settled(id, 'UPDATE_COMPLETE', context) }
  },

  async delete(id, _properties, context) {
    await call(context, 'DeleteStack', { StackName: id })
    await settled(id, 'DELETE_COMPLETE', context)
  },
}
