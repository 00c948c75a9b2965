import type { LogBuckets, LogObject, ServiceCalls } from '../services/world.ts'
import { ServiceError } from '../wire/errors.ts'
import { encodeRfc3986 } from '../wire/sigv4/canonical-request.ts'
import { sha256Hex } from '../wire/sigv4/payload-hash.ts'
import { type SigningCredentials, signHeaders } from '../wire/sigv4/sign.ts'

const cloudtrail = 'cloudtrail.amazonaws.com'
const ownerControl = 'bucket-owner-full-control'
const contentType = 'application/json'

/** Buckets of our own S3: CloudTrail calls it as any service does, and bucket policies decide. */
export function ownLogBuckets(calls: ServiceCalls): LogBuckets {
  return {
    async check(Bucket, source) {
      await calls.asService(cloudtrail, source, { service: 's3', operation: 'GetBucketAcl', input: { Bucket } })
    },
    async put({ bucket: Bucket, key: Key, body: Body, metadata }, source) {
      const encoding = Body.byteLength === 0 ? {} : { ContentType: contentType, ContentEncoding: 'gzip' }
      const input = { Bucket, Key, Body, ACL: ownerControl, ...encoding, ...(metadata && { Metadata: metadata }) }
      await calls.asService(cloudtrail, source, { service: 's3', operation: 'PutObject', input })
    },
  }
}

/** An S3-compatible server that the person who runs Gatehouse named, with keys of its own. */
export interface LogEndpoint {
  /** Such as `https://minio.example.com:9000`, without a trailing slash. */
  readonly endpoint: string
  readonly region: string
  readonly credentials: SigningCredentials
}

const milliseconds = 30_000

/** Buckets of another S3-compatible server, by path. That one decides by the policies that it has. */
export function remoteLogBuckets({ endpoint, region, credentials }: LogEndpoint, now: () => number): LogBuckets {
  const { host } = new URL(endpoint)

  async function send(method: 'HEAD' | 'PUT', path: string, body: Uint8Array, headers: { readonly [name: string]: string }): Promise<void> {
    const signed = signHeaders(
      { method, path, query: '', headers: { host, 'x-amz-content-sha256': sha256Hex(body), ...headers }, body },
      credentials,
      { region, service: 's3' },
      now(),
    )
    const { host: _sentByItself, ...sent } = signed
    const response = await fetch(`${endpoint}${path}`, {
      method,
      headers: sent,
      ...(method === 'PUT' && { body: Uint8Array.from(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(milliseconds),
    }).catch((problem: unknown) => {
      throw new ServiceError('ServiceUnavailable', 503, `${endpoint} could not be reached: ${String(problem)}`)
    })
    await response.body?.cancel()
    if (!response.ok) throw refusalOf(response.status, `${endpoint} answered ${response.status}`)
  }

  return {
    check: bucket => send('HEAD', `/${bucket}`, new Uint8Array(0), {}),
    put: ({ bucket, key, body, metadata = {} }: LogObject) =>
      send('PUT', `/${bucket}/${key.split('/').map(encodeRfc3986).join('/')}`, body, {
        'x-amz-acl': ownerControl,
        ...(body.byteLength > 0 && { 'content-type': contentType, 'content-encoding': 'gzip' }),
        ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
      }),
  }
}

/** S3's codes by status: a HEAD has no body to tell them. Amazon S3 API Reference, "Error responses". */
function refusalOf(status: number, message: string): ServiceError {
  const codes: { readonly [status: number]: string } = { 403: 'AccessDenied', 404: 'NoSuchBucket' }
  return new ServiceError(codes[status] ?? 'ServiceUnavailable', status, message)
}
