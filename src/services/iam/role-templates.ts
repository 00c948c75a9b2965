import { roleArn } from '../../identity/arns.ts'
import { fillPolicy, fillText, type RoleTemplate, type TemplateParameter, type TemplateValues } from '../../identity/templates.ts'
import type { AcquireRoleRequest, RoleTemplateVersion } from '../../wire/models/iam.ts'
import type { CallContext, HandleContext } from '../operation.ts'
import { boundaryKey, requestTagKeys } from './access.ts'
import { attach } from './attachments.ts'
import { encodeDocument } from './documents.ts'
import { findRole } from './entities.ts'
import { put } from './inline-policies.ts'
import { addRole, type NewRole } from './roles.ts'
import { iam } from './service.ts'

/** ARN of a template. Service Authorization Reference, "Resource types defined by AWS IAM". */
const templateForm = /^arn:aws:iam::aws:role-template\/[\w.-]+\/[\w+=,.-]+:\d+$/

/** The version of a template that a request names. @throws InvalidInput, NoSuchEntity */
function requireTemplate({ world }: Pick<CallContext, 'world'>, arn: string, minorVersion: number | undefined): RoleTemplate {
  if (!templateForm.test(arn)) throw new iam.InvalidInput(`${arn} is not the ARN of a role template.`)
  const versions = world.settings.templates?.roles.filter(template => template.arn === arn) ?? []
  const version =
    minorVersion === undefined
      ? versions.find(({ isDefault }) => isDefault)
      : versions.find(template => template.minorVersion === minorVersion)
  if (version) return version
  throw new iam.NoSuchEntity(
    versions.length === 0 ? `The role template ${arn} cannot be found.` : `The role template ${arn} has no version ${minorVersion}.`,
  )
}

/** GetRoleTemplateVersion. IAM API Reference, "GetRoleTemplateVersion". */
export const GetRoleTemplateVersion = iam.operation('GetRoleTemplateVersion', {
  access: ({ TemplateArn }, { account }) => ({ resource: TemplateArn, resourceAccount: account }),

  async handle({ TemplateArn, MinorVersion }, context) {
    return { RoleTemplateVersion: templateShape(requireTemplate(context, TemplateArn, MinorVersion), context) }
  },
})

function templateShape(template: RoleTemplate, { world }: Pick<CallContext, 'world'>): RoleTemplateVersion {
  const siblings = world.settings.templates?.roles.filter(({ arn }) => arn === template.arn) ?? []
  return {
    TemplateArn: template.arn,
    TemplateName: template.name,
    TemplateVersionId: `${template.name}-${template.majorVersion}-${template.minorVersion}`.replace(/\W/g, '_').padStart(16, '0'),
    ...(template.description !== undefined && { Description: template.description }),
    MajorVersion: template.majorVersion,
    DefaultMinorVersion: siblings.find(({ isDefault }) => isDefault)?.minorVersion ?? template.minorVersion,
    ManagedByType: 'Service',
    ManagedByValue: template.service,
    Enabled: siblings.some(({ enabled }) => enabled),
    MinorVersion: template.minorVersion,
    RoleNamePattern: template.roleName,
    RolePathPattern: template.rolePath,
    ...(template.roleDescription !== undefined && { RoleDescriptionPattern: template.roleDescription }),
    AssumeRolePolicyDocumentTemplate: encodeDocument(template.trustPolicy),
    InlinePolicyTemplates: Object.entries(template.inlinePolicies).map(([PolicyName, text]) => ({
      PolicyName,
      PolicyDocument: encodeDocument(text),
    })),
    ManagedPolicyArns: template.managedPolicies,
    ...(template.boundary !== undefined && { PermissionBoundaryArn: template.boundary }),
    ParametersDefinition: template.parameters.map(({ name, type, description, required, defaultValue }) => ({
      Name: name,
      Type: type,
      ...(description !== undefined && { Description: description }),
      IsRequired: required,
      ...(defaultValue !== undefined && { DefaultValue: defaultValue }),
    })),
    RoleTagsTemplate: Object.entries(template.tags).map(([Key, Value]) => ({ Key, Value })),
    ...(template.maxSessionSeconds !== undefined && { MaxSessionDuration: template.maxSessionSeconds }),
    VersionEnabled: template.enabled,
  }
}

/** What a list's and a text's values must look like, by the parameter's type. */
const valueForms: Readonly<Record<string, RegExp>> = {
  String: /^[^]*$/,
  Number: /^-?\d+(\.\d+)?$/,
  Arn: /^arn:[\w-]+:[\w-]+:[\w-]*:(\d{12}|aws)?:.+$/,
}

