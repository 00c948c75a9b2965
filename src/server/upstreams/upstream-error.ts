import { ServiceError } from '../../wire/errors.ts'
import type { WireResponse } from '../../wire/message.ts'

/** Larger errors pass on, but are not read for the record. */
const mostRead = 64 * 1024

/** An error of the service behind: on record by its code, and answered as it came. */
export class UpstreamError extends ServiceError {
  readonly response: WireResponse
  constructor(code: string, message: string, response: WireResponse) {
    super(code, response.status, message)
    this.response = response
  }
}

/** @returns an error's answer with what was read of it back in its body */
export async function upstreamError(response: WireResponse): Promise<UpstreamError> {
  if (typeof response.body === 'string') return new UpstreamError(`HTTP ${response.status}`, '', response)
  const read: Uint8Array[] = []
  let size = 0
  const pieces = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
    read.push(next.value)
    size += next.value.length
    if (size > mostRead) break
  }
  const { code, message } = readError(response, Buffer.concat(read).toString('utf8'))
  return new UpstreamError(code, message, { ...response, body: again(read, pieces) })
}

async function* again(read: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* read
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

/** Codes stand in a header, in JSON or in XML. Smithy, "AWS JSON 1.1 protocol", "AWS restJson1 protocol", "AWS query protocol": operation error serialization. */
function readError({ status, headers }: WireResponse, text: string): { readonly code: string; readonly message: string } {
  const json = text.startsWith('{') ? parsed(text) : {}
  const inXml = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]
  const code = headers['x-amzn-errortype'] ?? json['__type'] ?? json['code'] ?? inXml('Code') ?? `HTTP ${status}`
  const message = json['message'] ?? json['Message'] ?? inXml('Message') ?? ''
  return { code: (String(code).split(':')[0] ?? '').split('#').at(-1)?.slice(0, 256) ?? '', message: String(message).slice(0, 1_024) }
}

function parsed(text: string): { readonly [name: string]: unknown } {
  try {
    return JSON.parse(text) as { readonly [name: string]: unknown }
  } catch {
    return {}
  }
}
