import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { ServiceError } from '../../wire/errors.ts'
import type { BodyStream, WireRequest, WireResponse } from '../../wire/message.ts'
import type { ServiceModel, StructureShape } from '../../wire/model.ts'
import { sha256Hex } from '../../wire/sigv4/payload-hash.ts'
import { type SigningCredentials, signHeaders } from '../../wire/sigv4/sign.ts'
import { frameTrailers } from './framed-body.ts'

/** A server behind, and how requests to it are signed. */
export interface UpstreamServer {
  readonly origin: string
  readonly region: string
  readonly credentials: SigningCredentials
  /** Milliseconds that it may be silent, before its answer and within it. */
  readonly silenceMilliseconds: number
}

export type PassOn = (request: WireRequest, operationName: string) => Promise<WireResponse>

/**
 * Passes requests on, signed anew, and answers as they come: neither body is kept, and each side waits for the other.
 * @throws ServiceError ServiceUnavailable when the server cannot be reached or is silent
 */
export function createPassOn(model: ServiceModel, server: UpstreamServer, now: () => number): PassOn {
  const { protocol, host, hostname, port } = new URL(server.origin)
  const secure = protocol === 'https:'
  // Below what servers commonly keep idle connections for, so that none is used as it closes.
  const options = { keepAlive: true, keepAliveMsecs: 1_000, maxSockets: 512, timeout: 4_000 }
  const agent = secure ? new HttpsAgent(options) : new HttpAgent(options)
  const send = secure ? httpsRequest : httpRequest

  return async (request, operationName) => {
    const { path, query, method } = request
    const body = request.stream ? streamed(request.stream) : kept(request)
    const headers = forwardedHeaders(request, model, operationName, body)
    const ofAws = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-amz-')))
    const signed = signHeaders(
      { method, path, query, headers: { ...ofAws, host }, body: request.body, payloadHash: body.payload },
      server.credentials,
      { region: server.region, service: model.signingName },
      now(),
    )
    try {
      const sent = send({
        agent,
        hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
        port: port === '' ? undefined : port,
        method,
        path: query === '' ? path : `${path}?${query}`,
        headers: { ...headers, ...signed, ...body.length },
        setHost: false,
      })
      return await answerTo(sent, body.content, server)
    } catch (problem) {
      if (problem instanceof UpstreamUnavailable) throw new ServiceError('ServiceUnavailable', 503, problem.message)
      throw problem
    }
  }
}

/** Why there is no answer; the server's address is the operator's, not the caller's, to know. */
class UpstreamUnavailable extends Error {}

/** A body as it goes on. */
interface SentBody {
  /** What the signature covers of it. */
  readonly payload: string
  readonly headers: { readonly [name: string]: string }
  readonly length: { readonly [name: string]: number | string }
  readonly content: AsyncIterable<Uint8Array> | readonly Uint8Array[]
}

function kept({ body, method }: WireRequest): SentBody {
  const payload = sha256Hex(body)
  const bodiless = body.length === 0 && (method === 'GET' || method === 'HEAD')
  const length: SentBody['length'] = bodiless ? {} : { 'content-length': body.length }
  return { payload, headers: { 'x-amz-content-sha256': payload }, length, content: [body] }
}

/** What was declared of a body was checked of each byte; its trailers go on as they came, in frames without signatures. */
function streamed(stream: BodyStream): SentBody {
  const { length, announced } = stream
  if (!announced) {
    const payload = 'UNSIGNED-PAYLOAD'
    const sized: SentBody['length'] = length === undefined ? { 'transfer-encoding': 'chunked' } : { 'content-length': length }
    return { payload, headers: { 'x-amz-content-sha256': payload }, length: sized, content: withheld(stream) }
  }
  const payload = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
  return {
    payload,
    headers: {
      'x-amz-content-sha256': payload,
      'content-encoding': 'aws-chunked',
      'x-amz-trailer': announced,
      'x-amz-decoded-content-length': String(length),
    },
    length: { 'transfer-encoding': 'chunked' },
    content: frameTrailers(stream),
  }
}

/** The last piece goes on only when the whole is what its sender signed: what is not never becomes an object. */
async function* withheld(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let last: Uint8Array | undefined
  for await (const piece of source) {
    if (piece.length === 0) continue
    if (last) yield last
    last = piece
  }
  if (last) yield last
}

