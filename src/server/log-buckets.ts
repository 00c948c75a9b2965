import { Readable } from 'node:stream'
import type { Principal } from '../identity/principal.ts'
import type { LogBuckets, LogObject, ServiceCalls } from '../services/world.ts'
import { ServiceError } from '../wire/errors.ts'
import { encodeRfc3986 } from '../wire/sigv4/canonical-request.ts'
import { sha256Hex } from '../wire/sigv4/payload-hash.ts'
import { type SigningCredentials, signHeaders } from '../wire/sigv4/sign.ts'
import { parseXml } from '../wire/xml-document.ts'
import type { Configuration } from './configuration.ts'

const cloudtrail = 'cloudtrail.amazonaws.com'
const ownerControl = 'bucket-owner-full-control'
const compressedJson = { type: 'application/json', encoding: 'gzip' }

/** An empty object stands for a folder: there is nothing to say of what is in it. */
const contentOf = ({ body, content = compressedJson }: LogObject): NonNullable<LogObject['content']> | undefined =>
  body.byteLength === 0 ? undefined : content

/** Where trails deliver, and imports read: where the configuration says. */
export function logBucketsOf(configuration: Configuration, calls: ServiceCalls, now: () => number): LogBuckets {
  // Where S3 is another server's, trails' buckets are there as well.
  const s3 = configuration.upstreams.find(({ name }) => name === 's3')
  if (s3 && configuration.trailEndpoint === undefined)
    return remoteLogBuckets({ endpoint: s3.origin, region: s3.region, credentials: s3.credentials }, now)
  const { trailEndpoint: endpoint, trailEndpointRegion: region, trailAccessKeyId: accessKeyId, trailSecretAccessKey } = configuration
  if (endpoint === undefined || accessKeyId === undefined || trailSecretAccessKey === undefined) return ownLogBuckets(calls)
  return remoteLogBuckets({ endpoint, region, credentials: { accessKeyId, secretAccessKey: trailSecretAccessKey } }, now)
}

/** Buckets of our own S3: CloudTrail calls it as any service does, and bucket policies decide. It reads as a session of the role that an import names. */
export function ownLogBuckets(calls: ServiceCalls): LogBuckets {
  const read = <Output>(reader: Principal, operation: string, input: object) =>
    calls.asServiceRole(reader, cloudtrail, { service: 's3', operation, input: { ...input } }) as Promise<Output>
  return {
    async check(Bucket, source) {
      await calls.asService(cloudtrail, source, { service: 's3', operation: 'GetBucketAcl', input: { Bucket } })
    },
    async put(object, source) {
      const { bucket: Bucket, key: Key, body: Body, metadata } = object
      const content = contentOf(object)
      const input = {
        Bucket,
        Key,
        Body,
        ACL: ownerControl,
        ...(content && { ContentType: content.type }),
        ...(content?.encoding !== undefined && { ContentEncoding: content.encoding }),
        ...(metadata && { Metadata: metadata }),
      }
      await calls.asService(cloudtrail, source, { service: 's3', operation: 'PutObject', input })
    },
    async list({ bucket: Bucket, prefix: Prefix, after }, reader) {
      const input = { Bucket, Prefix, ...(after !== undefined && { StartAfter: after }) }
      const { Contents = [], IsTruncated } = await read<ObjectList>(reader, 'ListObjectsV2', input)
      return { keys: Contents.map(({ Key }) => Key), more: IsTruncated === true }
    },
    async get({ bucket: Bucket, key: Key }, mostBytes, reader) {
      const { Body } = await read<{ readonly Body: AsyncIterable<Uint8Array> }>(reader, 'GetObject', { Bucket, Key })
      return wholeOf(Body, mostBytes, Key)
    },
  }
}

interface ObjectList {
  readonly Contents?: readonly { readonly Key: string }[]
  readonly IsTruncated?: boolean
}

/** @throws EntityTooLarge */
async function wholeOf(body: AsyncIterable<Uint8Array>, mostBytes: number, name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > mostBytes) throw new ServiceError('EntityTooLarge', 400, `${name} has more than ${mostBytes} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** An S3-compatible server that the person who runs Gatehouse named, with keys of its own. */
export interface LogEndpoint {
  /** Such as `https://minio.example.com:9000`, without a trailing slash. */
  readonly endpoint: string
  readonly region: string
  readonly credentials: SigningCredentials
}

