// Starts a PostgreSQL server for the suites of services and says its address; ends with its input.
import { openPostgresStore } from '../../src/store/index.ts'
import { startPostgresServer } from './postgres-server.ts'

const server = await startPostgresServer({ settings: ['fsync = off', 'full_page_writes = off', 'synchronous_commit = off'] })
const address = `postgres://gatehouse@127.0.0.1:${server.port}`
await server.query('CREATE DATABASE template_of_tests')
await (await openPostgresStore(`${address}/template_of_tests`)).close()
console.log(address)
process.stdin.resume()
process.stdin.once('end', () => void server.end())
