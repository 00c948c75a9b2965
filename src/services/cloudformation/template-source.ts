import type { CallContext } from '../operation.ts'
import { cloudformation, servicePrincipal } from './service.ts'
import { ServiceError } from '../../wire/errors.ts'
import type { Stack } from './stack-store.ts'
import { mostBodyBytes, mostBytes } from './template/document.ts'

export interface TemplateRequest {
  readonly TemplateBody?: string
  readonly TemplateURL?: string
  readonly UsePreviousTemplate?: boolean
}

/**
 * The template that a request means: its body, an object of our own S3, or the stack's as it is. No other URL is ever fetched.
 * @throws ValidationError
 */
export async function templateText(
  { TemplateBody, TemplateURL, UsePreviousTemplate }: TemplateRequest,
  context: CallContext,
  stack?: Stack,
): Promise<string> {
  const given = [TemplateBody, TemplateURL, UsePreviousTemplate || undefined].filter(source => source !== undefined)
  if (given.length !== 1) throw new cloudformation.ValidationError('Either Template URL or Template Body must be specified.')
  if (TemplateBody !== undefined) {
    if (Buffer.byteLength(TemplateBody) > mostBodyBytes)
      throw new cloudformation.ValidationError(
        `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${mostBodyBytes}`,
      )
    return TemplateBody
  }
  if (TemplateURL !== undefined) return objectText(TemplateURL, 'TemplateURL', context)
  if (!stack) throw new cloudformation.ValidationError('UsePreviousTemplate needs a stack that has a template')
  return stack.content.template
}

/** A text, or that of an object by its URL. @throws ValidationError */
export const textOrObject = async (
  text: string | undefined,
  url: string | undefined,
  parameter: string,
  context: CallContext,
): Promise<string | undefined> => text ?? (url === undefined ? undefined : objectText(url, parameter, context))

/** An object of our S3 by its URL, read with the caller's rights. @throws ValidationError, and S3's refusal in CloudFormation's words */
async function objectText(url: string, parameter: string, { world, principal }: CallContext): Promise<string> {
  const place = placeOf(url, world.endpoints)
  if (!place) throw new cloudformation.ValidationError(`${parameter} must be a supported URL.`)
  const { ContentLength = 0, Body } = await getObject(place, { world, principal })
  if (ContentLength > mostBytes) throw new cloudformation.ValidationError(`Template may not exceed ${mostBytes} bytes in size.`)
  return textOf(Body)
}

interface ReadObject {
  readonly ContentLength?: number
  readonly Body?: Uint8Array | AsyncIterable<Uint8Array>
}

async function getObject(
  place: { readonly Bucket: string; readonly Key: string },
  { world, principal }: Pick<CallContext, 'world' | 'principal'>,
): Promise<ReadObject> {
  try {
    const call = { service: 's3', operation: 'GetObject', input: place }
    return (await world.calls.onBehalfOf(principal, servicePrincipal, call)) as ReadObject
  } catch (problem) {
    if (problem instanceof ServiceError) throw new cloudformation.ValidationError(`S3 error: ${problem.message}`)
    throw problem
  }
}

async function textOf(body: Uint8Array | AsyncIterable<Uint8Array> = new Uint8Array()): Promise<string> {
  if (body instanceof Uint8Array) return Buffer.from(body).toString('utf8')
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

const awsHosts = /^(?:(.+)\.)?s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com$/

/**
 * Bucket and key of an S3 URL, by path or by host, at AWS's names or at ours.
 * @returns undefined for any other URL
 */
export function placeOf(url: string, { https, http }: { readonly https: string; readonly http: string }) {
  if (!URL.canParse(url)) return undefined
  const { protocol, host, hostname, pathname } = new URL(url)
  if (protocol !== 'https:' && protocol !== 'http:') return undefined
  const path = decoded(pathname.slice(1))
  if (path === undefined) return undefined
  const ours = [https, http].map(endpoint => new URL(endpoint))
  const byHost = awsHosts.exec(hostname)?.[1] ?? ours.map(own => bucketOfHost(host, own.host)).find(bucket => bucket !== undefined)
  if (byHost !== undefined) return path === '' ? undefined : { Bucket: byHost, Key: path }
  if (!awsHosts.test(hostname) && !ours.some(own => own.host === host || host === `s3.${own.host}`)) return undefined
  const slash = path.indexOf('/')
  return slash < 1 || slash === path.length - 1 ? undefined : { Bucket: path.slice(0, slash), Key: path.slice(slash + 1) }
}

const bucketOfHost = (host: string, own: string): string | undefined =>
  host.endsWith(`.s3.${own}`) ? host.slice(0, -`.s3.${own}`.length) : undefined

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
