import type { Json, JsonObject } from '../../../types/json.ts'
import { asText, isObject } from '../template/template.ts'
import { changed, objects, tagChanges, tagMap, tagsOf, text, unlessGone } from './properties.ts'
import { mutable, replacing, type ResourceContext, type ResourceType, thenFinish } from './resource-type.ts'

// Trails and analyzers. CloudFormation Template Reference, "AWS::CloudTrail::Trail", "AWS::AccessAnalyzer::Analyzer".

const trailCall = <Output = object>(context: ResourceContext, operation: string, input: object) =>
  context.call<Output>('cloudtrail', operation, input)

/** What CreateTrail and UpdateTrail take under the name that the template has for it. */
const trailMembers = [
  'S3BucketName',
  'S3KeyPrefix',
  'SnsTopicName',
  'IncludeGlobalServiceEvents',
  'IsMultiRegionTrail',
  'EnableLogFileValidation',
  'CloudWatchLogsLogGroupArn',
  'CloudWatchLogsRoleArn',
  'KMSKeyId',
  'IsOrganizationTrail',
]

const trailInput = (properties: JsonObject) =>
  Object.fromEntries(trailMembers.map(name => [name === 'KMSKeyId' ? 'KmsKeyId' : name, properties[name]]))

export const trail: ResourceType = {
  name: 'AWS::CloudTrail::Trail',
  systemTags: true,
  properties: {
    ...mutable(
      ...trailMembers,
      'IsLogging',
      'Tags',
      'EventSelectors',
      'AdvancedEventSelectors',
      'InsightSelectors',
      'AggregationConfigurations',
    ),
    ...replacing('TrailName'),
  },
  required: ['IsLogging', 'S3BucketName'],
  namedBy: 'TrailName',
  attributes: ['Arn', 'SnsTopicArn'],

  async create(properties, context) {
    const Name = text(properties, 'TrailName') ?? context.name(128)
    const TagsList = tagsOf(properties, context.tags)
    const made = await trailCall<{ TrailARN: string; SnsTopicARN?: string }>(context, 'CreateTrail', {
      Name,
      ...trailInput(properties),
      ...(TagsList.length > 0 && { TagsList }),
    })
    await thenFinish(Name, async () => {
      await select(Name, properties, {}, context)
      await log(Name, properties, context)
    })
    return { physicalId: Name, attributes: { Arn: made.TrailARN, SnsTopicArn: made.SnsTopicARN ?? '' } }
  },

  async update(Name, properties, previous, context) {
    const made = await trailCall<{ TrailARN: string; SnsTopicARN?: string }>(context, 'UpdateTrail', { Name, ...trailInput(properties) })
    await select(Name, properties, previous, context)
    if (changed(properties, previous, 'IsLogging')) await log(Name, properties, context)
    const next = tagsOf(properties, context.tags)
    const { set, remove } = tagChanges(next, tagsOf(previous, context.previousTags))
    if (remove.length > 0) await trailCall(context, 'RemoveTags', { ResourceId: made.TrailARN, TagsList: remove.map(Key => ({ Key })) })
    if (set.length > 0) await trailCall(context, 'AddTags', { ResourceId: made.TrailARN, TagsList: set })
    return { physicalId: Name, attributes: { Arn: made.TrailARN, SnsTopicArn: made.SnsTopicARN ?? '' } }
  },

  delete: (Name, _properties, context) => unlessGone(trailCall(context, 'DeleteTrail', { Name })),
}

const log = (Name: string, { IsLogging }: JsonObject, context: ResourceContext) =>
  trailCall(context, String(IsLogging) === 'true' ? 'StartLogging' : 'StopLogging', { Name })

/** Selectors by property, with the call that sets them. */
const selectors = {
  EventSelectors: 'PutEventSelectors',
  AdvancedEventSelectors: 'PutEventSelectors',
  InsightSelectors: 'PutInsightSelectors',
}

