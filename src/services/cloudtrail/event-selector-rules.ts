import { type BasicSelector, type FieldSelector, selectorFields } from '../../audit/event-selectors.ts'
import type { AdvancedEventSelector, AdvancedFieldSelector, EventSelector } from '../../wire/models/cloudtrail.ts'
import { dataResourceTypes } from './data-resource-types.ts'
import { cloudtrail } from './service.ts'

const refuse = (why: string): never => {
  throw new cloudtrail.InvalidEventSelectorsException(why)
}

/** Limits of a trail's selectors. CloudTrail User Guide, "Quotas in AWS CloudTrail". */
const mostSelectors = 5
const mostDataResources = 250
const mostValues = 500

/** The types that basic selectors know, and how the ARNs of their values begin. CloudTrail API Reference, "DataResource". */
const basicDataResourceTypes: { readonly [type: string]: RegExp } = {
  'AWS::S3::Object': /^arn:[a-z-]+:s3(:::[^/]+\/.*)?$/s,
  'AWS::Lambda::Function': /^arn:[a-z-]+:lambda(:[a-z0-9-]+:\d{12}:function:.+)?$/,
  'AWS::DynamoDB::Table': /^arn:[a-z-]+:dynamodb(:[a-z0-9-]+:\d{12}:table\/.+)?$/,
}
const excludable = ['kms.amazonaws.com', 'rdsdata.amazonaws.com']

/** Parses basic event selectors. @throws InvalidEventSelectorsException. CloudTrail API Reference, "EventSelector" */
export function parseBasicSelectors(selectors: readonly EventSelector[]): BasicSelector[] {
  if (selectors.length === 0 || selectors.length > mostSelectors) refuse(`A trail has 1 to ${mostSelectors} event selectors.`)
  const parsed = selectors.map(parseBasic)
  const resources = parsed.flatMap(({ dataResources }) => dataResources.flatMap(({ values }) => values))
  if (resources.length > mostDataResources) refuse(`The event selectors of a trail have ${mostDataResources} data resources at most.`)
  return parsed
}

const readWriteTypes: ReadonlySet<string> = new Set(['ReadOnly', 'WriteOnly', 'All'])

function parseBasic({
  ReadWriteType = 'All',
  IncludeManagementEvents: management = true,
  DataResources = [],
  ExcludeManagementEventSources: excludedSources = [],
}: EventSelector): BasicSelector {
  if (!readWriteTypes.has(ReadWriteType)) refuse(`The ReadWriteType of an event selector is one of ${[...readWriteTypes].join(', ')}.`)
  if (!management && DataResources.length === 0) refuse('An event selector must include management events or have data resources.')
  if (excludedSources.some(source => !excludable.includes(source)))
    refuse(`Only ${excludable.join(' and ')} can be excluded from management events.`)
  const dataResources = DataResources.map(({ Type: type = '', Values: values = [] }) => {
    const form = Object.hasOwn(basicDataResourceTypes, type) ? basicDataResourceTypes[type] : undefined
    if (!form) return refuse(`Event selectors have no data resources of type ${type.slice(0, 100)}.`)
    const wrong = values.find(value => !form.test(value))
    if (wrong !== undefined) refuse(`${wrong.slice(0, 200)} is not the ARN of a resource of type ${type}.`)
    return { type, values }
  })
  return { readWrite: ReadWriteType as BasicSelector['readWrite'], management, excludedSources, dataResources }
}

type Destination = 'trail' | 'eventDataStore'

const common = ['eventName', 'eventSource', 'eventType', 'readOnly', 'sessionCredentialFromConsole', 'userIdentity.arn']

/** Fields that may stand beside eventCategory, by its value. CloudTrail API Reference, "AdvancedFieldSelector", Field. */
const fieldsOf: { readonly [destination in Destination]: { readonly [category: string]: readonly string[] } } = {
  trail: {
    Management: ['eventSource', 'readOnly'],
    Data: [...common, 'resources.type', 'resources.ARN'],
    NetworkActivity: ['eventSource', 'eventName', 'errorCode', 'vpcEndpointId'],
  },
  eventDataStore: {
    Management: common,
    Data: [...common, 'resources.type', 'resources.ARN'],
    NetworkActivity: ['eventSource', 'eventName', 'errorCode', 'vpcEndpointId', 'eventType', 'userIdentity.arn'],
    Insight: [],
    ConfigurationItem: [],
    Evidence: [],
    ActivityAuditLog: [],
  },
}

/** Fields that take few operators or values, and one value alone. The same page; CloudTrail User Guide, "Filtering data events by using advanced event selectors". */
const narrow: {
  readonly [field: string]: { readonly operators?: readonly OperatorName[]; readonly values?: readonly string[]; readonly one?: true }
} = {
  eventCategory: {},
  'resources.type': { one: true },
  readOnly: { values: ['true', 'false'], one: true },
  sessionCredentialFromConsole: { operators: ['Equals', 'NotEquals'], values: ['true'], one: true },
  errorCode: { values: ['VpceAccessDenied'], one: true },
}

const operators = {
  Equals: 'equals',
  StartsWith: 'startsWith',
  EndsWith: 'endsWith',
  NotEquals: 'notEquals',
  NotStartsWith: 'notStartsWith',
  NotEndsWith: 'notEndsWith',
} as const
type OperatorName = keyof typeof operators

const operatorsOf = (field: AdvancedFieldSelector) =>
  (Object.keys(operators) as OperatorName[]).filter(operator => field[operator] !== undefined)

