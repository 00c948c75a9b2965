/**
 * Templates of policies and roles that product providers and AWS services register with AWS out of band. Whoever runs Gatehouse registers them in a file.
 * IAM User Guide, "IAM temporary delegation for AWS Partners"; IAM API Reference, "AcquireRole".
 */
export interface Templates {
  readonly policies: readonly PolicyTemplate[]
  readonly roles: readonly RoleTemplate[]
}

/** What a product provider asks of customers' accounts, with parameters such as `@{bucketName}`. */
export interface PolicyTemplate {
  readonly arn: string
  /** The provider's account, which alone may ask by this template. */
  readonly account: string
  /** The provider's name, as customers read it. */
  readonly name: string
  /** A policy with parameters, as text. */
  readonly policy: string
  /** Boundaries that roles must have which are made with the permissions. */
  readonly boundaries: readonly string[]
  /** Where messages for the provider's notification channel go: a URL that takes them by POST. */
  readonly endpoint: string
}

/** What roles are made by: a minor version of a template. IAM API Reference, "RoleTemplateVersion". */
export interface RoleTemplate {
  /** `arn:aws:iam::aws:role-template/service/name:major`. */
  readonly arn: string
  readonly service: string
  readonly name: string
  readonly majorVersion: number
  readonly minorVersion: number
  /** Whether this is the version that those who name none get. */
  readonly isDefault: boolean
  readonly enabled: boolean
  readonly description?: string | undefined
  readonly roleName: string
  readonly rolePath: string
  readonly roleDescription?: string | undefined
  readonly trustPolicy: string
  readonly inlinePolicies: { readonly [name: string]: string }
  readonly managedPolicies: readonly string[]
  readonly boundary?: string | undefined
  readonly parameters: readonly TemplateParameter[]
  readonly tags: { readonly [key: string]: string }
  readonly maxSessionSeconds?: number | undefined
}

/** IAM API Reference, "ParameterDefinition". */
export interface TemplateParameter {
  readonly name: string
  readonly type: TemplateParameterType
  readonly description?: string | undefined
  readonly required: boolean
  readonly defaultValue?: string | undefined
}

export const templateParameterTypes = ['String', 'StringList', 'Number', 'NumberList', 'Arn', 'ArnList'] as const
export type TemplateParameterType = (typeof templateParameterTypes)[number]

/** Values by parameter. A text has one, a list has several. */
export interface TemplateValues {
  readonly [parameter: string]: readonly string[]
}

const placeholder = /@\{([\w.-]{1,256})\}/g

/** The parameters that a text has, each once. */
export const parametersOf = (text: string): string[] => [...new Set([...text.matchAll(placeholder)].map(([, name]) => name as string))]

/** Puts values in place of a text's parameters; a list's with commas between. */
export const fillText = (text: string, values: TemplateValues): string =>
  text.replace(placeholder, (whole, name: string) => values[name]?.join(',') ?? whole)

/**
 * Puts values in place of a policy's parameters. Done in the parsed document, so that no value can be more than the text or list it stands in: a list that
 * stands alone for a text becomes a list.
 * @param text  JSON
 */
export function fillPolicy(text: string, values: TemplateValues): string {
  return JSON.stringify(filled(JSON.parse(text), values))
}

function filled(value: unknown, values: TemplateValues): unknown {
  if (typeof value === 'string') {
    const alone = /^@\{([\w.-]+)\}$/.exec(value)?.[1]
    const given = alone === undefined ? undefined : values[alone]
    return given && given.length > 1 ? given : fillText(value, values)
  }
  if (Array.isArray(value)) return value.flatMap(item => filled(item, values))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [fillText(key, values), filled(item, values)]))
}
