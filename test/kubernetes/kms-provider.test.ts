import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type KmsProvider, serveKms } from '../../src/kubernetes/control-plane/kms-provider.ts'
import { fieldsOf, lengthDelimited } from '../../src/kubernetes/protobuf-fields.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-kms-'))
const socket = join(folder, 'kms.sock')
let provider: KmsProvider

beforeAll(async () => {
  provider = await serveKms(socket, randomBytes(32))
})
afterAll(async () => {
  await provider.stop()
  rmSync(folder, { recursive: true })
})

/** A gRPC call without a library. */
function call(method: string, message: Buffer): Promise<{ readonly status: string; readonly fields: Map<number, Buffer> }> {
  const client = connectHttp2('http://localhost', { createConnection: () => connect(socket) })
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  return new Promise((resolve, reject) => {
    const path = `/v2.KeyManagementService/${method}`
    const stream = client.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' })
    const chunks: Buffer[] = []
    let status = 'none'
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('trailers', trailers => (status = String(trailers['grpc-status'])))
    stream.on('error', reject)
    stream.on('close', () => {
      client.close()
      const found = [...fieldsOf(Buffer.concat(chunks).subarray(5))]
      resolve({ status, fields: new Map(found.flatMap(({ number, value }) => (typeof value === 'bigint' ? [] : [[number, value]]))) })
    })
    stream.end(Buffer.concat([prefix, message]))
  })
}

describe('the KMS provider of a control plane', () => {
  test('says that it is well, and which key it has', async () => {
    const { status, fields } = await call('Status', Buffer.alloc(0))
    expect([status, ...[1, 2, 3].map(number => fields.get(number)?.toString())]).toEqual(['0', 'v2', 'ok', '1'])
  })

  test('opens what it sealed, and seals the same in another way each time', async () => {
    const seed = randomBytes(32)
    const seal = async () =>
      (await call('Encrypt', Buffer.concat([lengthDelimited(1, seed), lengthDelimited(2, 'a-uid')]))).fields.get(1) ?? Buffer.alloc(0)
    const [one, two] = [await seal(), await seal()]
    expect(one.includes(seed)).toBe(false)
    expect(one.equals(two)).toBe(false)
    for (const ciphertext of [one, two]) expect((await call('Decrypt', lengthDelimited(1, ciphertext))).fields.get(1)).toEqual(seed)
  })

  test.each([
    [
      'altered',
      'Decrypt',
      (sealed: Buffer) => lengthDelimited(1, Buffer.concat([sealed.subarray(0, -1), Buffer.from([(sealed.at(-1) ?? 0) ^ 1])])),
      '13',
    ],
    ['cut off', 'Decrypt', (sealed: Buffer) => lengthDelimited(1, sealed.subarray(0, 10)), '13'],
    ['nothing', 'Decrypt', () => Buffer.alloc(0), '13'],
    ['no message', 'Encrypt', () => Buffer.from([0xff, 0xff]), '13'],
    ['of another call', 'Export', () => Buffer.alloc(0), '12'],
  ])('refuses what is %s', async (_what, method, message, status) => {
    const sealed = (await call('Encrypt', lengthDelimited(1, 'a seed'))).fields.get(1) ?? Buffer.alloc(0)
    expect(await call(method, message(sealed))).toMatchObject({ status, fields: new Map() })
  })

  test('takes no more than a seed needs', async () => {
    expect(await call('Encrypt', lengthDelimited(1, Buffer.alloc(200_000)))).toMatchObject({ status: '8' })
  })
})
