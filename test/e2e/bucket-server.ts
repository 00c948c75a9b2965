import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { WireRequest } from '../../src/wire/message.ts'
import { readSignature } from '../../src/wire/sigv4/claim.ts'
import { verifySignature } from '../../src/wire/sigv4/verify.ts'

/** An S3-compatible server that a test plays: as much of it as log delivery and `aws cloudtrail validate-logs` ask for. */
export interface BucketServer {
  readonly endpoint: string
  /** By bucket and key, with a slash between. */
  readonly objects: Map<string, StoredObject>
  /** Answers a request for a host such as `BUCKET.s3.us-east-1.amazonaws.com`. */
  answer(request: IncomingMessage, response: ServerResponse): void
  close(): Promise<void>
}

export interface StoredObject {
  readonly body: Buffer
  /** Its metadata and what its PUT said of its content. */
  readonly headers: { readonly [name: string]: string }
}

export interface BucketServerOptions {
  readonly buckets: readonly string[]
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const kept = /^(x-amz-meta-|x-amz-acl$|content-type$|content-encoding$)/

/** Starts it on a free port of loopback. */
export async function startBucketServer({ buckets, accessKeyId, secretAccessKey }: BucketServerOptions): Promise<BucketServer> {
  const objects = new Map<string, StoredObject>()

  function put(request: IncomingMessage, path: string, body: Buffer): number {
    const headers = request.headers as { [name: string]: string }
    const wire = {
      method: 'PUT',
      path,
      query: '',
      headers,
      rawHeaders: Object.entries(headers),
      body,
      secure: false,
    } as unknown as WireRequest
    const claim = readSignature(wire)
    if (claim?.accessKeyId !== accessKeyId) return 403
    try {
      verifySignature(wire, claim, secretAccessKey, Date.now())
    } catch {
      return 403
    }
    objects.set(decodeURIComponent(path.slice(1)), {
      body,
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => kept.test(name))),
    })
    return 200
  }

  function get(bucket: string, key: string, query: URLSearchParams, response: ServerResponse): void {
    if (key === '') return xml(response, 200, query.has('location') ? '<LocationConstraint/>' : listOf(bucket, query))
    const object = objects.get(`${bucket}/${key}`)
    if (!object) return xml(response, 404, '<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>')
    response.writeHead(200, { ...object.headers, 'content-length': object.body.length })
    response.end(object.body)
  }

  function listOf(bucket: string, query: URLSearchParams): string {
    const keys = [...objects.keys()].filter(name => name.startsWith(`${bucket}/`)).map(name => name.slice(bucket.length + 1))
    const after = query.get('marker') ?? query.get('start-after') ?? ''
    const wanted = keys.filter(key => key > after && key.startsWith(query.get('prefix') ?? '')).toSorted()
    const contents = wanted.map(key => `<Contents><Key>${key}</Key></Contents>`).join('')
    return `<ListBucketResult><Name>${bucket}</Name><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://localhost')
      const byHost = /^(.+)\.s3\.[a-z0-9-]+\.amazonaws\.com$/.exec(request.headers.host ?? '')?.[1]
      const path = byHost === undefined ? url.pathname : `/${byHost}${url.pathname}`
      const [bucket = '', ...rest] = decodeURIComponent(path.slice(1)).split('/')
      if (!buckets.includes(bucket)) return xml(response, 404, '<Error><Code>NoSuchBucket</Code></Error>')
      if (request.method === 'GET') return get(bucket, rest.join('/'), url.searchParams, response)
      response.writeHead(request.method === 'PUT' ? put(request, url.pathname, Buffer.concat(chunks)) : 200)
      response.end()
    })
  }

  const server = createServer(answer)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    answer,
    close: () => new Promise(resolve => server.close(() => resolve())),
  }
}

function xml(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`)
}