const milliseconds = 30_000
/** A list of a thousand keys has less, even of the longest. */
const mostListBytes = 8 * 1024 * 1024

interface Request {
  readonly method: 'GET' | 'HEAD' | 'PUT'
  readonly path: string
  readonly query?: string
  readonly body?: Uint8Array
  readonly headers?: { readonly [name: string]: string }
}

/** Buckets of another S3-compatible server, by path. That one decides by the policies that it has, and knows no roles of ours. */
export function remoteLogBuckets({ endpoint, region, credentials }: LogEndpoint, now: () => number): LogBuckets {
  const { host } = new URL(endpoint)

  async function send({ method, path, query = '', body = new Uint8Array(0), headers = {} }: Request): Promise<Response> {
    const signed = signHeaders(
      { method, path, query, headers: { host, 'x-amz-content-sha256': sha256Hex(body), ...headers }, body },
      credentials,
      { region, service: 's3' },
      now(),
    )
    const { host: _sentByItself, ...sent } = signed
    const response = await fetch(`${endpoint}${path}${query === '' ? '' : `?${query}`}`, {
      method,
      headers: sent,
      ...(method === 'PUT' && { body: Uint8Array.from(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(milliseconds),
    }).catch((problem: unknown) => {
      throw new ServiceError('ServiceUnavailable', 503, `${endpoint} could not be reached: ${String(problem)}`)
    })
    if (response.ok) return response
    await response.body?.cancel()
    throw refusalOf(response.status, `${endpoint} answered ${response.status}`, method === 'GET' && query === '')
  }
  const discard = async (request: Request) => {
    await (await send(request)).body?.cancel()
  }
  const read = async (request: Request, mostBytes: number) => {
    const { body } = await send(request)
    return body === null
      ? new Uint8Array(0)
      : wholeOf(Readable.fromWeb(body as never) as AsyncIterable<Uint8Array>, mostBytes, request.path)
  }
  const pathOf = ({ bucket, key }: Pick<LogObject, 'bucket' | 'key'>) => `/${bucket}/${key.split('/').map(encodeRfc3986).join('/')}`

  return {
    check: bucket => discard({ method: 'HEAD', path: `/${bucket}` }),
    put(object) {
      const content = contentOf(object)
      const headers = {
        'x-amz-acl': ownerControl,
        ...(content && { 'content-type': content.type }),
        ...(content?.encoding !== undefined && { 'content-encoding': content.encoding }),
        ...Object.fromEntries(Object.entries(object.metadata ?? {}).map(([name, value]) => [`x-amz-meta-${name}`, value])),
      }
      return discard({ method: 'PUT', path: pathOf(object), body: object.body, headers })
    },
    async list({ bucket, prefix, after }) {
      const query = [['list-type', '2'], ['prefix', prefix], ...(after === undefined ? [] : [['start-after', after]])]
        .map(([name = '', value = '']) => `${name}=${encodeRfc3986(value)}`)
        .join('&')
      const { children } = parseXml(Buffer.from(await read({ method: 'GET', path: `/${bucket}`, query }, mostListBytes)).toString())
      const textOf = (of: typeof children, name: string) => of.find(child => child.name === name)?.text ?? ''
      return {
        keys: children.filter(({ name }) => name === 'Contents').map(entry => textOf(entry.children, 'Key')),
        more: textOf(children, 'IsTruncated') === 'true',
      }
    },
    get: (object, mostBytes) => read({ method: 'GET', path: pathOf(object) }, mostBytes),
  }
}

/** S3's codes by status: a HEAD has no body to tell them. Amazon S3 API Reference, "Error responses". */
function refusalOf(status: number, message: string, ofObject: boolean): ServiceError {
  const codes: { readonly [status: number]: string } = { 403: 'AccessDenied', 404: ofObject ? 'NoSuchKey' : 'NoSuchBucket' }
  return new ServiceError(codes[status] ?? 'ServiceUnavailable', status, message)
}
