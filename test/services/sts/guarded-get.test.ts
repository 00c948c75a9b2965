import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { guardedGet } from '../../../src/server/guarded-get.ts'
import { networksOf } from '../../../src/server/public-address.ts'
import { createRemoteIssuers } from '../../../src/server/remote-issuers.ts'
import { startIssuer, type TestIssuer } from './issuer.ts'

let issuer: TestIssuer
beforeAll(async () => {
  issuer = await startIssuer(Date.now)
})
afterAll(() => issuer.close())

const options = () => ({
  networks: networksOf('127.0.0.0/8,::1/128'),
  thumbprints: [issuer.thumbprint],
  largestBytes: 10_000,
  milliseconds: 5_000,
})

describe('a guarded request', () => {
  test('gets JSON', async () => {
    expect(await guardedGet(`${issuer.url}/keys`, options())).toHaveProperty('keys')
  })

  test.each([
    ['plain HTTP', () => issuer.url.replace('https:', 'http:'), /not a plain https URL/],
    ['credentials', () => issuer.url.replace('https://', 'https://user:secret@'), /not a plain https URL/],
    ['files', () => 'file:///etc/passwd', /not a plain https URL/],
    ['a name that is not there', () => 'https://nothing.invalid/', /not an address to connect to/],
    ['a certificate for another name', () => issuer.url.replace('localhost', '127.0.0.1'), /no trusted certificate/],
    ['what is not there', () => `${issuer.url}/nothing`, /answered 404/],
  ])('refuses %s', async (_, url, problem) => {
    await expect(guardedGet(url(), options())).rejects.toThrow(problem)
  })

  test('refuses what is not JSON, and what is too large', async () => {
    issuer.documents['/text'] = { body: 'text' }
    await expect(guardedGet(`${issuer.url}/text`, options())).rejects.toThrow(SyntaxError)
    await expect(guardedGet(`${issuer.url}/keys`, { ...options(), largestBytes: 10 })).rejects.toThrow(/more than 10 bytes/)
  })

  test.each([301, 302, 303, 307, 308])('follows no redirect: %i', async status => {
    issuer.documents['/away'] = { status, headers: { location: `${issuer.url}/keys` }, body: '' }
    const before = issuer.asked.filter(path => path === '/keys').length
    await expect(guardedGet(`${issuer.url}/away`, options())).rejects.toThrow(`answered ${status}`)
    expect(issuer.asked.filter(path => path === '/keys')).toHaveLength(before)
  })

  test.each([
    ['decimal', 'https://2852039166/'],
    ['octal', 'https://0251.0376.0251.0376/'],
    ['hexadecimal', 'https://0xa9fea9fe/'],
    ['short', 'https://127.1/'],
    ['of zeros', 'https://0/'],
    ['IPv6-mapped', 'https://[::ffff:169.254.169.254]/'],
    ['IPv6-mapped, in hexadecimal', 'https://[::ffff:a9fe:a9fe]/'],
    ['IPv6-compatible', 'https://[::7f00:1]/'],
    ['translated', 'https://[64:ff9b::a9fe:a9fe]/'],
    ['in wide digits', 'https://\uff11\uff12\uff17.0.0.1/'],
    ['of a name for this machine', 'https://localhost/'],
    ['with a dot at the end', 'https://localhost./'],
  ])('connects to no address of this machine or its network that is written otherwise: %s', async (_, url) => {
    await expect(guardedGet(url, { ...options(), networks: [] })).rejects.toThrow(/not an address to connect to/)
  })

  test('takes no metadata service, whatever name it has', async () => {
    await expect(guardedGet('https://169.254.169.254/latest/meta-data', { ...options(), networks: [] })).rejects.toThrow(
      /not an address to connect to/,
    )
    await expect(guardedGet(`${issuer.url}/keys`, { ...options(), networks: [] })).rejects.toThrow(/not an address to connect to/)
  })
})

describe('issuers that do not answer', () => {
  test('are asked once, however many calls wait, and only so many may', async () => {
    let asked = 0
    let fail: (problem: Error) => void = () => {}
    const never = new Promise<never>((_, reject) => {
      fail = reject
    })
    const issuers = createRemoteIssuers(
      () => {
        asked++
        return never
      },
      () => 0,
    )
    const ask = () => issuers.keysFor('https://slow.example', { thumbprints: [], keyId: 'a' })
    const waiting = Array.from({ length: 100 }, ask)
    await expect(ask()).rejects.toMatchObject({ kind: 'unreachable' })
    fail(new Error('too slow'))
    const outcomes = await Promise.allSettled(waiting)
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
    // A failure is remembered for a while.
    await expect(ask()).rejects.toMatchObject({ kind: 'unreachable' })
    expect(asked).toBe(1)
  })
})
