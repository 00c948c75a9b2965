// node bench/server/main.ts: time to the first answer, signed GetCallerIdentity a second beside bare node:http, memory at rest.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clientOf, portOf, queryRequest, startBare, startGatehouse, stopGatehouse } from './gatehouse.ts'
import { answersPerSecond } from './load.ts'

const connections = 32
const seconds = 5
const rounds = 3
const data = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))

const callerIdentityRequest = () => {
  const client = clientOf(data)
  return { bytes: queryRequest(client, 'sts', 'GetCallerIdentity'), port: portOf(client) }
}

const best = (figures: readonly number[]) => Math.max(...figures)

/** From the start of the process to the end of the first signed answer, on a data folder that exists. */
async function firstAnswerMilliseconds(): Promise<number> {
  const startedAt = performance.now()
  const running = startGatehouse(data)
  await running.ready
  const { bytes, port } = callerIdentityRequest()
  await answersPerSecond(port, bytes, 1, 0)
  const elapsed = performance.now() - startedAt
  await stopGatehouse(running)
  return elapsed
}

const residentMegabytes = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

const first = startGatehouse(data)
await first.ready
await stopGatehouse(first)
const firstAnswers = [await firstAnswerMilliseconds(), await firstAnswerMilliseconds(), await firstAnswerMilliseconds()]

const running = startGatehouse(data)
await running.ready
await new Promise(resolve => setTimeout(resolve, 2_000))
const atRest = residentMegabytes(running.child.pid as number)
const bare = await startBare(400)
const ours: number[] = []
const theirs: number[] = []
for (let round = 0; round < rounds; round++) {
  const { bytes, port } = callerIdentityRequest()
  ours.push(await answersPerSecond(port, bytes, connections, seconds))
  theirs.push(await answersPerSecond(bare.port, bytes, connections, seconds))
}
bare.stop()
await stopGatehouse(running)
rmSync(data, { recursive: true, force: true })

console.log(
  JSON.stringify(
    {
      firstAnswerMilliseconds: Math.round(Math.min(...firstAnswers)),
      getCallerIdentityPerSecond: Math.round(best(ours)),
      bareNodeHttpPerSecond: Math.round(best(theirs)),
      percentOfBare: Math.round((best(ours) / best(theirs)) * 100),
      residentMegabytesAtRest: Math.round(atRest),
    },
    undefined,
    2,
  ),
)
