import type { ParameterDeclaration as DeclarationShape } from '../../wire/models/cloudformation.ts'
import { onStack, prepareStack, requireStack } from './access.ts'
import { neededCapability } from './capabilities.ts'
import { findChangeSet } from './change-set-store.ts'
import { checkTemplate } from './requested-content.ts'
import { cloudformation } from './service.ts'
import { openContent } from './stack-store.ts'
import { parseTemplate, type ParameterDeclaration, type Template } from './template/template.ts'
import { templateText } from './template-source.ts'

/** GetTemplate: as it was given. CloudFormation API Reference, "GetTemplate". */
export const GetTemplate = cloudformation.operation('GetTemplate', {
  prepare: prepareStack,
  access: ({ StackName }, context, stack) => onStack(context, StackName, stack),
  async handle({ StackName, ChangeSetName }, { tx, world, ...place }, stack) {
    if (ChangeSetName !== undefined) {
      const set = await findChangeSet(tx, place, ChangeSetName, stack)
      if (!set) throw new cloudformation.ChangeSetNotFound(`ChangeSet [${ChangeSetName}] does not exist`)
      return { TemplateBody: openContent(world.secrets, set.content, set.id).template, StagesAvailable: ['Original', 'Processed'] }
    }
    return { TemplateBody: requireStack(stack, StackName).content.template, StagesAvailable: ['Original', 'Processed'] }
  },
})

const capabilitiesOf = (template: Template) => {
  const { capability, reason } = neededCapability(template)
  return capability === undefined ? {} : { Capabilities: [capability], CapabilitiesReason: reason }
}

const declaredTransforms = ({ transforms }: Template) => (transforms.length > 0 ? { DeclaredTransforms: transforms } : {})

/** ValidateTemplate: syntax and names, not values. CloudFormation API Reference, "ValidateTemplate". */
export const ValidateTemplate = cloudformation.operation<'ValidateTemplate', string>('ValidateTemplate', {
  access: ({ TemplateURL }) => ({ resource: '*', keys: { 'cloudformation:TemplateUrl': TemplateURL } }),
  reach: (input, context) => templateText(input, context),
  async handle(_input, _context, text) {
    const template = parseTemplate(text)
    checkTemplate(template)
    return {
      Parameters: [...template.parameters].map(([ParameterKey, declaration]) => ({
        ParameterKey,
        ...defaultOf(declaration),
        NoEcho: declaration.noEcho,
        ...descriptionOf(declaration),
      })),
      ...descriptionOf(template),
      ...capabilitiesOf(template),
      ...declaredTransforms(template),
    }
  },
  transaction: 'read',
})

const defaultOf = ({ default: value }: ParameterDeclaration) => (value === undefined ? {} : { DefaultValue: value })
const descriptionOf = ({ description }: { readonly description: string | undefined }) =>
  description === undefined ? {} : { Description: description }

/** GetTemplateSummary: of a template, or of a stack's. CloudFormation API Reference, "GetTemplateSummary". */
export const GetTemplateSummary = cloudformation.operation<
  'GetTemplateSummary',
  { text: string | undefined; resource: string | undefined }
>('GetTemplateSummary', {
  async prepare({ StackName }, context) {
    const stack = await prepareStack(StackName === undefined ? {} : { StackName }, context)
    return { text: stack?.content.template, resource: stack?.id }
  },
  access: ({ StackName, TemplateURL }, context, { resource }) => ({
    resource: StackName === undefined ? '*' : (resource ?? onStack(context, StackName, undefined).resource),
    keys: { 'cloudformation:TemplateUrl': TemplateURL },
  }),
  async reach(input, context, prepared) {
    if (input.StackSetName !== undefined) throw new cloudformation.ValidationError('Gatehouse does not serve stack sets')
    if (input.StackName === undefined) return { ...prepared, text: await templateText(input, context) }
    if (prepared.text === undefined) throw new cloudformation.ValidationError(`Stack with id ${input.StackName} does not exist`)
    return undefined
  },
  async handle(_input, _context, { text = '' }) {
    const template = parseTemplate(text)
    checkTemplate(template)
    return {
      Parameters: [...template.parameters].map(([name, declaration]) => declarationShape(name, declaration)),
      ...descriptionOf(template),
      ...capabilitiesOf(template),
      ResourceTypes: [...new Set([...template.resources.values()].map(({ type }) => type))],
      Version: '2010-09-09',
      ...(template.metadata !== undefined && { Metadata: JSON.stringify(template.metadata) }),
      ...declaredTransforms(template),
    }
  },
})

const declarationShape = (ParameterKey: string, declaration: ParameterDeclaration): DeclarationShape => ({
  ParameterKey,
  ...defaultOf(declaration),
  ParameterType: declaration.type,
  NoEcho: declaration.noEcho,
  ...descriptionOf(declaration),
  ParameterConstraints: { ...(declaration.allowedValues && { AllowedValues: declaration.allowedValues }) },
})
