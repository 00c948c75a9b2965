import { type Fields, fieldsOf, isFields, listOf, objectsOf, textOf, textsOf } from '../import/fields.ts'

/** A resource as a plan leaves it, and as it was. */
export interface TerraformResource {
  readonly address: string
  /** The address of its module, with indexes; empty for the root. */
  readonly module: string
  readonly type: string
  /** Its name within the module. */
  readonly label: string
  /** Of an instance made by count or for_each. */
  readonly index: string
  readonly before: Fields | undefined
  readonly after: Fields | undefined
  /** The members of `after` that are known after apply alone. */
  readonly unknown: Fields
  /** It goes before it comes again. */
  readonly isReplaced: boolean
}

/** Where the configuration says that a value comes from. */
export type Origin =
  | { readonly kind: 'constant'; readonly value: unknown }
  | { readonly kind: 'attribute'; readonly resource: TerraformResource; readonly attribute: string }

/** References that go through more variables and outputs than this go round in circles. */
const mostSteps = 20

/** A plan as `terraform show -json` prints it. Terraform documentation, "JSON Output Format". */
export class TerraformPlan {
  readonly resources: readonly TerraformResource[]
  /** The account of `data.aws_caller_identity`, where the plan has one. */
  readonly account: string | undefined
  readonly region: string | undefined
  readonly #configuration: Fields
  readonly #variables: Fields

  constructor(plan: Fields) {
    this.resources = resourcesOf(plan)
    this.#configuration = fieldsOf(fieldsOf(plan['configuration'])['root_module'])
    this.#variables = fieldsOf(plan['variables'])
    const known = valuesOf(fieldsOf(fieldsOf(fieldsOf(plan['prior_state'])['values'])['root_module']))
    const data = (type: string) => known.find(each => each.type === type)?.after ?? {}
    this.account = textOf(data('aws_caller_identity')['account_id']) || undefined
    const { region, name } = data('aws_region')
    this.region = textOf(region) || textOf(name) || this.#providerRegion(plan)
  }

