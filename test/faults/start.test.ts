import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { command, startGatehouse, withoutAws } from '../e2e/gatehouse.ts'
import { administratorOf } from './client.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-faulty-start-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const refused = (data: string, flags: readonly string[] = [], environment: NodeJS.ProcessEnv = {}) => {
  const words = [command, 'start', '--data', data, '--port', '0', '--http-port', '0', ...flags]
  const { status, stderr } = spawnSync(process.execPath, words, {
    encoding: 'utf8',
    env: { ...withoutAws(process.env), ...environment },
    timeout: 60_000,
  })
  return { status, stderr }
}

describe('a port that is taken', () => {
  let other: Server
  let port: number
  beforeAll(async () => {
    other = createServer()
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    port = (other.address() as AddressInfo).port
  })
  afterAll(() => new Promise(resolve => other.close(resolve)))

  test.each([
    ['--port', '--port or --http-port'],
    ['--http-port', '--port or --http-port'],
    ['--metrics-port', '--metrics-port'],
  ])('%s', (flag, mend) => {
    expect(refused(join(folder, 'ports'), [flag, String(port)])).toEqual({
      status: 1,
      stderr: `gatehouse: port ${port} on 127.0.0.1 is in use; choose another with ${mend}\n`,
    })
  })

  test('leaves a folder that starts on another port', async () => {
    const gatehouse = await startGatehouse({ data: join(folder, 'ports') })
    expect(await administratorOf(gatehouse).create('ann')).toBe('done')
    expect(await gatehouse.stop()).toBe(0)
  })
})

describe('TLS files that are broken', () => {
  const flags = (name: string, file: string) => ['--store', `postgres://gatehouse@database.example.com/gatehouse?${name}=${file}`]
  const key = (name: string, text: string, mode = 0o600) => {
    const file = join(folder, name)
    writeFileSync(file, text, { mode })
    chmodSync(file, mode)
    return file
  }
  test.each([
    ['sslrootcert', () => join(folder, 'none.pem'), 'sslrootcert: FILE cannot be read'],
    ['sslrootcert', () => key('ca.pem', 'rubbish'), 'sslrootcert: FILE holds no certificate in PEM form'],
    [
      'sslcert',
      () => key('client.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
      'sslcert: FILE holds no certificate in PEM form',
    ],
    ['sslkey', () => key('client.key', 'rubbish'), 'sslkey: FILE holds no private key in PEM form'],
    ['sslkey', () => key('open.key', 'rubbish', 0o644), 'sslkey: FILE can be read by others: run chmod 600 on it'],
  ])('%s of a shared store, %#', (name, make, problem) => {
    const file = make()
    expect(refused(join(folder, 'tls'), flags(name, file))).toEqual({
      status: 2,
      stderr: `gatehouse: --store (hidden): ${problem.replace('FILE', file)}\n`,
    })
  })

  test("the listener's own are in the store: ca.pem that was lost or broken is written anew", async () => {
    const data = join(folder, 'authority')
    const first = await startGatehouse({ data })
    expect(await first.stop()).toBe(0)
    writeFileSync(join(data, 'ca.pem'), 'rubbish')
    const second = await startGatehouse({ data })
    const answer = spawnSync('curl', ['-sS', '--cacert', join(data, 'ca.pem'), `${second.endpoint}/_gatehouse/health`], {
      encoding: 'utf8',
    })
    expect(answer).toMatchObject({ status: 0, stdout: 'ok\n' })
    expect(await second.stop()).toBe(0)
  })

  test('a certificate in the store that was altered stops the start, and says which', () => {
    const data = join(folder, 'authority')
    const database = new Sqlite(join(data, 'gatehouse.db'))
    database.exec(
      `UPDATE "settings" SET "value" = replace("value", '"key":"v1.', '"key":"v1.AAAA') WHERE "name" = 'certificateAuthorities'`,
    )
    database.close()
    expect(refused(data, ['--hostname', 'other.example.com'])).toEqual({
      status: 1,
      stderr:
        'gatehouse: the certificate authority in the store cannot be opened: it was altered. Restore the data folder from a snapshot\n',
    })
  })
})

test('a data folder that is a file, or below one, is named', () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  expect(refused(file)).toEqual({
    status: 1,
    stderr: `gatehouse: the data folder ${file} cannot be made (EEXIST): choose another with --data\n`,
  })
  expect(refused(join(file, 'below'))).toEqual({
    status: 1,
    stderr: `gatehouse: the data folder ${file}/below cannot be made (ENOTDIR): choose another with --data\n`,
  })
})

test('a data folder of somebody else that all may write to is refused', () => {
  if (process.getuid?.() !== 0) return
  const volume = join(folder, 'volume')
  mkdirSync(volume)
  chmodSync(volume, 0o777)
  chmodSync(folder, 0o755)
  const words = [command, 'start', '--data', volume, '--port', '0', '--http-port', '0']
  const { status, stderr } = spawnSync('setpriv', ['--reuid=65534', '--clear-groups', process.execPath, ...words], {
    encoding: 'utf8',
    // Another user cannot read the programs of this one.
    env: { ...withoutAws(process.env), KUBEBUILDER_ASSETS: undefined },
    timeout: 60_000,
  })
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `gatehouse: others may write to ${volume}, and user 0 alone can change that: run chmod 700 on it, or choose a folder below it with --data\n`,
  })
})
