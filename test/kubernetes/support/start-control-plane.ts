// A parent of a control plane that a test can kill: options come as JSON by standard input; a line tells that it runs.
import { text } from 'node:stream/consumers'
import { startControlPlane } from '../../../src/kubernetes/control-plane/control-plane.ts'
import { testLog } from './cluster.ts'

const { etcdKey, ...options } = JSON.parse(await text(process.stdin))
const { endpoint } = await startControlPlane({ ...options, etcdKey: Buffer.from(etcdKey, 'base64'), log: testLog() })
console.log(endpoint)
