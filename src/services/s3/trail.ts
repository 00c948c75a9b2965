import type { Json, JsonObject } from '../../types/json.ts'
import type { Member, OperationModel, StructureShape } from '../../wire/model.ts'
import { model } from '../../wire/models/s3.ts'
import type { CallContext, TrailDetails } from '../operation.ts'
import { trailValue } from '../trail-values.ts'
import { bucketArn, objectArn } from './bucket.ts'

interface S3Input {
  readonly Bucket?: string
  readonly Key?: string
}

/** Customers' keys are as good as what they encrypt. */
const secret = /SSECustomerKey$/

/**
 * The record of a call as S3 writes it: parameters by their names on the wire, under `bucketName`, `Host` and `key`.
 * Amazon S3 User Guide, "Amazon S3 CloudTrail events" and "Example: CloudTrail log file entries for Amazon S3".
 */
export const s3Trail =
  (operationName: string) =>
  (input: unknown, _output: unknown, { request, account }: CallContext, prepared: unknown): TrailDetails => {
    const { Bucket, Key } = input as S3Input
    const owner = (prepared as { readonly bucket?: { readonly account: string } } | undefined)?.bucket?.account ?? account
    const resources = [
      ...(Bucket !== undefined && Key !== undefined ? [{ type: 'AWS::S3::Object', ARN: objectArn(Bucket, Key) }] : []),
      ...(Bucket !== undefined ? [{ accountId: owner, type: 'AWS::S3::Bucket', ARN: bucketArn(Bucket) }] : []),
    ]
    return { requestParameters: parametersOf(operationName, input as { readonly [name: string]: unknown }, request.host), resources }
  }

function parametersOf(operationName: string, input: { readonly [name: string]: unknown }, host: string): JsonObject {
  const operation = model.operations[operationName] as OperationModel
  const shape = model.shapes[operation.input as string] as StructureShape
  const parameters: JsonObject = {}
  if (input['Bucket'] !== undefined) parameters['bucketName'] = String(input['Bucket'])
  parameters['Host'] = host
  if (input['Key'] !== undefined) parameters['key'] = String(input['Key'])
  for (const [name, value] of new URLSearchParams(operation.uri.split('?')[1] ?? '')) parameters[name] = value
  for (const [name, member] of Object.entries(shape.members)) {
    const value = input[name]
    if (value === undefined || member.streaming || member.location === 'uri' || secret.test(name)) continue
    parameters[member.name ?? name] = parameterOf(member, value)
  }
  return parameters
}

function parameterOf(member: Member, value: unknown): Json {
  const type = model.shapes[member.shape]?.type
  if (type === 'structure') return trailValue(model, member.shape, value)
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? (JSON.parse(JSON.stringify(value)) as Json) : String(value)
}
