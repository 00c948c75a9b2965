import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readSignature, type SignatureClaim } from '../../src/wire/sigv4/claim.ts'
import { verifySignature } from '../../src/wire/sigv4/verify.ts'

/** A request that came, its signature held against the keys that it should be signed with. */
export interface RecordedRequest {
  readonly method: string
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly body: Buffer
  readonly claim: SignatureClaim
}

/** A service of another server's that a test plays: keeps what came, and answers what it is told to. */
export interface RecordingServer {
  readonly origin: string
  readonly requests: RecordedRequest[]
  /** Answers all that comes from now on. */
  reply(answer: (request: RecordedRequest, response: ServerResponse) => void): void
  close(): Promise<void>
}

/** Starts it on a free port of loopback. @param secretAccessKey  what requests are to be signed with; others are refused with 403 */
export async function startRecordingServer(secretAccessKey: string): Promise<RecordingServer> {
  const requests: RecordedRequest[] = []
  let answer: (request: RecordedRequest, response: ServerResponse) => void = (_request, response) => response.end('{}')
  const server = createServer((incoming, response) => {
    void record(incoming, secretAccessKey).then(
      request => {
        requests.push(request)
        answer(request, response)
      },
      (problem: unknown) => response.writeHead(403).end(String(problem)),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    reply: given => void (answer = given),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function record(incoming: IncomingMessage, secretAccessKey: string): Promise<RecordedRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  const { method = '', url = '' } = incoming
  const headers = incoming.headers as { [name: string]: string }
  const [path = '', query = ''] = url.split(/\?(.*)/s)
  const request = { method, path, query, headers, rawHeaders: [], body, secure: false, remoteAddress: '', receivedAt: Date.now() }
  const claim = readSignature(request)
  if (!claim) throw new Error('not signed')
  verifySignature(request, claim, secretAccessKey, Date.now())
  return { method, url, headers, body, claim }
}