  #providerRegion(plan: Fields): string | undefined {
    const providers = Object.values(fieldsOf(fieldsOf(plan['configuration'])['provider_config'])).map(fieldsOf)
    const aws = providers.find(({ name, alias }) => name === 'aws' && alias === undefined)
    const { constant_value, references } = fieldsOf(fieldsOf(aws?.['expressions'])['region'])
    const variable = /^var\.(\w+)$/.exec(textsOf(references)[0] ?? '')?.[1]
    return textOf(constant_value) || textOf(fieldsOf(this.#variables[variable ?? ''])['value']) || undefined
  }

  /** Where each value of an attribute comes from; undefined for a value that is made of several. */
  originsOf({ module, type, label, index }: TerraformResource, attribute: string): Origin[] | undefined {
    const declared = objectsOf(this.#moduleAt(module)['resources']).find(each => each['address'] === `${type}.${label}`)
    return this.#origins(fieldsOf(declared?.['expressions'])[attribute], module, index, mostSteps)
  }

  #moduleAt(module: string): Fields {
    const names = callsOf(module)
    return names.reduce((at, name) => fieldsOf(fieldsOf(fieldsOf(at['module_calls'])[name])['module']), this.#configuration)
  }

  #origins(expression: unknown, module: string, index: string, steps: number): Origin[] | undefined {
    if (!isFields(expression) || steps === 0) return undefined
    if ('constant_value' in expression) return [{ kind: 'constant', value: expression['constant_value'] }]
    const all = textsOf(expression['references'])
    // "aws_iam_role.a.arn" is listed with "aws_iam_role.a" that it goes through.
    const references = all.filter(reference => !all.some(other => other !== reference && /^[.[]/.test(afterPrefix(other, reference))))
    const origins = references.map(reference => this.#origin(reference, module, index, steps - 1))
    return origins.length === 0 || origins.includes(undefined) ? undefined : origins.flatMap(each => each ?? [])
  }

  #origin(reference: string, module: string, index: string, steps: number): Origin[] | undefined {
    const variable = /^var\.(\w+)$/.exec(reference)?.[1]
    if (variable !== undefined) return this.#variable(variable, module, index, steps)
    const [, call, output] = /^module\.(\w[\w-]*)(?:\[[^\]]*\])?\.(\w+)$/.exec(reference) ?? []
    if (call !== undefined && output !== undefined) {
      const inner = [module, `module.${call}`].filter(part => part !== '').join('.')
      const declared = fieldsOf(fieldsOf(this.#moduleAt(inner)['outputs'])[output])
      return this.#origins(declared['expression'], inner, index, steps)
    }
    const [, type, label, at, attribute] = /^(\w+)\.(\w[\w-]*)((?:\[[^\]]*\])?)\.(\w+)$/.exec(reference) ?? []
    const named = this.resources.filter(each => each.type === type && each.label === label && sameModule(each.module, module))
    const here = named.filter(each => each.module === module)
    const instances = here.length > 0 ? here : named
    const resource =
      instances.length === 1 ? instances[0] : instances.find(each => each.index === (at || index) && each.after !== undefined)
    return resource && attribute !== undefined ? [{ kind: 'attribute', resource, attribute }] : undefined
  }

  #variable(name: string, module: string, index: string, steps: number): Origin[] | undefined {
    if (module === '') {
      const variable = this.#variables[name]
      return isFields(variable) ? [{ kind: 'constant', value: variable['value'] }] : undefined
    }
    const calls = callsOf(module)
    const caller = this.#moduleAt(callsAddress(calls.slice(0, -1)))
    const call = fieldsOf(fieldsOf(caller['module_calls'])[calls.at(-1) ?? ''])
    return this.#origins(fieldsOf(call['expressions'])[name], callsAddress(calls.slice(0, -1)), index, steps)
  }
}

const afterPrefix = (text: string, prefix: string): string => (text.startsWith(prefix) ? text.slice(prefix.length) : '')
const callsAddress = (calls: readonly string[]): string => calls.map(name => `module.${name}`).join('.')

/** Names of the modules on the way to one, without indexes. */
const callsOf = (module: string): string[] => [...module.matchAll(/module\.([\w-]+)/g)].map(match => match[1] ?? '')
const sameModule = (a: string, b: string): boolean => callsAddress(callsOf(a)) === callsAddress(callsOf(b))

/** Changes when the plan tells them; else the values that it leaves. */
function resourcesOf(plan: Fields): TerraformResource[] {
  if (!Array.isArray(plan['resource_changes'])) return valuesOf(fieldsOf(fieldsOf(plan['planned_values'])['root_module']))
  return objectsOf(plan['resource_changes'])
    .filter(({ mode, change }) => mode !== 'data' && !textsOf(fieldsOf(change)['actions']).includes('forget'))
    .map(resource => {
      const { before, after, after_unknown, actions } = fieldsOf(resource['change'])
      return {
        ...placeOf(resource, textOf(resource['module_address'])),
        before: isFields(before) ? before : undefined,
        after: isFields(after) ? after : undefined,
        unknown: fieldsOf(after_unknown),
        isReplaced: textsOf(actions).length > 1,
      }
    })
}

function valuesOf(module: Fields): TerraformResource[] {
  const here = objectsOf(module['resources']).map(resource => ({
    ...placeOf(resource, textOf(module['address'])),
    before: undefined,
    after: fieldsOf(resource['values']),
    unknown: {},
    isReplaced: false,
  }))
  return [...here, ...listOf(module['child_modules']).flatMap(child => valuesOf(fieldsOf(child)))]
}

const placeOf = (resource: Fields, module: string) => ({
  address: textOf(resource['address']),
  module,
  type: textOf(resource['type']),
  label: textOf(resource['name']),
  index: /\[[^\]]*\]$/.exec(textOf(resource['address']))?.[0] ?? '',
})
