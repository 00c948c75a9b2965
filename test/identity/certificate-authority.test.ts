import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, createServer, type TLSSocket } from 'node:tls'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CertificateAuthority, openCertificateAuthority, type ServerCertificate } from '../../src/identity/certificate-authority.ts'
import { type TestStore, openTestStore, random } from '../store/test-store.ts'

const day = 86_400_000
const now = Date.now()
const hosts = ['localhost', '127.0.0.1', '::1', 'gatehouse.example.com']

let opened: TestStore
let authority: CertificateAuthority
beforeAll(async () => {
  opened = await openTestStore()
  authority = await openCertificateAuthority(opened.store, opened.secrets, random, now)
})
afterAll(() => opened.end())

/** Serves TLS with a certificate and connects as a client that trusts the authority alone. */
async function handshake({ certificatePem, keyPem }: ServerCertificate, host: string, trusted: string): Promise<string> {
  const server = createServer({ cert: certificatePem, key: keyPem }, socket => socket.end()).on('tlsClientError', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const servername = /^[\d.]+$|:/.test(host) ? {} : { servername: host }
  const answer = await new Promise<string>(resolve => {
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, ca: trusted, ...servername }, () => resolve('authorized'))
    socket.on('error', (problem: NodeJS.ErrnoException) => resolve(problem.code ?? problem.message))
  })
  await new Promise(resolve => server.close(resolve))
  return answer
}

describe('server certificates', () => {
  test.each(['localhost', '127.0.0.1', 'gatehouse.example.com'])('a TLS client that trusts the authority accepts %s', async host => {
    const certificate = await authority.serverCertificate(hosts, now)
    expect(await handshake(certificate, host, authority.certificatePem)).toBe('authorized')
  })

  test('another name, or another trust, is refused', async () => {
    const certificate = await authority.serverCertificate(hosts, now)
    const stranger = await openTestStore()
    const other = await openCertificateAuthority(stranger.store, stranger.secrets, random, now)
    expect(await handshake(certificate, 'elsewhere.example.com', authority.certificatePem)).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
    expect(await handshake(certificate, 'localhost', other.certificatePem)).toMatch(/SELF_SIGNED|UNABLE_TO/)
    await stranger.end()
  })

  test('name every host, chain to the authority, and are kept', async () => {
    const certificate = await authority.serverCertificate(hosts, now)
    const [leaf, root] = certificate.certificatePem.split(/(?<=-----END CERTIFICATE-----\n)/).map(pem => new X509Certificate(pem))
    expect(leaf?.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:gatehouse.example.com')
    expect(leaf?.checkIP('::1')).toBe('::1')
    expect(leaf?.verify(root?.publicKey as never)).toBe(true)
    expect(leaf?.checkIssued(root as X509Certificate)).toBe(true)
    expect(leaf?.ca).toBe(false)
    expect(root?.ca).toBe(true)
    expect(await authority.serverCertificate(hosts, now + day)).toEqual(certificate)
  })

  test('are renewed when a third of their life is left', async () => {
    const first = await authority.serverCertificate(['renewed.example.com'], now)
    expect(await authority.serverCertificate(['renewed.example.com'], first.renewAt - 1)).toEqual(first)
    const second = await authority.serverCertificate(['renewed.example.com'], first.renewAt)
    expect(second.certificatePem).not.toBe(first.certificatePem)
    expect(second.renewAt).toBeGreaterThan(first.renewAt + 50 * day)
  })
})

test('OpenSSL verifies the chain by the strict rules of RFC 5280', async () => {
  const { certificatePem } = await authority.serverCertificate(hosts, now)
  const file = (name: string, text: string) => {
    writeFileSync(join(opened.folder, name), text)
    return join(opened.folder, name)
  }
  const trust = file('ca.pem', authority.certificatePem)
  const verified = (purpose: string, pem: string) =>
    execFileSync('openssl', ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', trust, file('leaf.pem', pem)], { encoding: 'utf8' })
  expect(verified('sslserver', certificatePem)).toContain('OK')
  const client = await authority.clientCertificate({ commonName: 'admin', organizations: ['system:masters'] }, now)
  expect(verified('sslclient', client.certificatePem)).toContain('OK')
  expect(new X509Certificate(client.certificatePem).subject).toBe('O=system:masters\nCN=admin')
})

describe('over the years', () => {
  test('the second start opens the same authority', async () => {
    const again = await openCertificateAuthority(opened.store, opened.secrets, random, now + day)
    expect(again.certificatePem).toBe(authority.certificatePem)
  })

  test('a successor is published a year before it signs', async () => {
    const { store, secrets, end } = await openTestStore()
    const first = await openCertificateAuthority(store, secrets, random, now)
    const overlap = await openCertificateAuthority(store, secrets, random, now + 3650 * day - 700 * day)
    expect(overlap.certificatePem).toContain(first.certificatePem)
    expect(overlap.certificatePem.length).toBeGreaterThan(first.certificatePem.length)
    const signedInOverlap = await overlap.serverCertificate(['localhost'], now + 2950 * day)
    expect(signedInOverlap.certificatePem).toContain(first.certificatePem)
    const signedLater = await overlap.serverCertificate(['localhost'], now + 3400 * day)
    expect(signedLater.certificatePem).not.toContain(first.certificatePem)
    const afterExpiry = await openCertificateAuthority(store, secrets, random, now + 3651 * day)
    expect(afterExpiry.certificatePem).not.toContain(first.certificatePem)
    await end()
  })

  test('dates after 2049 are told as RFC 5280 asks', async () => {
    const { store, secrets, end } = await openTestStore()
    const later = await openCertificateAuthority(store, secrets, random, Date.UTC(2045, 5, 1))
    expect(new X509Certificate(later.certificatePem).validToDate.getUTCFullYear()).toBe(2055)
    await end()
  })
})

test('no private key is in the database as such', async () => {
  const rows = await opened.store.read(tx => tx.selectFrom('settings').selectAll().execute())
  expect(rows.length).toBeGreaterThan(2)
  for (const { value } of rows) expect(value).not.toContain('PRIVATE KEY')
})