const ordinaryHeaders = new Set(
  'accept accept-encoding accept-language cache-control content-disposition content-encoding content-language content-md5 content-type expires if-match if-modified-since if-none-match if-unmodified-since origin access-control-request-headers access-control-request-method range user-agent x-amz-target x-amz-user-agent x-amzn-query-mode amz-sdk-invocation-id amz-sdk-request'.split(
    ' ',
  ),
)

/** What the model or every request has; all else, such as what proxies say of clients, stays here. */
function forwardedHeaders(
  { headers }: WireRequest,
  { operations, shapes }: ServiceModel,
  operationName: string,
  body: SentBody,
): { [name: string]: string } {
  const shape = shapes[operations[operationName]?.input ?? ''] as StructureShape | undefined
  const members = Object.entries(shape?.members ?? {})
  const named = members.filter(([, { location }]) => location === 'header').map(([name, member]) => (member.name ?? name).toLowerCase())
  const known = new Set(named)
  const prefixes = members.filter(([, { location }]) => location === 'headers').map(([, { name = '' }]) => name.toLowerCase())
  const kept = Object.entries(headers).filter(
    ([name]) =>
      ordinaryHeaders.has(name) ||
      known.has(name) ||
      name.startsWith('x-amz-checksum-') ||
      prefixes.some(prefix => prefix !== '' && name.startsWith(prefix)),
  )
  const encodings = [body.headers['content-encoding'], ...(headers['content-encoding'] ?? '').split(',').map(part => part.trim())]
  // How the client framed the body is no part of it.
  const [own, ...others] = encodings
  const encoding = [own, ...others.filter(name => name !== 'aws-chunked')].filter(Boolean).join(',')
  const { 'content-encoding': _client, ...found } = Object.fromEntries(kept)
  return { ...found, ...body.headers, ...(encoding !== '' && { 'content-encoding': encoding }) }
}

/** Sends a body as the server takes it, and gives its answer as soon as it begins. An early answer ends the sending. */
function answerTo(
  sent: ClientRequest,
  content: AsyncIterable<Uint8Array> | readonly Uint8Array[],
  server: UpstreamServer,
): Promise<WireResponse> {
  return new Promise((resolve, reject) => {
    let answered = false
    const fail = (problem: unknown) => {
      sent.destroy()
      reject(problem)
    }
    sent.setTimeout(server.silenceMilliseconds, () => fail(new UpstreamUnavailable('The service behind did not answer in time.')))
    sent.on('error', () => {
      if (!answered) reject(new UpstreamUnavailable('The service behind cannot be reached.'))
    })
    sent.on('response', response => {
      answered = true
      resolve(responseOf(response, sent))
    })
    sendAll(sent, content, () => answered).catch((problem: unknown) =>
      fail(problem instanceof Error && 'code' in problem ? cutOff() : problem),
    )
  })
}

/** What a client began and did not end. Amazon S3 API Reference, "Error responses", IncompleteBody. */
const cutOff = () => new ServiceError('IncompleteBody', 400, 'The request body ended before its end.')

async function sendAll(
  sent: ClientRequest,
  content: AsyncIterable<Uint8Array> | readonly Uint8Array[],
  answered: () => boolean,
): Promise<void> {
  for await (const piece of content) {
    if (answered() || sent.destroyed) return
    if (piece.length > 0 && !sent.write(piece)) await writable(sent)
  }
  sent.end()
}

function writable(sent: ClientRequest): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      for (const event of ['drain', 'close', 'response']) sent.off(event, done)
      resolve()
    }
    for (const event of ['drain', 'close', 'response']) sent.on(event, done)
  })
}

/** Headers of one connection. RFC 9110, section 7.6.1. */
const ofConnection = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

function responseOf(response: IncomingMessage, sent: ClientRequest): WireResponse {
  const headers: { [name: string]: string } = {}
  for (let index = 0; index < response.rawHeaders.length; index += 2) {
    const name = (response.rawHeaders[index] as string).toLowerCase()
    const value = response.rawHeaders[index + 1] as string
    if (!ofConnection.has(name)) headers[name] = name in headers ? `${headers[name]}, ${value}` : value
  }
  const status = response.statusCode ?? 502
  if (sent.method !== 'HEAD' && status !== 204 && status !== 304) return { status, headers, body: piecesOf(response, sent) }
  response.resume()
  return { status, headers, body: '' }
}

async function* piecesOf(response: IncomingMessage, sent: ClientRequest): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* response as AsyncIterable<Uint8Array>
  } finally {
    // A request that was answered before it was sent leaves no connection to go on with.
    if (!sent.writableFinished || !response.complete) sent.destroy()
  }
}
