import type { Json, JsonObject } from '../../types/json.ts'
import type { Member, OperationModel, StructureShape } from '../../wire/model.ts'
import { model } from '../../wire/models/s3.ts'
import type { CallContext, TrailDetails } from '../operation.ts'
import type { RequestFacts } from '../request-facts.ts'
import { bucketArn, objectArn } from './bucket.ts'
import { bodyElement, payloadElement } from './trail-elements.ts'

interface S3Input {
  readonly Bucket?: string
  readonly Key?: string
}

/** Customers' keys are as good as what they encrypt. */
const secret = /SSECustomerKey$/

/**
 * The record of a call as S3 writes it: parameters and elements of answers by their names on the wire, under `bucketName`, `Host` and `key`.
 * Amazon S3 User Guide, "Amazon S3 CloudTrail events" and "Example: CloudTrail log file entries for Amazon S3".
 */
export const s3Trail =
  (operationName: string) =>
  (input: unknown, output: unknown, { request, account }: CallContext, prepared: unknown): TrailDetails => {
    const { Bucket, Key } = input as S3Input
    const owner = (prepared as { readonly bucket?: { readonly account: string } } | undefined)?.bucket?.account ?? account
    const resources = [
      ...(Bucket !== undefined && Key !== undefined ? [{ type: 'AWS::S3::Object', ARN: objectArn(Bucket, Key) }] : []),
      ...(Bucket !== undefined ? [{ accountId: owner, type: 'AWS::S3::Bucket', ARN: bucketArn(Bucket) }] : []),
    ]
    const transfer = transferData(request, Key === undefined ? undefined : bytesOut(operationName, output))
    return {
      requestParameters: parametersOf(operationName, input as { readonly [name: string]: unknown }, request.host),
      ...answered(operationName, output as { readonly [name: string]: unknown } | undefined),
      ...(Object.keys(transfer).length > 0 && { additionalEventData: transfer }),
      resources,
    }
  }

/** How the request was signed and came, and what went in and out of an object. */
const transferData = ({ signature, cipherSuite, contentLength }: RequestFacts, out: number | undefined): JsonObject => ({
  ...(signature && { SignatureVersion: 'SigV4' }),
  ...(cipherSuite !== undefined && { CipherSuite: cipherSuite }),
  ...(out !== undefined && { bytesTransferredIn: contentLength ?? 0 }),
  ...(signature && { AuthenticationMethod: signature.form === 'header' ? 'AuthHeader' : 'QueryString' }),
  ...(out !== undefined && { bytesTransferredOut: out }),
})

/** Objects go out with GetObject alone; other answers are of headers, or small. */
const bytesOut = (operationName: string, output: unknown): number =>
  operationName === 'GetObject' ? ((output as { readonly ContentLength?: number } | undefined)?.ContentLength ?? 0) : 0

/** What changes answered; reads have none on record. */
function answered(operationName: string, output: { readonly [name: string]: unknown } | undefined): Pick<TrailDetails, 'responseElements'> {
  const { output: shapeName, method } = model.operations[operationName] as OperationModel
  if (output === undefined || shapeName === undefined || method === 'GET' || method === 'HEAD') return {}
  const elements: JsonObject = {}
  for (const [name, member] of Object.entries((model.shapes[shapeName] as StructureShape).members)) {
    const value = output[name]
    if (value === undefined || value === null || member.streaming || model.shapes[member.shape]?.sensitive) continue
    elements[member.name ?? name] = bodyElement(member, value)
  }
  return { responseElements: Object.keys(elements).length === 0 ? null : elements }
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
    if (name === shape.payload) parameters[payloadName(name, member)] = payloadElement(member, value)
    else parameters[member.name ?? name] = parameterOf(value)
  }
  return parameters
}

/** A bucket's policy is on record as what it says, under a name of CloudTrail's own. */
const payloadName = (name: string, member: Member) => (name === 'Policy' ? 'bucketPolicy' : (member.name ?? name))

function parameterOf(value: unknown): Json {
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? (JSON.parse(JSON.stringify(value)) as Json) : String(value)
}