async function select(TrailName: string, properties: JsonObject, previous: JsonObject, context: ResourceContext): Promise<void> {
  for (const [name, operation] of Object.entries(selectors))
    if (changed(properties, previous, name) && properties[name] !== undefined)
      await trailCall(context, operation, { TrailName, [name]: objects(properties, name) })
  const aggregations = 'AggregationConfigurations'
  if (changed(properties, previous, aggregations))
    await trailCall(context, 'PutEventConfiguration', { TrailName, [aggregations]: objects(properties, aggregations) })
}

const analyzerCall = <Output = object>(context: ResourceContext, operation: string, input: object) =>
  context.call<Output>('access-analyzer', operation, input)

/** A filter of a template is a list with `Property` and the operators; the API's is a map by property. */
function filterOf(rule: JsonObject): JsonObject {
  return Object.fromEntries(
    objects(rule, 'Filter').map(({ Property, ...operators }) => [
      asText(Property),
      Object.fromEntries(Object.entries(operators).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value as Json])),
    ]),
  )
}

/** `UnusedAccess` of a template is `unusedAccessAge` inside `unusedAccess` of the API: first letters in lower case all the way down. */
function lowered(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map(each => lowered(each) ?? null)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name.charAt(0).toLowerCase() + name.slice(1), lowered(each)]))
}

const configurationOf = ({ AnalyzerConfiguration }: JsonObject) =>
  AnalyzerConfiguration === undefined ? {} : { configuration: lowered(AnalyzerConfiguration) }

const ruleName = (rule: JsonObject): string => asText(rule['RuleName'])

export const analyzer: ResourceType = {
  name: 'AWS::AccessAnalyzer::Analyzer',
  systemTags: true,
  properties: { ...mutable('AnalyzerConfiguration', 'ArchiveRules', 'Tags'), ...replacing('AnalyzerName', 'Type') },
  required: ['Type'],
  namedBy: 'AnalyzerName',
  attributes: ['Arn'],

  async create(properties, context) {
    const { arn } = await analyzerCall<{ arn: string }>(context, 'CreateAnalyzer', {
      analyzerName: text(properties, 'AnalyzerName') ?? context.name(255),
      type: text(properties, 'Type'),
      archiveRules: objects(properties, 'ArchiveRules').map(rule => ({ ruleName: ruleName(rule), filter: filterOf(rule) })),
      tags: tagMap(tagsOf(properties, context.tags)),
      ...configurationOf(properties),
    })
    return { physicalId: arn, attributes: { Arn: arn } }
  },

  async update(arn, properties, previous, context) {
    const analyzerName = nameOf(arn)
    if (changed(properties, previous, 'AnalyzerConfiguration'))
      await analyzerCall(context, 'UpdateAnalyzer', { analyzerName, ...configurationOf(properties) })
    const [now, before] = [objects(properties, 'ArchiveRules'), objects(previous, 'ArchiveRules')]
    for (const rule of before)
      if (!now.some(each => ruleName(each) === ruleName(rule)))
        await unlessGone(analyzerCall(context, 'DeleteArchiveRule', { analyzerName, ruleName: ruleName(rule) }))
    for (const rule of now) {
      const operation = before.some(each => ruleName(each) === ruleName(rule)) ? 'UpdateArchiveRule' : 'CreateArchiveRule'
      await analyzerCall(context, operation, { analyzerName, ruleName: ruleName(rule), filter: filterOf(rule) })
    }
    const { set, remove } = tagChanges(tagsOf(properties, context.tags), tagsOf(previous, context.previousTags))
    if (remove.length > 0) await analyzerCall(context, 'UntagResource', { resourceArn: arn, tagKeys: remove })
    if (set.length > 0) await analyzerCall(context, 'TagResource', { resourceArn: arn, tags: tagMap(set) })
    return { physicalId: arn }
  },

  delete: (arn, _properties, context) => unlessGone(analyzerCall(context, 'DeleteAnalyzer', { analyzerName: nameOf(arn) })),
}

const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)
