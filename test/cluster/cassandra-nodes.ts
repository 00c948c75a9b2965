import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'cassandra-driver'
import { freePort } from '../free-port.ts'

/** The folder of Cassandra's jars; `npm run test:cluster` sets it. */
export const cassandraJars = process.env['GATEHOUSE_TEST_CASSANDRA']

/** Apache Cassandra on loopback addresses of this machine, with all that a test does to its nodes. */
export interface CassandraNodes {
  /** As Gatehouse is told of them. */
  readonly address: string
  readonly contactPoints: readonly string[]
  /** Ends a node as a power cut does. */
  kill(node: number): Promise<void>
  /** Ends a node in order, which writes what it has to its tables. @returns the bytes of a keyspace's tables on its disk */
  settle(node: number, keyspace: string): Promise<number>
  /** Starts a node that was killed, with the data that it had. */
  revive(node: number): Promise<void>
  end(): Promise<void>
}

interface Node {
  readonly host: string
  readonly folder: string
  process: ChildProcess
}

const dataCenter = 'dc1'
const megabytes = 512

/** What Java 17 must open for Cassandra. Apache Cassandra 5.0, conf/jvm17-server.options. */
const exported = [
  'java.base/jdk.internal.misc',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.sql/java.sql',
  'java.base/java.lang.ref',
  'java.base/java.lang.reflect',
  'java.base/jdk.internal.ref',
  'java.base/sun.nio.ch',
  'jdk.unsupported/sun.misc',
]
const opened = [
  'java.lang',
  'java.lang.module',
  'java.io',
  'java.nio',
  'java.util',
  'java.util.concurrent',
  'java.util.concurrent.atomic',
  'jdk.internal.loader',
  'jdk.internal.ref',
  'jdk.internal.reflect',
  'jdk.internal.math',
  'jdk.internal.module',
  'jdk.internal.util.jar',
  'sun.nio.ch',
].map(name => `java.base/${name}`)

/** Starts nodes one after the other, as Cassandra asks: one joins at a time. */
export async function startCassandra(count: number): Promise<CassandraNodes> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-cassandra-'))
  const [storagePort, clientPort] = [await freePort(), await freePort()]
  const nodes: Node[] = []
  const configure = (index: number) => {
    const host = `127.0.0.${index + 1}`
    const own = join(folder, `node-${index + 1}`)
    mkdirSync(join(own, 'conf'), { recursive: true })
    writeFileSync(join(own, 'conf/cassandra.yaml'), configurationOf({ host, folder: own, storagePort, clientPort }))
    writeFileSync(join(own, 'conf/cassandra-rackdc.properties'), `dc=${dataCenter}\nrack=rack${index + 1}\n`)
    writeFileSync(join(own, 'conf/logback.xml'), logging)
    return { host, folder: own }
  }
  const start = async (node: { readonly host: string; readonly folder: string }, jmxPort: number) => {
    const child = spawn('java', javaWords(node.folder, jmxPort), { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output = (output + String(chunk)).slice(-20_000)))
    await untilServing(`${node.host}:${clientPort}`, child, () => output)
    return child
  }
  for (let index = 0; index < count; index++) {
    const node = configure(index)
    nodes.push({ ...node, process: await start(node, await freePort()) })
  }
  const nodeAt = (index: number) => nodes[index] as Node
  const contactPoints = nodes.map(({ host }) => `${host}:${clientPort}`)
  return {
    contactPoints,
    address: `cassandra://${contactPoints.join(',')}/gatehouse?datacenter=${dataCenter}&replication=${count}`,
    kill: index => ended(nodeAt(index).process, 'SIGKILL'),
    async settle(index, keyspace) {
      const { process: child, folder: own } = nodeAt(index)
      await ended(child, 'SIGTERM')
      const files = readdirSync(join(own, 'data', keyspace), { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
      return files.reduce((bytes, entry) => bytes + statSync(join(entry.parentPath, entry.name)).size, 0)
    },
    async revive(index) {
      const node = nodeAt(index)
      node.process = await start(node, await freePort())
    },
    async end() {
      await Promise.all(nodes.map(node => ended(node.process, 'SIGKILL')))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const configurationOf = ({ host, folder, storagePort, clientPort }: { [key: string]: string | number }) => `cluster_name: gatehouse-test
num_tokens: 4
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
commitlog_sync: group
commitlog_sync_group_window: 5ms
disk_failure_policy: die
commit_failure_policy: die
auto_snapshot: false
endpoint_snitch: GossipingPropertyFileSnitch
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{ seeds: '127.0.0.1:${storagePort}' }]
listen_address: ${host}
storage_port: ${storagePort}
rpc_address: ${host}
start_native_transport: true
native_transport_port: ${clientPort}
data_file_directories: [${folder}/data]
commitlog_directory: ${folder}/commitlog
saved_caches_directory: ${folder}/saved_caches
hints_directory: ${folder}/hints
cdc_raw_directory: ${folder}/cdc
`

const logging = `<configuration><appender name="out" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%level %logger{0}: %msg%n</pattern></encoder></appender>
<root level="WARN"><appender-ref ref="out"/></root></configuration>`

const javaWords = (folder: string, jmxPort: number): string[] => [
  `-Xms${megabytes}M`,
  `-Xmx${megabytes}M`,
  '-XX:+UseSerialGC',
  '-Djdk.attach.allowAttachSelf=true',
  ...exported.flatMap(name => ['--add-exports', `${name}=ALL-UNNAMED`]),
  ...opened.flatMap(name => ['--add-opens', `${name}=ALL-UNNAMED`]),
  '--add-opens',
  'jdk.management/com.sun.management.internal=ALL-UNNAMED',
  `-Dcassandra.config=file://${folder}/conf/cassandra.yaml`,
  `-Dcassandra.storagedir=${folder}`,
  `-Dcassandra.jmx.local.port=${jmxPort}`,
  '-Dcassandra-foreground=yes',
  '-Dcassandra.ring_delay_ms=2000',
  '-Dcassandra.superuser_setup_delay_ms=0',
  `-Dlogback.configurationFile=${folder}/conf/logback.xml`,
  '-cp',
  `${folder}/conf:${cassandraJars}/*`,
  'org.apache.cassandra.service.CassandraDaemon',
]

async function untilServing(contactPoint: string, child: ChildProcess, output: () => string): Promise<void> {
  for (let attempt = 0; attempt < 240; attempt++) {
    if (child.exitCode !== null) throw new Error(`Cassandra ended with ${child.exitCode}: ${output()}`)
    const client = new Client({ contactPoints: [contactPoint], localDataCenter: dataCenter, socketOptions: { connectTimeout: 2_000 } })
    const serving = await client.connect().then(
      () => true,
      () => false,
    )
    await client.shutdown()
    if (serving) return
    await wait(500)
  }
  throw new Error(`Cassandra does not serve: ${output()}`)
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill(signal)
  await gone
}
