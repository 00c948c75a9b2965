/** What an operation asks for: an action, and where its resources are named when not in the service's usual places. */
export interface AskedAction {
  /** Without the service's prefix. */
  readonly action: string
  /** Members by variable of the ARN's format. */
  readonly members?: { readonly [variable: string]: readonly string[] }
  /** Asked only when the input has this. */
  readonly when?: string
}

const same = (action: string): readonly AskedAction[] => [{ action }]
const onEach = (action: string, path: string): AskedAction => ({ action, members: { TableName: [path] }, when: path })
const partiQl = ['Select', 'Insert', 'Update', 'Delete'].map((verb): AskedAction => ({ action: `PartiQL${verb}` }))

/**
 * Operations whose actions are not called as they are, by service. Service Authorization Reference; DynamoDB Developer Guide, "Transactions" (IAM) and
 * "IAM security policies with PartiQL"; KMS Developer Guide, "ReEncrypt"; SQS and SNS API References on batches.
 */
export const actionsOf: { readonly [service: string]: { readonly [operation: string]: readonly AskedAction[] } } = {
  dynamodb: {
    TransactGetItems: [onEach('GetItem', 'TransactItems[].Get.TableName')],
    TransactWriteItems: [
      onEach('PutItem', 'TransactItems[].Put.TableName'),
      onEach('UpdateItem', 'TransactItems[].Update.TableName'),
      onEach('DeleteItem', 'TransactItems[].Delete.TableName'),
      onEach('ConditionCheckItem', 'TransactItems[].ConditionCheck.TableName'),
    ],
    // Tables stand in statements of a language that only the service reads.
    ExecuteStatement: partiQl,
    ExecuteTransaction: partiQl,
    BatchExecuteStatement: partiQl,
  },
  events: {
    PutEvents: [{ action: 'PutEvents', members: { EventBusName: ['Entries[].EventBusName|default'] } }],
    ...Object.fromEntries(
      ['Create', 'Delete', 'Describe', 'Update'].map(verb => [
        `${verb}EventBus`,
        [{ action: `${verb}EventBus`, members: { EventBusName: [verb === 'Describe' ? 'Name|default' : 'Name'] } }],
      ]),
    ),
  },
  kms: {
    ReEncrypt: [
      { action: 'ReEncryptFrom', members: { KeyId: ['SourceKeyId'] } },
      { action: 'ReEncryptTo', members: { KeyId: ['DestinationKeyId'] } },
    ],
  },
  lambda: {
    Invoke: same('InvokeFunction'),
    InvokeAsync: same('InvokeFunction'),
    InvokeWithResponseStream: same('InvokeFunction'),
    GetLayerVersionByArn: [{ action: 'GetLayerVersion', members: { LayerVersion: ['Arn'] } }],
  },
  secretsmanager: {
    BatchGetSecretValue: [{ action: 'BatchGetSecretValue' }, { action: 'GetSecretValue' }],
  },
  sns: { PublishBatch: same('Publish') },
  sqs: {
    SendMessageBatch: same('SendMessage'),
    DeleteMessageBatch: same('DeleteMessage'),
    ChangeMessageVisibilityBatch: same('ChangeMessageVisibility'),
  },
}

/** Operations that CloudTrail has as data events, by service. CloudTrail User Guide, "Logging data events", "Data events". S3's are those of objects. */
export const dataEvents: { readonly [service: string]: ReadonlySet<string> } = {
  dynamodb: new Set(
    'BatchExecuteStatement BatchGetItem BatchWriteItem DeleteItem ExecuteStatement ExecuteTransaction GetItem PutItem Query Scan TransactGetItems TransactWriteItems UpdateItem'.split(
      ' ',
    ),
  ),
  kinesis: new Set(['GetRecords', 'GetShardIterator', 'PutRecord', 'PutRecords', 'SubscribeToShard']),
  lambda: new Set(['Invoke', 'InvokeAsync', 'InvokeWithResponseStream']),
  logs: new Set(['FilterLogEvents', 'GetLogEvents', 'GetLogRecord', 'GetQueryResults', 'PutLogEvents']),
  events: new Set(['PutEvents', 'PutPartnerEvents']),
  sns: new Set(['Publish', 'PublishBatch']),
  sqs: new Set(
    'ChangeMessageVisibility ChangeMessageVisibilityBatch DeleteMessage DeleteMessageBatch ReceiveMessage SendMessage SendMessageBatch'.split(
      ' ',
    ),
  ),
}
