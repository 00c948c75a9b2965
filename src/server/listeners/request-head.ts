import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { requestTarget } from '../../types/request-target.ts'
import type { WireRequest } from '../../wire/message.ts'
import type { Origin, ServerOptions } from './exchange.ts'
import { noBody } from './request-body.ts'

/** What is known of a request before its body has come; or why it is none. */
export function headOf(
  incoming: IncomingMessage,
  { now, hostedBucket, takeOrigin }: Omit<ServerOptions, 'certificate'>,
): WireRequest | { readonly problem: string } {
  const origin = takeOrigin?.(incoming.rawHeaders) ?? originOf(incoming.socket)
  const headers = joinedHeaders(incoming.rawHeaders)
  const target = requestTarget(incoming.url ?? '/', headers['host'])
  if (target.path === undefined) return target
  const bucket = hostedBucket(headers['host'] ?? '')
  return {
    method: incoming.method ?? 'GET',
    ...target,
    headers,
    rawHeaders: pairs(incoming.rawHeaders),
    body: noBody,
    ...(bucket !== undefined && { hostedBucket: bucket }),
    ...origin,
    receivedAt: now(),
  }
}

function originOf(connection: Socket): Origin {
  const socket = connection as TLSSocket
  const secure = socket.encrypted === true
  return {
    secure,
    remoteAddress: plainAddress(socket.remoteAddress ?? ''),
    ...(secure && { tls: { version: socket.getProtocol() ?? '', cipher: socket.getCipher()?.standardName ?? '' } }),
  }
}

/** `::ffff:127.0.0.1` is 127.0.0.1: policies speak of IPv4 addresses as such. */
const plainAddress = (address: string) => (address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address)

/** Without a space, as signatures cover headers that come more than once. IAM User Guide, "Create a signed AWS API request", step 1. */
function joinedHeaders(raw: readonly string[]): { [name: string]: string } {
  const headers: { [name: string]: string } = Object.create(null) as { [name: string]: string }
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase()
    const value = raw[index + 1] as string
    headers[name] = name in headers ? `${headers[name]},${value}` : value
  }
  return headers
}

function pairs(raw: readonly string[]): [string, string][] {
  const list: [string, string][] = []
  for (let index = 0; index < raw.length; index += 2) list.push([raw[index] as string, raw[index + 1] as string])
  return list
}
