import type { AddressInfo } from 'node:net'
import { connect } from 'node:tls'
import { afterAll, expect, test } from 'vitest'
import { openCertificateAuthority } from '../../src/identity/certificate-authority.ts'
import { createServers } from '../../src/server/listeners/listeners.ts'
import { openTestStore, random } from '../store/test-store.ts'

const { store, secrets, end } = await openTestStore()
afterAll(() => end())

test('another certificate takes the place of the first with the same versions and suites', async () => {
  const authority = await openCertificateAuthority(store, secrets, random, Date.now())
  const certificateOf = (host: string) => authority.serverCertificate([host], Date.now())
  const limits = { maxHeaderBytes: 16_384, headerSeconds: 5, requestSeconds: 5 }
  const options = { certificate: await certificateOf('first.example'), now: Date.now, limits } as unknown as Parameters<
    typeof createServers
  >[0]
  const servers = createServers(options, async () => ({ status: 200, headers: {}, body: '' }))
  await new Promise<void>(resolve => servers.https.listen(0, '127.0.0.1', resolve))
  const { port } = servers.https.address() as AddressInfo
  const agreed = (ciphers: string) =>
    new Promise<string>(resolve => {
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, maxVersion: 'TLSv1.2', ciphers }, () => {
        resolve(`${socket.getPeerCertificate().subject.CN} ${socket.getCipher().name}`)
        socket.destroy()
      })
      socket.on('error', () => resolve('none'))
    })
  const strong = 'ECDHE-ECDSA-AES256-GCM-SHA384'
  expect(await agreed(strong)).toBe(`first.example ${strong}`)
  servers.replaceCertificate(await certificateOf('second.example'))
  expect(await agreed(strong)).toBe(`second.example ${strong}`)
  expect(await agreed('ECDHE-ECDSA-AES256-SHA@SECLEVEL=0')).toBe('none')
  await servers.finish()
})