/** @throws InvalidInput */
function valuesOf({ parameters }: RoleTemplate, { ReplacementValues = {} }: AcquireRoleRequest): TemplateValues {
  const given = ReplacementValues as { readonly [name: string]: { readonly Values: readonly string[] } | undefined }
  const unknown = Object.keys(given).find(name => !parameters.some(parameter => parameter.name === name))
  if (unknown !== undefined) throw new iam.InvalidInput(`The role template has no parameter ${unknown}.`)
  return Object.fromEntries(
    parameters.flatMap(parameter => {
      const values = given[parameter.name]?.Values ?? (parameter.defaultValue === undefined ? undefined : [parameter.defaultValue])
      if (values === undefined && parameter.required)
        throw new iam.InvalidInput(`The parameter ${parameter.name} of the role template has no value.`)
      if (values !== undefined) checkValues(parameter, values)
      return [[parameter.name, values ?? ['']]]
    }),
  )
}

function checkValues({ name, type }: TemplateParameter, values: readonly string[]): void {
  const list = type.endsWith('List')
  if (!list && values.length > 1) throw new iam.InvalidInput(`The parameter ${name} takes one value.`)
  const form = valueForms[list ? type.slice(0, -'List'.length) : type] as RegExp
  const wrong = values.find(value => !form.test(value))
  if (wrong !== undefined) throw new iam.InvalidInput(`The value ${wrong} of the parameter ${name} is not of the type ${type}.`)
}

const nameForm = /^[\w+=,.@-]{1,64}$/
const pathForm = /^\/([\x21-\x7e]+\/)?$/

/** The role that a template and values make. @throws InvalidInput */
function roleOf(template: RoleTemplate, values: TemplateValues): NewRole {
  const name = fillText(template.roleName, values)
  const path = fillText(template.rolePath, values)
  if (!nameForm.test(name)) throw new iam.InvalidInput(`${name} is not the name of a role.`)
  if (!pathForm.test(path) || path.startsWith('/aws-service-role/')) throw new iam.InvalidInput(`${path} is not the path of a role.`)
  return {
    name,
    path,
    trustPolicy: fillPolicy(template.trustPolicy, values),
    description: template.roleDescription === undefined ? undefined : fillText(template.roleDescription, values),
    maxSessionSeconds: template.maxSessionSeconds,
    boundary: template.boundary,
    tags: Object.entries(template.tags).map(([key, value]) => ({ Key: fillText(key, values), Value: fillText(value, values) })),
    source: { TemplateArn: template.arn, TemplateMinorVersion: template.minorVersion },
  }
}

interface Prepared {
  readonly template: RoleTemplate
  readonly values: TemplateValues
  readonly role: NewRole
}

/** AcquireRole: a role by a template. IAM API Reference, "AcquireRole". */
export const AcquireRole = iam.operation<'AcquireRole', Prepared>('AcquireRole', {
  async prepare(input, context) {
    const template = requireTemplate(context, input.TemplateArn, input.TemplateMinorVersion)
    const values = valuesOf(template, input)
    return { template, values, role: roleOf(template, values) }
  },

  // Of the template, and of the role that comes of it. docs/fidelity.md, "IAM".
  access: ({ TemplateArn }, { account }, { role }) => {
    const keys = { 'iam:RoleTemplateARN': TemplateArn, ...boundaryKey(role.boundary), ...requestTagKeys(role.tags) }
    return [
      { resource: TemplateArn, resourceAccount: account, keys },
      { resource: roleArn(account, role.path, role.name), keys },
    ]
  },

  async handle(_, context, { template, values, role }) {
    if (!template.enabled) throw new iam.RoleTemplateDisabled(`The role template ${template.arn} is disabled.`)
    await refuseTaken(context, role)
    const Role = await addRole(context, role)
    const owner = { kind: 'role', id: Role.RoleId, name: role.name } as const
    for (const [name, text] of Object.entries(template.inlinePolicies)) await put(owner, name, fillPolicy(text, values), context)
    for (const arn of template.managedPolicies) await attach(owner, arn, context)
    return { Role }
  },
})

/** @throws EntityAlreadyExists for a role of the same template, NameConflict for another */
async function refuseTaken({ tx, account }: HandleContext, { name, source }: NewRole): Promise<void> {
  const taken = await findRole(tx, account, name)
  if (!taken) return
  const same = taken.sourceTemplate !== null && (JSON.parse(taken.sourceTemplate) as NewRole['source'])?.TemplateArn === source?.TemplateArn
  if (same) throw new iam.EntityAlreadyExists(`Role with name ${name} already exists.`)
  throw new iam.NameConflict(`The name ${name} conflicts with a role that was not made from the template.`)
}
