import { readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import {
  type PolicyTemplate,
  parametersOf,
  type RoleTemplate,
  type TemplateParameter,
  type Templates,
  templateParameterTypes,
} from '../identity/templates.ts'
import { MalformedPolicyDocument, parsePolicy } from '../policy/index.ts'

/**
 * Reads the file of registered templates. docs/delegation.md has an example.
 * @throws Error that says what is wrong and where
 */
export function readTemplates(file: string): Templates {
  const content = memberOf(parseYaml(readFileSync(file, 'utf8')), 'the file')
  return {
    policies: listAt(content, 'policyTemplates').map((item, i) =>
      policyTemplate(memberOf(item, `policyTemplates.${i}`), `policyTemplates.${i}`),
    ),
    roles: listAt(content, 'roleTemplates').map((item, i) => roleTemplate(memberOf(item, `roleTemplates.${i}`), `roleTemplates.${i}`)),
  }
}

type Members = { readonly [name: string]: unknown }

function policyTemplate(item: Members, place: string): PolicyTemplate {
  return {
    arn: textAt(item, 'arn', place, /^arn:aws:iam::(\d{12}|aws):delegation-template\/[\w+=,.@/-]+$/),
    account: textAt(item, 'account', place, /^\d{12}$/),
    name: textAt(item, 'name', place, /^[\x20-\x7e]{1,30}$/),
    policy: policyAt(item, 'policy', place, 'identity'),
    boundaries: textsAt(item, 'boundaries', place),
    endpoint: textAt(item, 'endpoint', place, /^https?:\/\/\S+$/),
  }
}

function roleTemplate(item: Members, place: string): RoleTemplate {
  const arn = textAt(item, 'arn', place, /^arn:aws:iam::aws:role-template\/[\w.-]+\/[\w+=,.-]+:\d+$/)
  const [, service = '', name = '', majorVersion = ''] = /role-template\/([^/]+)\/([^:]+):(\d+)$/.exec(arn) ?? []
  const inlinePolicies = memberOf(item['inlinePolicies'] ?? {}, `${place}.inlinePolicies`)
  const tags = memberOf(item['tags'] ?? {}, `${place}.tags`)
  const template: RoleTemplate = {
    arn,
    service,
    name,
    majorVersion: Number(majorVersion),
    minorVersion: numberAt(item, 'minorVersion', place) ?? 0,
    isDefault: item['default'] !== false,
    enabled: item['enabled'] !== false,
    description: optionalText(item, 'description', place),
    roleName: textAt(item, 'roleName', place, /^.{1,256}$/),
    rolePath: optionalText(item, 'rolePath', place) ?? '/',
    roleDescription: optionalText(item, 'roleDescription', place),
    trustPolicy: policyAt(item, 'trustPolicy', place, 'trust'),
    inlinePolicies: Object.fromEntries(
      Object.keys(inlinePolicies).map(name => [name, policyAt(inlinePolicies, name, `${place}.inlinePolicies`, 'identity')]),
    ),
    managedPolicies: textsAt(item, 'managedPolicies', place),
    boundary: optionalText(item, 'boundary', place),
    parameters: listAt(item, 'parameters').map((parameter, i) => parameterOf(memberOf(parameter, place), `${place}.parameters.${i}`)),
    tags: Object.fromEntries(Object.keys(tags).map(key => [key, textAt(tags, key, `${place}.tags`, /^.{0,256}$/)])),
    maxSessionSeconds: numberAt(item, 'maxSessionSeconds', place),
  }
  const used = parametersOf(JSON.stringify(template))
  const unknown = used.find(parameter => !template.parameters.some(({ name }) => name === parameter))
  if (unknown !== undefined) throw new Error(`${place}: the parameter ${unknown} is not among its parameters`)
  return template
}

function parameterOf(item: Members, place: string): TemplateParameter {
  const type = templateParameterTypes.find(known => known === (item['type'] ?? 'String'))
  if (!type) throw new Error(`${place}.type: must be one of ${templateParameterTypes.join(', ')}`)
  return {
    name: textAt(item, 'name', place, /^[\w.-]{1,128}$/),
    type,
    description: optionalText(item, 'description', place),
    required: item['required'] === true,
    defaultValue: optionalText(item, 'default', place),
  }
}

/** A policy, as text or as it would be in YAML. Parameters stand where any text may. */
function policyAt(item: Members, name: string, place: string, kind: 'identity' | 'trust'): string {
  const given = item[name]
  if (given === undefined) throw new Error(`${place}.${name}: must be a policy`)
  const text = typeof given === 'string' ? given : JSON.stringify(given)
  try {
    // What a parameter stands for is not known yet. Alone it may be anything; within a text digits pass for an account and for a name.
    parsePolicy(text.replace(/"@\{[\w.-]+\}"/g, '"*"').replace(/@\{[\w.-]+\}/g, '111122223333'), kind)
  } catch (problem) {
    if (problem instanceof MalformedPolicyDocument) throw new Error(`${place}.${name}: ${problem.message}`, { cause: problem })
    throw problem
  }
  return text
}

function memberOf(value: unknown, place: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${place}: must have members by name`)
  return value as Members
}

function listAt(item: Members, name: string): readonly unknown[] {
  const list = item[name] ?? []
  if (!Array.isArray(list)) throw new Error(`${name}: must be a list`)
  return list
}

function textsAt(item: Members, name: string, place: string): readonly string[] {
  return listAt(item, name).map(text => {
    if (typeof text !== 'string') throw new Error(`${place}.${name}: must be a list of texts`)
    return text
  })
}

function textAt(item: Members, name: string, place: string, form: RegExp): string {
  const text = item[name]
  if (typeof text !== 'string' || !form.test(text)) throw new Error(`${place}.${name}: must be a text like ${form.source}`)
  return text
}

const optionalText = (item: Members, name: string, place: string): string | undefined =>
  item[name] === undefined ? undefined : textAt(item, name, place, /^[^]*$/)

function numberAt(item: Members, name: string, place: string): number | undefined {
  const number = item[name]
  if (number === undefined) return undefined
  if (typeof number !== 'number' || !Number.isInteger(number)) throw new Error(`${place}.${name}: must be a whole number`)
  return number
}
