import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requestListener } from '../../src/server/listeners/request-listener.ts'
import type { WireRequest } from '../../src/wire/message.ts'
import { canonicalRequest } from '../../src/wire/sigv4/canonical-request.ts'
import { readSignature } from '../../src/wire/sigv4/claim.ts'
import { sha256Hex } from '../../src/wire/sigv4/payload-hash.ts'
import { presignQuery, signHeaders } from '../../src/wire/sigv4/sign.ts'
import { verifySignature } from '../../src/wire/sigv4/verify.ts'
import { wireRequest } from '../server/house.ts'

/** A case of AWS's suite, as scripts/generate-signature-cases.py writes it. Requests are texts of HTTP/1.1 with bare line feeds. */
interface SignatureCase {
  readonly name: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  /** The token is added after signing. */
  readonly tokenUnsigned?: boolean
  readonly region: string
  readonly service: string
  readonly time: string
  readonly expiresSeconds: number
  readonly normalized: boolean
  readonly bodySigned: boolean
  readonly request: string
  readonly headerSigned: string
  readonly headerCanonical: string
  readonly querySigned: string
  readonly queryCanonical: string
}

const { cases, asymmetric } = JSON.parse(readFileSync(new URL('sigv4-suite.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly SignatureCase[]
  readonly asymmetric: readonly { readonly name: string; readonly headerSigned: string; readonly querySigned: string }[]
}

/** Paths that their signer left as they are: only S3's signatures are over such paths. Their canonical form is held, and their signatures are refused. */
const leftAsTheyAre = new Set([
  'get-relative-relative-unnormalized',
  'get-relative-unnormalized',
  'get-slash-dot-slash-unnormalized',
  'get-slash-pointless-dot-unnormalized',
  'get-slash-unnormalized',
  'get-slashes-unnormalized',
])
/** The token came after signing, which services of IoT take: a token that is not covered could be another's. */
const tokenUnsigned = 'post-sts-header-after'
/** HTTP/1.1 has no such requests; libraries sign them before they write them down. RFC 9112, sections 3.2 and 5.2. */
const notHttp = new Set([
  'get-header-value-multiline',
  'get-space-normalized',
  'get-space-unnormalized',
  'get-utf8',
  'get-vanilla-utf8-query',
])

const forms = [
  { form: 'header', signed: 'headerSigned', canonical: 'headerCanonical' },
  { form: 'presigned', signed: 'querySigned', canonical: 'queryCanonical' },
] as const

function partsOf(text: string) {
  const [head = '', ...rest] = text.split('\n\n')
  const [line = '', ...headers] = head.trim().split('\n')
  return { line, headers, body: rest.join('\n\n') }
}

/** The text of a case as it is, without a connection. A line that begins with a space goes on with the one before it. */
function read(text: string, now: number): WireRequest {
  const { line, headers, body } = partsOf(text.replace(/\n +/g, ' '))
  const [, method = '', target = ''] = /^(\S+) (.*) HTTP\/1\.1$/.exec(line) ?? []
  const [path, query = ''] = target.split('?')
  const joined: { [name: string]: string } = {}
  for (const header of headers) {
    const colon = header.indexOf(':')
    const name = header.slice(0, colon).toLowerCase()
    const value = header.slice(colon + 1).trim()
    joined[name] = name in joined ? `${joined[name]},${value}` : value
  }
  return wireRequest({ method, path: path as string, query, headers: joined, body }, now)
}

let server: Server
let received: WireRequest | undefined
beforeAll(async () => {
  const listener = requestListener(
    request => {
      received = request
      return Promise.resolve({ status: 200, headers: {}, body: '' })
    },
    {
      now: () => 0,
      streams: () => false,
      hostedBucket: () => undefined,
      limits: { maxConnections: 10, maxHeaderBytes: 16_384, maxBodyBytes: 1_000, headerSeconds: 5, bodySeconds: 5, requestSeconds: 5 },
    },
  )
  server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => new Promise(resolve => server.close(resolve)))

/** Sends a case's text over a connection. @returns the status line, and the request as the listener hands it on */
async function send(text: string): Promise<{ readonly status: string; readonly request: WireRequest | undefined }> {
  const { line, headers, body } = partsOf(text)
  received = undefined
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write([line, ...headers, 'Connection: close', '', body].join('\r\n'))
  let answer = ''
  for await (const part of socket.setEncoding('utf8')) answer += part
  return { status: answer.slice(0, answer.indexOf('\r\n')), request: received }
}

function verify(request: WireRequest, { secretAccessKey }: SignatureCase, now: number) {
  const claim = readSignature(request)
  if (!claim) throw new Error('not signed')
  verifySignature(request, claim, secretAccessKey, now)
  return claim
}

describe.each(forms)('signed by $form', ({ form, signed, canonical }) => {
  test.each(cases)('$name', async given => {
    const now = Date.parse(given.time)
    const text = given[signed]
    const { status, request: sent } = await send(text)
    expect(status).toBe(notHttp.has(given.name) ? 'HTTP/1.1 400 Bad Request' : 'HTTP/1.1 200 OK')
    const request = sent ?? read(text, now)

    const claim = readSignature(request)
    expect(claim).toMatchObject({ form, accessKeyId: given.accessKeyId, region: given.region, service: given.service })
    if (given.name === tokenUnsigned) {
      expect(() => verify(request, given, now)).toThrow(
        form === 'header' ? "'x-amz-security-token' must be a 'SignedHeader'" : 'does not match the signature',
      )
      return
    }
    const hash = sha256Hex(request.body)
    expect(canonicalRequest(request, claim?.signedHeaders ?? [], hash, !given.normalized)).toBe(given[canonical])
    if (leftAsTheyAre.has(given.name)) expect(() => verify(request, given, now)).toThrow(/does not match the signature/)
    else expect(verify(request, given, now).sessionToken).toBe(given.sessionToken)
  })
})

describe('signed by us as by AWS', () => {
  const made = cases.filter(({ name }) => !leftAsTheyAre.has(name) && name !== tokenUnsigned)
  const signatureOf = (text: string) => /Signature=([0-9a-f]{64})/.exec(text)?.[1]

  test.each(made)('$name, in a header', given => {
    const now = Date.parse(given.time)
    const request = read(given.request, now)
    // The path of one request is encoded, and that of its signed form is not.
    const { path } = read(given.headerSigned, now)
    const headers = { ...request.headers, ...(given.bodySigned && { 'x-amz-content-sha256': sha256Hex(request.body) }) }
    expect(signatureOf(signHeaders({ ...request, path, headers }, given, given, now)['authorization'] as string)).toBe(
      signatureOf(given.headerSigned),
    )
  })

  test.each(made.filter(({ bodySigned }) => !bodySigned))('$name, in the query', given => {
    const now = Date.parse(given.time)
    const request = read(given.request, now)
    const { path } = read(given.querySigned, now)
    expect(signatureOf(presignQuery({ ...request, path }, given, given, given.expiresSeconds, now))).toBe(signatureOf(given.querySigned))
  })
})

describe('asymmetric signatures are refused, and say how to sign', () => {
  test.each(
    asymmetric.flatMap(({ name, headerSigned, querySigned }) => [
      [name, headerSigned] as const,
      [`${name}, presigned`, querySigned] as const,
    ]),
  )('%s', (_, text) => {
    expect(() => readSignature(read(text, 0))).toThrow(
      expect.objectContaining({
        kind: 'incomplete',
        message: 'SigV4a (AWS4-ECDSA-P256-SHA256) signatures are not supported; sign with AWS4-HMAC-SHA256.',
      }),
    )
  })
})
