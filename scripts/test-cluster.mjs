// `npm run test:cluster`: what needs several servers of other makers: three nodes of Apache Cassandra of 512 MB of heap each, and three of PostgreSQL
// under Patroni with etcd, one cluster after the other, on this machine: together they are too slow for the leases of Patroni. Not part of `npm test`.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { installCassandra, installPatroni } from './test-clients.mjs'

const { status } = spawnSync(
  process.execPath,
  [fileURLToPath(new URL('test.mjs', import.meta.url)), 'test/cluster/', '--no-file-parallelism'],
  {
    stdio: 'inherit',
    env: { ...process.env, GATEHOUSE_TEST_CASSANDRA: installCassandra(), GATEHOUSE_TEST_PATRONI: installPatroni() },
  },
)
process.exitCode = status ?? 1