/**
 * Parses advanced event selectors.
 * @throws InvalidEventSelectorsException. CloudTrail API Reference, "AdvancedEventSelector"; CloudTrail User Guide, "Filtering events"
 */
export function parseAdvancedSelectors(
  selectors: readonly AdvancedEventSelector[],
  destination: Destination,
): { name: string | undefined; fields: FieldSelector[] }[] {
  if (selectors.length === 0) refuse('Specify at least one advanced event selector.')
  const parsed = selectors.map(({ Name, FieldSelectors }) => {
    checkFields(FieldSelectors, destination)
    return { name: Name, fields: FieldSelectors.map(parseField) }
  })
  const values = parsed.flatMap(({ fields }) => fields.flatMap(({ field: _field, ...conditions }) => Object.values(conditions).flat()))
  if (values.length > mostValues) refuse(`Advanced event selectors have ${mostValues} values at most.`)
  return parsed
}

function checkFields(fields: readonly AdvancedFieldSelector[], destination: Destination): void {
  const names = fields.map(({ Field }) => Field)
  if (new Set(names).size < names.length) refuse('A field can stand only once in a selector.')
  const category = fields.find(({ Field }) => Field === 'eventCategory')
  const [value] = category?.Equals ?? []
  const allowed = value !== undefined && Object.hasOwn(fieldsOf[destination], value) ? fieldsOf[destination][value] : undefined
  if (!allowed || category?.Equals?.length !== 1)
    return refuse(`eventCategory must equal one of ${Object.keys(fieldsOf[destination]).join(', ')}.`)
  for (const field of fields) checkField(field, [...allowed, 'eventCategory'], value)
  if (value === 'Data') checkResources(fields)
  const source = fields.find(({ Field }) => Field === 'eventSource')
  if (value === 'NetworkActivity' && (source?.Equals?.length !== 1 || operatorsOf(source).length > 1))
    refuse('Selectors of network activity need an eventSource, equal to one source.')
  if (destination === 'trail' && value === 'Management' && source && !excludesOnly(source))
    refuse(`For management events of a trail, eventSource can only be unequal to ${excludable.join(' or ')}.`)
}

const excludesOnly = (source: AdvancedFieldSelector) =>
  operatorsOf(source).every(operator => operator === 'NotEquals') && (source.NotEquals ?? []).every(value => excludable.includes(value))

function checkField(selector: AdvancedFieldSelector, allowed: readonly string[], category: string | undefined): void {
  const { Field } = selector
  if (!selectorFields.includes(Field) || !allowed.includes(Field))
    refuse(`${Field.slice(0, 100)} is not a field of selectors for ${String(category)} events.`)
  const given = operatorsOf(selector)
  if (given.length === 0) refuse(`The field ${Field} has no operator.`)
  const rule = Object.hasOwn(narrow, Field) ? narrow[Field] : undefined
  if (!rule) return
  const { operators: taken = ['Equals'], values, one } = rule
  if (given.some(operator => !taken.includes(operator))) refuse(`The field ${Field} takes ${taken.join(' and ')} alone.`)
  const wanted = given.flatMap(operator => selector[operator] ?? [])
  if (values && wanted.some(value => !values.includes(value))) refuse(`The field ${Field} is one of ${values.join(', ')}.`)
  if (one && wanted.length !== 1) refuse(`The field ${Field} takes one value.`)
}

/** "If you use Equals or NotEquals, the value must exactly match the ARN of a valid resource of the type": objects' forms are known, others have an ARN's. */
const objectArn = /^arn:[a-z-]+:s3:::[^/]+\/.*$/s
const anyArn = /^arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:.+$/s

function checkResources(fields: readonly AdvancedFieldSelector[]): void {
  const [type = ''] = fields.find(({ Field }) => Field === 'resources.type')?.Equals ?? []
  if (!dataResourceTypes.has(type)) refuse('Selectors of data events need resources.type, equal to one type that data events have.')
  const { Equals = [], NotEquals = [] } = fields.find(({ Field }) => Field === 'resources.ARN') ?? {}
  const form = type === 'AWS::S3::Object' ? objectArn : anyArn
  const wrong = [...Equals, ...NotEquals].find(value => !form.test(value))
  if (wrong !== undefined) refuse(`${wrong.slice(0, 200)} is not the ARN of a resource of type ${type}.`)
}

const parseField = (selector: AdvancedFieldSelector): FieldSelector => ({
  field: selector.Field,
  ...Object.fromEntries(operatorsOf(selector).map(operator => [operators[operator], selector[operator]])),
})

/** A parsed selector as the API shows it. */
export const advancedShape = ({ name, fields }: { readonly name?: string | undefined; readonly fields: readonly FieldSelector[] }) => ({
  ...(name !== undefined && { Name: name }),
  FieldSelectors: fields.map(selector => ({
    Field: selector.field,
    ...Object.fromEntries(
      (Object.keys(operators) as OperatorName[]).flatMap(operator =>
        selector[operators[operator]] === undefined ? [] : [[operator, selector[operators[operator]]]],
      ),
    ),
  })),
})

export const basicShape = ({ readWrite, management, excludedSources, dataResources }: BasicSelector) => ({
  ReadWriteType: readWrite,
  IncludeManagementEvents: management,
  DataResources: dataResources.map(({ type, values }) => ({ Type: type, Values: values })),
  ExcludeManagementEventSources: excludedSources,
})
