import { type FilePlace, readTemplate, type TemplateDocument } from './template-documents.ts'
import type { Location, PathElement } from './validation/finding.ts'
import type { PolicyUse } from './validation/validate.ts'

/** A policy in a file. */
export interface FoundPolicy {
  /** The way to it within the file; empty when it is the whole file. */
  readonly name: string
  /** JSON. */
  readonly text: string
  readonly use: PolicyUse
  /** Where the file has a place of the policy, as near as is known. */
  placeOf(location: Location | undefined): FilePlace
}

const trust: PolicyUse = { policyType: 'RESOURCE_POLICY', resourceType: 'AWS::IAM::AssumeRolePolicyDocument' }

/** What a policy can be for, by short name. */
export const policyUses: Readonly<Record<string, PolicyUse>> = {
  identity: { policyType: 'IDENTITY_POLICY' },
  resource: { policyType: 'RESOURCE_POLICY' },
  trust,
  bucket: { policyType: 'RESOURCE_POLICY', resourceType: 'AWS::S3::Bucket' },
  scp: { policyType: 'SERVICE_CONTROL_POLICY' },
  rcp: { policyType: 'RESOURCE_CONTROL_POLICY' },
}

/**
 * The policies of a file: a policy itself (JSON or YAML), or those of a CloudFormation template or a Terraform plan.
 * @param text  a raw file
 * @param type  what a file that is a policy is for, a key of `policyUses`; guessed from the document when left out
 * @throws      Error when nothing in it is a policy
 */
