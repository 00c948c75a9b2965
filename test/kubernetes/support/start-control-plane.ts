// A parent of a control plane that a test can kill: options come as JSON by standard input; a line tells that it runs.
import { text } from 'node:stream/consumers'
import { startControlPlane } from '../../../src/kubernetes/control-plane/control-plane.ts'
import { testLog } from './cluster.ts'

const { endpoint } = await startControlPlane({ ...JSON.parse(await text(process.stdin)), log: testLog() })
console.log(endpoint)
