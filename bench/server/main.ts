// node bench/server/main.ts: time to the first answer, signed GetCallerIdentity a second beside bare node:http and moto's server, memory at rest.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { best, rounded } from '../figures.ts'
import { clientOf, portOf, queryRequest, residentMegabytes, startBare, startGatehouse, stopGatehouse } from './gatehouse.ts'
import { answersPerSecond } from './load.ts'
import { startMoto } from './moto.ts'
import { repeatedPerSecond } from './wrk.ts'

const connections = 128
const seconds = 5
const rounds = 3
const data = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))

const callerIdentityRequest = () => {
  const client = clientOf(data)
  return { bytes: queryRequest(client, 'sts', 'GetCallerIdentity'), port: portOf(client) }
}

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

const first = startGatehouse(data)
await first.ready
await stopGatehouse(first)
const firstAnswers = [await firstAnswerMilliseconds(), await firstAnswerMilliseconds(), await firstAnswerMilliseconds()]

const running = startGatehouse(data)
await running.ready
await new Promise(resolve => setTimeout(resolve, 2_000))
const atRest = residentMegabytes(running.child.pid as number)
const bare = await startBare(400)
const moto = await startMoto()
const ours: number[] = []
const theirs: number[] = []
const emulators: number[] = []
for (let round = 0; round < rounds; round++) {
  const { bytes, port } = callerIdentityRequest()
  ours.push(await repeatedPerSecond(port, bytes, connections, seconds))
  theirs.push(await repeatedPerSecond(bare.port, bytes, connections, seconds))
  // Few connections: a thread a connection is how it works, and more only make it slower.
  if (moto) emulators.push(await repeatedPerSecond(moto.port, bytes, 8, seconds))
}
bare.stop()
moto?.stop()
await stopGatehouse(running)
rmSync(data, { recursive: true, force: true })

console.log(
  JSON.stringify(
    {
      firstAnswerMilliseconds: rounded(Math.min(...firstAnswers)),
      getCallerIdentityPerSecond: rounded(best(ours)),
      bareNodeHttpPerSecond: rounded(best(theirs)),
      percentOfBare: rounded((best(ours) / best(theirs)) * 100),
      ...(moto && { motoPerSecond: rounded(best(emulators)), timesMoto: rounded(best(ours) / best(emulators), 1) }),
      residentMegabytesAtRest: rounded(atRest),
    },
    undefined,
    2,
  ),
)