export function policiesIn(text: string, type?: string): FoundPolicy[] {
  const isJson = /^\s*\{/.test(text)
  const template = isJson ? undefined : readTemplate(text)
  const value = template ? template.value : looseJson(text)
  // JSON with a mistake in it is still a policy: the finding says where the mistake is.
  if (value === undefined) return [{ name: '', text, use: useOf(undefined, type), placeOf: placeInJson }]
  if (isObject(value) && isObject(value['Resources'])) return cloudFormationPolicies(template ?? readTemplate(text))
  if (isObject(value) && (isObject(value['planned_values']) || Array.isArray(value['resource_changes'])))
    return terraformPolicies(value, text)
  if (isObject(value) && !('Statement' in value) && !('Version' in value) && Object.keys(value).length > 0)
    throw new Error('the file holds no policy')
  const use = useOf(value, type)
  return [
    template
      ? { name: '', text: JSON.stringify(value, undefined, 2), use, placeOf: placeIn(template, []) }
      : { name: '', text, use, placeOf: placeInJson },
  ]
}

/** Positions in the policy are positions in the file. */
function placeInJson(location: Location | undefined): FilePlace {
  const { line, column } = location?.span.start ?? { line: 1, column: 0 }
  return { line, column: column + 1 }
}

const placeIn = (template: TemplateDocument, before: readonly PathElement[]) => (location: Location | undefined) =>
  template.placeOf([...before, ...(location?.path ?? [])])

type Fields = { readonly [key: string]: unknown }
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

function looseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function useOf(value: unknown, type: string | undefined): PolicyUse {
  const chosen = type === undefined ? undefined : policyUses[type]
  if (chosen) return chosen
  const [statement] = isObject(value) ? [value['Statement']].flat() : []
  if (!isObject(statement) || !('Principal' in statement || 'NotPrincipal' in statement)) return policyUses['identity'] as PolicyUse
  const actions = [statement['Action']].flat()
  const assumes = !('Resource' in statement) && actions.length > 0 && actions.every(action => /^sts:/i.test(String(action)))
  return assumes ? trust : (policyUses['resource'] as PolicyUse)
}

/** Properties that hold a policy. CloudFormation Template Reference. */
const propertyUses: Readonly<Record<string, PolicyUse>> = {
  AssumeRolePolicyDocument: trust,
  KeyPolicy: { policyType: 'RESOURCE_POLICY' },
  ResourcePolicy: { policyType: 'RESOURCE_POLICY' },
  RepositoryPolicyText: { policyType: 'RESOURCE_POLICY' },
  FileSystemPolicy: { policyType: 'RESOURCE_POLICY' },
}

function cloudFormationPolicies(template: TemplateDocument): FoundPolicy[] {
  const { Resources } = template.value as { Resources: Fields }
  return Object.entries(Resources).flatMap(([logicalId, resource]) => {
    if (!isObject(resource)) return []
    const type = String(resource['Type'])
    const path = [{ value: 'Resources' }, { value: logicalId }, { value: 'Properties' }]
    return policiesWithin(resource['Properties'], { name: logicalId, key: '', path }).map(({ name, key, value, path: way }) => ({
      name,
      text: JSON.stringify(value, undefined, 2),
      use: propertyUses[key] ?? useOfResource(type, value, resource),
      placeOf: placeIn(template, way),
    }))
  })
}

function useOfResource(type: string, value: unknown, resource: Fields): PolicyUse {
  if (type === 'AWS::S3::BucketPolicy' || type === 'aws_s3_bucket_policy') return policyUses['bucket'] as PolicyUse
  const kind = isObject(resource['Properties']) ? resource['Properties']['Type'] : resource['type']
  if (kind === 'SERVICE_CONTROL_POLICY') return policyUses['scp'] as PolicyUse
  if (kind === 'RESOURCE_CONTROL_POLICY') return policyUses['rcp'] as PolicyUse
  return useOf(value, undefined)
}

interface Way {
  readonly name: string
  readonly key: string
  readonly path: readonly PathElement[]
}

function policiesWithin(value: unknown, way: Way): (Way & { readonly value: Fields })[] {
  const { name, key, path } = way
  if (path.length > 20) return []
  if (Array.isArray(value))
    return value.flatMap((item, index) => policiesWithin(item, { name: `${name}[${index}]`, key, path: [...path, { index }] }))
  if (!isObject(value)) return []
  if ('Statement' in value) return [{ ...way, value }]
  return Object.entries(value).flatMap(([member, inner]) =>
    policiesWithin(inner, { name: `${name}.${member}`, key: member, path: [...path, { value: member }] }),
  )
}

/** Attributes of Terraform's AWS provider that hold a policy as text. */
const attributeUses: Readonly<Record<string, PolicyUse | undefined>> = {
  assume_role_policy: trust,
  policy: undefined,
  inline_policy: undefined,
  content: undefined,
  policy_document: undefined,
  access_policies: undefined,
  resource_policy: undefined,
}

function terraformPolicies(plan: Fields, text: string): FoundPolicy[] {
  const changes = Array.isArray(plan['resource_changes']) ? plan['resource_changes'] : plannedResources(plan['planned_values'])
  return changes.filter(isObject).flatMap(resource => {
    const after = isObject(resource['change']) ? resource['change']['after'] : resource['values']
    const address = String(resource['address'])
    return attributesOf(after, address).flatMap(([name, attribute, value]) => {
      const document = looseJson(value)
      if (!isObject(document) || !('Statement' in document)) return []
      const type = String(resource['type'])
      const use = attributeUses[attribute] ?? useOfResource(type, document, isObject(after) ? after : {})
      return [{ name, text: value, use, placeOf: () => ({ line: lineOf(text, address), column: 1 }) }]
    })
  })
}

/** Resources of the root module and of those in it, where a plan does not tell changes. Terraform documentation, "JSON Output Format", "Values Representation". */
function plannedResources(values: unknown): unknown[] {
  const within = (module: unknown, depth: number): unknown[] => {
    if (!isObject(module) || depth > 50) return []
    const [resources, children] = [module['resources'], module['child_modules']].map(list => (Array.isArray(list) ? list : []))
    return [...(resources ?? []), ...(children ?? []).flatMap(child => within(child, depth + 1))]
  }
  return isObject(values) ? within(values['root_module'], 0) : []
}

function attributesOf(value: unknown, name: string, attribute = '', depth = 0): [string, string, string][] {
  if (typeof value === 'string') return Object.hasOwn(attributeUses, attribute) ? [[name, attribute, value]] : []
  if (depth > 6 || typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    attributesOf(inner, `${name}.${key}`, Array.isArray(value) ? attribute : key, depth + 1),
  )
}

function lineOf(text: string, name: string): number {
  const at = text.indexOf(name)
  return at === -1 ? 1 : text.slice(0, at).split('\n').length
}
