/**
 * Where an input names the variable parts of its resources' ARNs, by service and by variable of the formats in the Service Authorization Reference:
 * `Names[]` is each of a list, `RequestItems{}` each key of a map, dots go deeper, and what follows a bar is meant where nothing stands. Whole ARNs may
 * stand there as well.
 */
export const resourceMembers: { readonly [service: string]: { readonly [variable: string]: readonly string[] } } = {
  s3: { BucketName: ['Bucket'], ObjectName: ['Key'] },
  dynamodb: {
    TableName: [
      'TableName',
      'RequestItems{}',
      'TargetTableName',
      'SourceTableName',
      'TableCreationParameters.TableName',
      'TableArn',
      'SourceTableArn',
      'ResourceArn',
    ],
    IndexName: ['IndexName'],
    BackupName: ['BackupArn'],
    ExportName: ['ExportArn'],
    ImportName: ['ImportArn'],
    GlobalTableName: ['GlobalTableName'],
  },
  sqs: { QueueName: ['QueueUrl', 'QueueName', 'SourceArn', 'DestinationArn'] },
  sns: { TopicName: ['TopicArn', 'TargetArn', 'ResourceArn', 'Name'] },
  kms: { KeyId: ['KeyId', 'TargetKeyId'], Alias: ['AliasName'] },
  secretsmanager: { SecretId: ['SecretId', 'SecretIdList[]', 'Name'] },
  ssm: {
    ParameterNameWithoutLeadingSlash: ['Name', 'Names[]', 'Path'],
    DocumentName: ['DocumentName', 'Name'],
    InstanceId: ['InstanceId', 'InstanceIds[]', 'Target'],
  },
  lambda: {
    FunctionName: ['FunctionName', 'Resource'],
    LayerName: ['LayerName'],
    LayerVersion: ['VersionNumber'],
    UUID: ['UUID'],
    CodeSigningConfigId: ['CodeSigningConfigArn'],
  },
  ecr: { RepositoryName: ['repositoryName', 'repositoryNames[]', 'resourceArn'] },
  logs: {
    LogGroupName: [
      'logGroupName',
      'logGroupNames[]',
      'logGroupIdentifier',
      'logGroupIdentifiers[]',
      'logGroupArn',
      'resourceArn',
      'resourceIdentifier',
    ],
    LogStreamName: ['logStreamName', 'logStreamNames[]'],
    DestinationName: ['destinationName'],
    DeliveryName: ['id'],
    DeliverySourceName: ['name'],
    DeliveryDestinationName: ['name', 'deliveryDestinationName'],
  },
  events: {
    EventBusName: ['EventBusName'],
    RuleName: ['Rule', 'Name', 'ResourceARN'],
    ArchiveName: ['ArchiveName'],
    ReplayName: ['ReplayName'],
    ConnectionName: ['Name'],
    ApiDestinationName: ['Name'],
    EndpointName: ['Name'],
    EventSourceName: ['Name'],
  },
  kinesis: { StreamName: ['StreamName', 'StreamARN', 'ResourceARN'], ConsumerName: ['ConsumerARN'] },
}

/** The texts at a path of an input. */
export function textsAt(input: unknown, path: string): string[] {
  let found: unknown[] = [input]
  for (const part of path.split('.')) {
    const [, name = '', fallback] = /^([^[{|]+)(?:\[\]|\{\})?(?:\|(.*))?$/.exec(part) ?? []
    const inner = found.map(value => memberOf(value, name) ?? fallback).filter(value => value !== undefined && value !== null)
    if (part.endsWith('[]')) found = inner.flatMap(value => (Array.isArray(value) ? (value as unknown[]) : []))
    else if (part.endsWith('{}')) found = inner.flatMap(value => Object.keys(value))
    else found = inner
  }
  return found.filter(value => typeof value === 'string' || typeof value === 'number').map(String)
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as { readonly [name: string]: unknown })[name]
    : undefined

/**
 * How services write in requests what their ARNs have, where it is not the same: the part of the ARN for a text of an input.
 * What cannot be told is undefined, and so the resource is not known.
 */
export const arnParts: {
  readonly [variable: string]: (text: string, input: { readonly [name: string]: unknown }, type: string) => string | undefined
} = {
  /** A queue's URL ends in its name. SQS Developer Guide, "Queue and message identifiers". */
  QueueName: text =>
    text.includes('/') ? /^https?:\/\/[^/?#\s]+\/(?:[^/?#\s]+\/)?([A-Za-z0-9_-]{1,80}(?:\.fifo)?)$/.exec(text)?.[1] : text,
  /** A key by its alias is a key that only the service knows. KMS Developer Guide, "Key identifiers". */
  KeyId: text => (text.startsWith('alias/') ? undefined : text),
  Alias: text => text.replace(/^alias\//, ''),
  /** Names may have a version or label after a colon. Systems Manager User Guide, "Working with parameter versions". */
  ParameterNameWithoutLeadingSlash: text => text.replace(/^\//, '').replace(/\/$/, '').split(':')[0] || undefined,
  FunctionName: lambdaFunction,
  /** Rules of the default bus have no bus in their ARNs. */
  EventBusName: (text, _input, type) => (text === 'default' && type !== 'event-bus' ? undefined : text),
}

/** `name`, `name:qualifier`, `123456789012:function:name`; the qualifier may be a member of its own. Lambda API Reference, "Invoke", FunctionName. */
function lambdaFunction(text: string, { Qualifier }: { readonly [name: string]: unknown }): string | undefined {
  const [, name, inline] = /^(?:\d{12}:)?(?:function:)?([A-Za-z0-9_-]+)(?::(\$LATEST|[A-Za-z0-9_-]+))?$/.exec(text) ?? []
  if (name === undefined) return undefined
  const qualifier = inline ?? (typeof Qualifier === 'string' ? Qualifier : undefined)
  return qualifier === undefined ? name : `${name}:${qualifier}`
}
