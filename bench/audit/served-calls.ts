// node bench/audit/served-calls.ts [--without-records]: serves GetCallerIdentity as the server does; tells its port and a signed call in a line of JSON.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requestListener } from '../../src/server/listeners/request-listener.ts'
import { openSqliteStore } from '../../src/store/index.ts'
import { openCallsHouse } from './calls-house.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-served-'))
const store = await openSqliteStore(join(folder, 'gatehouse.db'))
const { send, headers, body } = await openCallsHouse(store, !process.argv.includes('--without-records'))
const limits = {
  maxConnections: 1_000,
  maxHeaderBytes: 16_384,
  maxBodyBytes: 1_048_576,
  headerSeconds: 10,
  bodySeconds: 60,
  requestSeconds: 300,
}
const server = createServer(
  requestListener(request => send(request), { now: Date.now, streams: () => false, hostedBucket: () => undefined, limits }),
)
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port, headers, body })))
process.once('SIGTERM', () => {
  rmSync(folder, { recursive: true, force: true })
  process.exit()
})
