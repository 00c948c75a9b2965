import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discard, startGatehouse, type TestGatehouse } from '../e2e/gatehouse.ts'
import { said, statusesIn } from './raw-connection.ts'

// Requests whose end two readers could see in two places. RFC 9112, section 11.2: each is refused, and what follows on the connection is never read as a request.

let gatehouse: TestGatehouse
beforeAll(async () => {
  gatehouse = await startGatehouse()
})
afterAll(() => discard(gatehouse))

const exchange = (text: string) => said(Number(new URL(gatehouse.httpEndpoint).port), text)
const smuggled = 'GET /_gatehouse/health HTTP/1.1\r\nHost: localhost\r\n\r\n'
const head = (lines: string) => `POST / HTTP/1.1\r\nHost: localhost\r\n${lines}\r\n`

test('what is not smuggled is answered twice on one connection', async () => {
  expect(statusesIn(await exchange(smuggled + smuggled))).toEqual(['200', '200'])
})

test.each(['http://localhost/_gatehouse/health', 'HTTP://LOCALHOST/_gatehouse/health?a=b', '/_gatehouse/health'])(
  'a target in absolute form is that of its host: %s',
  async target => {
    expect(await exchange(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\nok\n$/s)
  },
)

test.each(['TRACE / HTTP/1.1', 'TRACE /shelf/key HTTP/1.1'])('%s tells nobody what was sent', async line => {
  const answer = await exchange(`${line}\r\nHost: localhost\r\nCookie: planted\r\nConnection: close\r\n\r\n`)
  expect(statusesIn(answer)).toEqual(['403'])
  expect(answer).not.toContain('planted')
})

describe('is refused, and nothing after it is answered', () => {
  test.each([
    ['a length and chunks', head(`Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`) + `0\r\n\r\n${smuggled}`],
    ['chunks and a length', head(`Transfer-Encoding: chunked\r\nContent-Length: 5\r\n`) + `0\r\n\r\n${smuggled}`],
    ['two lengths that differ', head('Content-Length: 0\r\nContent-Length: 5\r\n') + `hello${smuggled}`],
    ['two lengths that are the same', head('Content-Length: 5\r\nContent-Length: 5\r\n') + `hello${smuggled}`],
    ['a list of lengths', head('Content-Length: 5, 5\r\n') + `hello${smuggled}`],
    ['a length with a sign', head('Content-Length: +5\r\n') + `hello${smuggled}`],
    ['a length in hexadecimal', head('Content-Length: 0x5\r\n') + `hello${smuggled}`],
    ['a negative length', head('Content-Length: -1\r\n') + smuggled],
    ['a length beyond all numbers', head(`Content-Length: ${'9'.repeat(30)}\r\n`) + smuggled],
    ['line feeds alone', `POST / HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n${smuggled}`],
    ['a line feed alone within the headers', `POST / HTTP/1.1\r\nHost: localhost\r\nX-A: b\nTransfer-Encoding: chunked\r\n\r\n${smuggled}`],
    ['a carriage return alone', `POST / HTTP/1.1\r\nHost: localhost\r\nX-A: b\rContent-Length: 5\r\n\r\n${smuggled}`],
    ['a folded header', head('Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n') + smuggled],
    ['a space before the colon', head('Transfer-Encoding : chunked\r\nContent-Length: 5\r\n') + smuggled],
    ['an encoding that is not known', head('Transfer-Encoding: xchunked\r\n') + smuggled],
    ['chunks that are not the last encoding', head('Transfer-Encoding: chunked, identity\r\n') + `0\r\n\r\n${smuggled}`],
    ['chunks twice', head('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n') + `0\r\n\r\n${smuggled}`],
    ['a chunk whose size is no number', head('Transfer-Encoding: chunked\r\n') + `5;x\nhello\r\n0\r\n\r\n${smuggled}`],
    ['a chunk whose size overflows', head('Transfer-Encoding: chunked\r\n') + `${'f'.repeat(20)}\r\nhello\r\n0\r\n\r\n${smuggled}`],
    ['a chunk that is longer than its size', head('Transfer-Encoding: chunked\r\n') + `3\r\nhello\r\n0\r\n\r\n${smuggled}`],
    ['a header without a name', head(': chunked\r\n') + smuggled],
    ['a header with U+0000', head('X-A: \0\r\n') + smuggled],
    ['two hosts', `GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n${smuggled}`],
    ['no host', `GET / HTTP/1.1\r\n\r\n${smuggled}`],
    ['a target of another host than Host', `GET http://other.example/_gatehouse/health HTTP/1.1\r\nHost: localhost\r\n\r\n${smuggled}`],
    ['a target of another port than Host', `GET http://localhost:1/_gatehouse/health HTTP/1.1\r\nHost: localhost\r\n\r\n${smuggled}`],
    ['a target that is no path', `GET _gatehouse/health HTTP/1.1\r\nHost: localhost\r\n\r\n${smuggled}`],
    ['a target of another scheme', `GET file:///etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n${smuggled}`],
    ['a host that is a path', `GET /console/ HTTP/1.1\r\nHost: localhost/../a\r\n\r\n${smuggled}`],
    ['a host with somebody before it', `GET /console/ HTTP/1.1\r\nHost: localhost@other.example\r\n\r\n${smuggled}`],
    ['another protocol', `GET / HTTP/9.9\r\nHost: localhost\r\n\r\n${smuggled}`],
    ['the preface of HTTP/2', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${smuggled}`],
  ])('%s', async (_, text) => {
    const answer = await exchange(text)
    expect(statusesIn(answer)).toEqual(['400'])
    expect(answer).not.toContain('\r\n\r\nok')
  })
})
