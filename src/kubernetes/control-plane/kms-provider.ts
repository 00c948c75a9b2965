import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { createServer, type ServerHttp2Stream } from 'node:http2'
import { nonceSize, openedBytes, sealedBytes } from '../../types/aes-gcm.ts'
import { fieldsOf, lengthDelimited } from '../protobuf-fields.ts'

/**
 * A KMS v2 plugin of an API server: it encrypts the seeds of the keys that the API server encrypts objects in etcd with, so that nothing in etcd opens without the key here.
 * It speaks gRPC on a Unix socket, in a folder of its owner's alone; its three calls are answered by hand.
 * @see Kubernetes documentation, "Using a KMS provider for data encryption"; k8s.io/kms, apis/v2/api.proto
 */
export interface KmsProvider {
  stop(): Promise<void>
}

/** One key seals nothing but seeds of one etcd: there is no other place to move one to. */
const context = ''

/** Listens for the API server. @param key  32 bytes; always the same for what is in one etcd */
export async function serveKms(socket: string, key: Uint8Array): Promise<KmsProvider> {
  // One that a process left, which ended without a word.
  rmSync(socket, { force: true })
  const server = createServer()
  const sessions = new Set<{ destroy(): void }>()
  server.on('session', session => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
  })
  server.on('stream', (stream, headers) => answer(stream, String(headers[':path']), key))
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socket, resolve))
  return {
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const session of sessions) session.destroy()
      }),
  }
}

/** What key this is: it never changes, so that the API server has no reason to encrypt anew. */
const keyId = '1'

/** Fields of messages by number. k8s.io/kms, apis/v2/api.proto. */
const fields = { version: 1, healthz: 2, statusKeyId: 3, plaintext: 1, ciphertext: 1, keyId: 2 } as const

const calls: { readonly [path: string]: (request: Buffer, key: Uint8Array) => Buffer[] } = {
  '/v2.KeyManagementService/Status': () => [
    lengthDelimited(fields.version, 'v2'),
    lengthDelimited(fields.healthz, 'ok'),
    lengthDelimited(fields.statusKeyId, keyId),
  ],
  '/v2.KeyManagementService/Encrypt': (request, key) => [
    lengthDelimited(fields.ciphertext, sealedBytes(key, randomBytes(nonceSize), field(request, fields.plaintext), context)),
    lengthDelimited(fields.keyId, keyId),
  ],
  '/v2.KeyManagementService/Decrypt': (request, key) => [
    lengthDelimited(fields.plaintext, openedBytes(key, field(request, fields.ciphertext), context)),
  ],
}

function field(message: Buffer, wanted: number): Buffer {
  for (const { number, value } of fieldsOf(message)) if (number === wanted && typeof value !== 'bigint') return value
  return Buffer.alloc(0)
}

/** gRPC's status codes. */
const status = { ok: '0', resourceExhausted: '8', unimplemented: '12', internal: '13' } as const
/** A message's length is behind a byte that says whether it is compressed. gRPC over HTTP2, "Length-Prefixed-Message". */
const prefixBytes = 5
/** Seeds are 32 bytes: whatever is much longer is not for us. */
const mostBytes = 65_536

function answer(stream: ServerHttp2Stream, path: string, key: Uint8Array): void {
  const chunks: Buffer[] = []
  let bytes = 0
  stream.on('error', () => undefined)
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= mostBytes) chunks.push(chunk)
  })
  stream.on('end', () => {
    const call = calls[path]
    if (!call) return end(stream, status.unimplemented)
    if (bytes > mostBytes) return end(stream, status.resourceExhausted)
    try {
      const message = Buffer.concat(call(Buffer.concat(chunks).subarray(prefixBytes), key))
      const prefix = Buffer.alloc(prefixBytes)
      prefix.writeUInt32BE(message.length, 1)
      end(stream, status.ok, Buffer.concat([prefix, message]))
    } catch {
      // What was sealed under another key, or altered.
      end(stream, status.internal)
    }
  })
}

function end(stream: ServerHttp2Stream, code: string, body?: Buffer): void {
  if (stream.closed || stream.destroyed) return
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': code }))
  stream.end(body)
}
