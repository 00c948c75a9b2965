import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { send } from '../../src/cli/client.ts'
import { createProgram } from '../../src/cli/main.ts'
import { makeAuthority, makeEndCertificate } from '../../src/identity/certificate.ts'
import { freePort } from '../free-port.ts'
import { seededRandom } from '../services/call.ts'

// What commands say to a wrong command line, and when no Gatehouse answers.

/** What a command line ends with: its code, and what it says. */
function outcomeOf(...words: string[]) {
  let said = ''
  const program = createProgram()
  const all = [program, ...program.commands.flatMap(command => [command, ...command.commands])]
  for (const command of all) command.exitOverride().configureOutput({ writeErr: text => (said += text) })
  try {
    program.parse(['node', 'gatehouse', ...words])
  } catch (problem) {
    return { code: (problem as { readonly exitCode?: number }).exitCode, said }
  }
  return { code: 0, said }
}

test.each([
  [['up', '--bogus'], "error: unknown option '--bogus'", 'gatehouse up --help'],
  [['keys', 'retire'], "error: missing required argument 'id'", 'gatehouse keys retire --help'],
  [['cluster', 'doctor'], "error: required option '--kubeconfig <file>' not specified", 'gatehouse cluster doctor --help'],
  [['explain', 'alice', 'iam:CreateUser'], 'An action is SERVICE:NAME', 'gatehouse explain --help'],
  [['simulate', 's3:GetObject', 'GetObject'], 'An action is SERVICE:NAME', 'gatehouse simulate --help'],
  [['env', '--endpoint', 'localhost:4480'], 'It must be http[s]://HOST[:PORT].', 'gatehouse env --help'],
  [['env', '--endpoint', 'http://localhost:4480/path'], 'It must be http[s]://HOST[:PORT].', 'gatehouse env --help'],
  [['bogus'], "error: unknown command 'bogus'", 'gatehouse --help'],
])('gatehouse %j says what is wrong, and where to look', (words, problem, help) => {
  const { code, said } = outcomeOf(...words)
  expect(code).toBe(1)
  expect(said).toContain(problem)
  expect(said).toContain(`(${help}`)
})

const get = { method: 'GET', headers: {}, certificateAuthorityPem: undefined }

test('nobody answers at the endpoint', async () => {
  const origin = `http://127.0.0.1:${await freePort()}`
  await expect(send(`${origin}/`, get)).rejects.toThrow(
    `nothing answers at ${origin} (ECONNREFUSED): is Gatehouse running? "gatehouse start" starts it`,
  )
})

test('the authority is of another Gatehouse', async () => {
  const random = seededRandom(1)
  const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 }
  const [one, other] = ['one', 'other'].map(commonName => makeAuthority({ subject: { commonName }, ...validity }, random))
  if (!one || !other) throw new Error('two authorities')
  const authority = { subject: { commonName: 'one' }, key: createPrivateKey(one.keyPem) }
  const { certificatePem: cert, keyPem: key } = makeEndCertificate(
    { subject: { commonName: 'localhost' }, ...validity, hosts: ['localhost'], usage: 'server' },
    authority,
    random,
  )
  const server = createServer({ cert: `${cert}${one.certificatePem}`, key }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const origin = `https://localhost:${(server.address() as AddressInfo).port}`
    await expect(send(`${origin}/`, { ...get, certificateAuthorityPem: other.certificatePem })).rejects.toThrow(
      `the certificate of ${origin} is not to be trusted`,
    )
  } finally {
    server.close()
  }
})
